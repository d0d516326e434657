"""Which bytes are read again now, so that within the promised days every byte is, those that waited longest first."""

from array import array
from collections.abc import Iterable, Iterator

from dfwarm.manifest.block import SIZE, Block, integers

DAY_SECONDS = 86_400
FILE_COST = 4_096
"""What opening a file costs, in bytes read."""


def plan_reproof(blocks: Iterable[Block], *, now: int, within_days: int) -> dict[bytes, int]:
    """
    For each folder of which files are due, the newest second of reading that is due.

    The share that is due is as large as the time since the newest reading is of the promised window; whatever would
    outlive the window before the next scan, if that comes after as long a time, is due in any case. A reading from the
    future is no reading, so its folder is due as a whole.
    """
    due: dict[bytes, int] = {}
    shares: list[tuple[int, bytes, int]] = []
    for block in blocks:
        readings = integers(block.readings)
        newest = max(readings, default=0)
        if newest > now:
            due[block.folder] = newest
        else:
            shares.extend((read_at, block.folder, cost) for read_at, cost in _costs(block, readings, newest))
    within = within_days * DAY_SECONDS
    since_last = now - max((read_at for read_at, _, _ in shares), default=now)
    wanted = sum(cost for _, _, cost in shares) * since_last // within
    for read_at, folder, cost in sorted(shares):
        if wanted <= 0 and read_at > now - within + since_last:
            break
        due[folder] = read_at
        wanted -= cost
    return due


def _costs(block: Block, readings: "array[int]", newest: int) -> Iterator[tuple[int, int]]:
    """What it costs to read the files of a folder again, by the second in which they were read."""
    if not newest:
        return
    sizes = block.column(SIZE)
    if min(filter(None, readings)) == newest:
        yield newest, sum(sizes) + FILE_COST * len(block)
        return
    costs: dict[int, int] = {}
    for read_at, size in zip(readings, sizes, strict=True):
        if read_at:
            costs[read_at] = costs.get(read_at, 0) + size + FILE_COST
    yield from costs.items()

"""What moved between two manifests of the same root: files that are new, changed in content, or gone."""

from dataclasses import dataclass

from dfwarm.manifest.block import FILE_TYPE, MODE, Block
from dfwarm.manifest.entry import KINDS, Kind
from dfwarm.manifest.listing import Manifest


@dataclass(frozen=True, slots=True)
class Movement:
    """Counts of files."""

    added: int = 0
    changed: int = 0
    deleted: int = 0

    def __add__(self, other: "Movement") -> "Movement":
        return Movement(self.added + other.added, self.changed + other.changed, self.deleted + other.deleted)


def count_movement(before: Manifest, now: Manifest) -> Movement:
    """Count, folder by folder; one whose names and digests are the same costs nothing."""
    ours = {block.folder: block for block in before.blocks}
    theirs = {block.folder: block for block in now.blocks}
    total = Movement()
    for folder in ours.keys() | theirs.keys():
        one, other = ours.get(folder), theirs.get(folder)
        if not (one and other and one.names == other.names and one.digests == other.digests):
            total += _count(_files(one), _files(other))
    return total


def _count(before: dict[bytes, bytes], now: dict[bytes, bytes]) -> Movement:
    kept = before.keys() & now.keys()
    changed = sum(before[name] != now[name] for name in kept)
    return Movement(len(now) - len(kept), changed, len(before) - len(kept))


def _files(block: Block | None) -> dict[bytes, bytes]:
    if block is None:
        return {}
    rows = enumerate(zip(block.list_names(), block.column(MODE), strict=True))
    return {name: block.digest_of(row) for row, (name, mode) in rows if KINDS[mode & FILE_TYPE] is Kind.FILE}

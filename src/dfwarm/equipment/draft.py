"""One folder on its way into the manifest: what was listed, what is remembered of it, what has to be read."""

import stat
from array import array
from collections.abc import Iterator

from dfwarm.equipment.folder import CTIME, DEVICE, GID, INODE, MODE, MTIME, NLINK, SIZE, UID, Listed, holds_files_only
from dfwarm.equipment.hashing import Reading, Task, digest_at, tasks_of
from dfwarm.equipment.remembered import Memory
from dfwarm.manifest.block import DIGEST_BYTES, FILE_TYPE, NO_DIGEST, Block, integers

GRAIN_NS = 2_000_000_000
"""A file that changed so shortly before it was read could change again within one tick of its clock."""

_IDENTITY = (INODE, CTIME, DEVICE)


class Draft:
    """One folder, with the digests that are known so far. `expected` are digests that a new reading should give."""

    def __init__(
        self, listed: Listed, known: dict[int, tuple[bytes, int]], expected: dict[int, bytes], linked: bytes
    ) -> None:
        self.listed = listed
        self.expected = expected
        self._linked = linked
        count = len(listed.names)
        self._digests = bytearray(NO_DIGEST * count)
        self._readings = array("q", bytes(8 * count))
        for row, (digest, read_at) in known.items():
            self._put(row, digest, read_at)
        self._known = known
        self._attributes = dict(listed.attributes)

    def tasks(self) -> Iterator[Task]:
        """What has to be read."""
        modes = self.listed.columns[MODE]
        if not self._known and holds_files_only(modes):
            return tasks_of(self.listed, range(len(modes)))
        rows = [row for row, mode in enumerate(modes) if stat.S_ISREG(mode) and row not in self._known]
        return tasks_of(self.listed, rows)

    def take(self, task: Task, reading: Reading) -> list[int]:
        """Take what was read. Returns the rows whose bytes are other ones than before though nothing else moved."""
        if not reading.gaps and not self.expected and task.is_whole_stretch:
            self._put_stretch(task.rows[0], reading)
            return []
        surprises: list[int] = []
        for place, row in enumerate(task.rows):
            digest = digest_at(reading, place)
            if digest == NO_DIGEST:
                continue
            self._put(row, digest, reading.read_at)
            self._attributes.pop(row, None)
            if self.expected.get(row, digest) != digest:
                surprises.append(row)
        self._attributes.update(reading.attributes)
        return surprises

    def holds(self, row: int, digest: bytes) -> bool:
        """Whether a digest is the one that was taken for a row; if not, the row has none any more."""
        is_same = self._digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES] == digest
        if not is_same:
            self._put(row, NO_DIGEST, 0)
        return is_same

    def memory(self) -> Memory:
        """The folder as it goes into the manifest and is remembered."""
        attributes = "".join(
            f"{row}\0{key}\0{text}\n" for row in sorted(self._attributes) for key, text in self._attributes[row]
        )
        block = pack(self.listed, bytes(self._digests), self._readings.tobytes(), attributes.encode())
        identities = b"".join(self.listed.columns[field].tobytes() for field in _IDENTITY)
        return Memory(self.listed.seen, block, identities, self._open().tobytes(), self._linked)

    def _put_stretch(self, first: int, reading: Reading) -> None:
        """Take the digests of neighbours in one go."""
        count = len(reading.digests) // DIGEST_BYTES
        self._digests[first * DIGEST_BYTES : (first + count) * DIGEST_BYTES] = reading.digests
        self._readings[first : first + count] = array("q", [reading.read_at]) * count
        self._attributes.update(reading.attributes)

    def _put(self, row: int, digest: bytes, read_at: int) -> None:
        self._digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES] = digest
        self._readings[row] = read_at

    def _open(self) -> "array[int]":
        """The files without a digest, and those too young for the grain of the clock: they are read again next time."""
        oldest = min(self._readings, default=0)
        if oldest and max(self.listed.columns[CTIME]) + GRAIN_NS <= oldest * 1_000_000_000:
            return array("q")  # everything was read, and long after it moved
        rows = zip(self.listed.columns[MODE], self.listed.columns[CTIME], self._readings, strict=True)
        return array(
            "q",
            [
                row
                for row, (mode, ctime, read_at) in enumerate(rows)
                if stat.S_ISREG(mode) and (not read_at or ctime + GRAIN_NS > read_at * 1_000_000_000)
            ],
        )


def draft_unmoved(memory: Memory, due: int) -> Draft | Memory:
    """A folder of which nothing moved. Where nothing of it has to be read it is what it was."""
    is_due = due and min(filter(None, integers(memory.block.readings)), default=due + 1) <= due
    if not memory.open and not is_due:
        return memory
    return draft_listed(_as_listed(memory), memory, due)


def draft_listed(listed: Listed, memory: Memory | None, due: int) -> Draft:
    """A folder as it was listed: files that kept their numbers keep their digest, unless they are due."""
    known: dict[int, tuple[bytes, int]] = {}
    expected: dict[int, bytes] = {}
    if memory:
        open_rows, readings = set(integers(memory.open)), integers(memory.block.readings)
        remembered = _as_listed(memory)
        for row, place in _unmoved(listed, remembered):
            digest, read_at = memory.block.digest_of(place), readings[place]
            if place in remembered.attributes:
                listed.attributes[row] = remembered.attributes[place]
            if read_at > due and place not in open_rows:
                known[row] = (digest, read_at)
            elif read_at:
                expected[row] = digest
    linked = memory.linked if memory and len(listed.columns) == NLINK else _linked(listed).tobytes()
    return Draft(listed, known, expected, linked)


def pack(listed: Listed, digests: bytes, readings: bytes, attributes: bytes) -> Block:
    """The block of a folder. What has no content has no size, and the time of a link says nothing."""
    modes = listed.columns[MODE]
    sizes, times = listed.columns[SIZE], listed.columns[MTIME]
    for row, mode in enumerate(() if holds_files_only(modes) else modes):
        if not stat.S_ISREG(mode):
            sizes[row] = sizes[row] if stat.S_ISLNK(mode) else 0
            times[row] = 0 if stat.S_ISLNK(mode) else times[row]
    return Block(
        folder=listed.path,
        names=b"\0".join(listed.names),
        numbers=b"".join(column.tobytes() for column in listed.columns[: GID + 1]),
        targets=b"\0".join(listed.targets),
        digests=digests,
        attributes=attributes,
        readings=readings,
    )


def _as_listed(memory: Memory) -> Listed:
    """The folder as it was listed when it was remembered, but for the counts of its links."""
    block = memory.block
    columns = [block.column(field) for field in (MODE, SIZE, MTIME, UID, GID)]
    width = len(block.readings)
    columns += (integers(memory.identities[place * width : (place + 1) * width]) for place in range(len(_IDENTITY)))
    targets = block.targets.split(b"\0") if block.targets else []
    return Listed(block.folder, memory.seen, block.list_names(), columns, targets, block.attributes_by_row(), [])


def _unmoved(listed: Listed, remembered: Listed) -> Iterator[tuple[int, int]]:
    """The row and the remembered place of every file of which no number moved."""
    fields = (MODE, SIZE, MTIME, *_IDENTITY)
    before = zip(*(remembered.columns[field] for field in fields), strict=True)
    places = {key: place for place, key in enumerate(zip(remembered.names, before, strict=True))}
    now = zip(*(listed.columns[field] for field in fields), strict=True)
    for row, (name, numbers) in enumerate(zip(listed.names, now, strict=True)):
        place = places.get((name, numbers))
        if place is not None and stat.S_ISREG(numbers[0]):
            yield row, place


def _linked(listed: Listed) -> "array[int]":
    """Row, device and inode of every file that has other names."""
    if holds_files_only(listed.columns[MODE]) and max(listed.columns[NLINK], default=0) <= 1:
        return array("q")
    rows = zip(*(listed.columns[field] for field in (MODE, NLINK, DEVICE, INODE)), strict=True)
    found = array("q")
    for row, (mode, links, device, inode) in enumerate(rows):
        if links > 1 and mode & FILE_TYPE != stat.S_IFDIR:
            found.extend((row, device, inode))
    return found

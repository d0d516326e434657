"""
The unit of everything: one folder with its entries, packed.

Numbers are eight signed 64-bit integers an entry (mode with kind, size, mtime in ns, owner, group, link group, read
at, number of the target), names and targets are joined by NUL, digests are 32 bytes an entry. Two blocks of equal
trees are equal byte by byte, but for the time of reading, so the unchanged path makes no object for each file.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.manifest.entry import UNREAD, Entry, Kind, kind_of

COLUMNS = 7
DIGEST_BYTES = 32
NO_DIGEST = bytes(DIGEST_BYTES)
MODE, SIZE, MTIME, OWNER, GROUP, LINKS, READ = range(COLUMNS)


@dataclass(frozen=True, slots=True)
class Block:
    """One folder: its path relative to the root, and its entries but for sub-folders' own contents."""

    folder: bytes
    names: bytes
    numbers: bytes
    targets: bytes
    digests: bytes

    def __len__(self) -> int:
        return self.names.count(b"\0") + 1 if self.names else 0

    def columns(self) -> "array[int]":
        """The numbers, row by row."""
        unpacked = array("q")
        unpacked.frombytes(self.numbers)
        return unpacked

    def entries(self, people: tuple[str, ...]) -> Iterator[Entry]:
        """The entries one by one. `people` are the names that owner and group numbers stand for."""
        if not self.names:
            return
        numbers = self.columns()
        targets = self.targets.split(b"\0") if self.targets else []
        prefix = b"" if self.folder == b"." else self.folder + b"/"
        next_target = 0
        for row, name in enumerate(self.names.split(b"\0")):
            mode, size, mtime, owner, group, links, read_at = numbers[row * COLUMNS : (row + 1) * COLUMNS]
            kind = kind_of(mode)
            target = b""
            if kind is Kind.SYMLINK:
                target, next_target = targets[next_target], next_target + 1
            digest = self.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]
            yield Entry(
                prefix + name,
                kind,
                size,
                mode & 0o7777,
                people[owner],
                people[group],
                mtime,
                links,
                target,
                UNREAD if digest == NO_DIGEST else digest,
                read_at,
            )


def without_reading_times(block: Block) -> bytes:
    """The numbers of a block with the times of reading set to zero, to compare two hosts' blocks at once."""
    numbers = block.columns()
    numbers[READ::COLUMNS] = array("q", bytes(8 * (len(numbers) // COLUMNS)))
    return numbers.tobytes()

"""
The unit of everything: one folder with its entries, packed.

Two blocks of equal folders are equal byte by byte, but for the times of reading, so that a folder which did not
change costs no object for each of its files.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.manifest.entry import KINDS, Kind

DIGEST_BYTES = 32
NO_DIGEST = bytes(DIGEST_BYTES)
FILE_TYPE = 0o170000
"""The bits of a mode that say the kind."""

MODE, SIZE, MTIME, UID, GID = range(5)
COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Block:
    """
    One folder: its path relative to the root, and its entries but for its sub-folders' own contents.

    `names` are joined by NUL, in the order of their bytes. `numbers` are columns of signed 64-bit integers, one
    column after another: mode, size, mtime in ns, owner, group. `targets` of the links are joined by NUL, `digests`
    are 32 bytes an entry, zero where nothing was read. `attributes` holds a line `row NUL name NUL text` for each
    one. `readings` are the seconds in which the bytes were read.
    """

    folder: bytes
    names: bytes
    numbers: bytes
    targets: bytes
    digests: bytes
    attributes: bytes
    readings: bytes

    def __len__(self) -> int:
        return len(self.readings) // 8

    def column(self, number: int) -> "array[int]":
        """One column of the numbers."""
        return integers(self.numbers[number * len(self.readings) : (number + 1) * len(self.readings)])

    def path_of(self, name: bytes) -> bytes:
        """The path of an entry relative to the root."""
        return name if self.folder in (b"", b".") else self.folder + b"/" + name

    def list_names(self) -> list[bytes]:
        """The names of the entries."""
        return self.names.split(b"\0") if self.names else []

    def digest_of(self, row: int) -> bytes:
        """The digest of an entry, all zero where there is none."""
        return self.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]

    def links(self) -> list[int]:
        """The rows of the links. A mode of no known kind raises KeyError."""
        modes = self.column(MODE)
        if all(KINDS[mode & FILE_TYPE] is not Kind.SYMLINK for mode in set(modes)):
            return []
        return [row for row, mode in enumerate(modes) if KINDS[mode & FILE_TYPE] is Kind.SYMLINK]

    def targets_by_row(self) -> dict[int, bytes]:
        """The target of each link."""
        return dict(zip(self.links(), self.targets.split(b"\0") if self.targets else (), strict=True))

    def attributes_by_row(self) -> dict[int, list[tuple[str, str]]]:
        """Access lists and extended attributes by row."""
        found: dict[int, list[tuple[str, str]]] = {}
        for line in self.attributes.decode().split("\n")[:-1]:
            row, name, text = line.split("\0")
            found.setdefault(int(row), []).append((name, text))
        return found

    def unread_files(self) -> Iterator[int]:
        """The rows of the files whose bytes are not known."""
        if NO_DIGEST in self.digests:
            for row, mode in enumerate(self.column(MODE)):
                if KINDS[mode & FILE_TYPE] is Kind.FILE and self.digest_of(row) == NO_DIGEST:
                    yield row


def is_equal(one: Block, other: Block) -> bool:
    """Whether two blocks say the same of the same folder, whenever they were read."""
    return (
        one.names == other.names
        and one.digests == other.digests
        and one.numbers == other.numbers
        and one.targets == other.targets
        and one.attributes == other.attributes
    )


def integers(packed: bytes) -> "array[int]":
    """Signed 64-bit integers, as this host orders their bytes."""
    unpacked = array("q")
    unpacked.frombytes(packed)
    return unpacked

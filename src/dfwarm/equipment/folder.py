"""List one folder: what the kernel says of every entry, as fast as this language can ask."""

import hashlib
import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter, itemgetter

from dfwarm.equipment.attributes import Attributes, path_within, read_attributes
from dfwarm.manifest.block import FILE_TYPE
from dfwarm.manifest.listing import Gap, GapKind

FIELDS = ("st_mode", "st_size", "st_mtime_ns", "st_uid", "st_gid", "st_ino", "st_ctime_ns", "st_dev", "st_nlink")
MODE, SIZE, MTIME, UID, GID, INODE, CTIME, DEVICE, NLINK = range(len(FIELDS))
WIDTH = len(FIELDS)

Identity = tuple[int, int, int]
"""Inode, change time and device of an entry."""

_numbers_of = attrgetter(*FIELDS)


def holds_files_only(modes: "array[int]") -> bool:
    """Whether all modes are those of regular files. A folder has few different ones, so no row is looked at."""
    return all(map(stat.S_ISREG, set(modes)))


@dataclass(slots=True)
class Glance:
    """One folder as the kernel gave it: names and rows of numbers in the folder's own order, not yet looked at."""

    path: bytes
    names: list[str]
    numbers: "array[int]"
    gaps: list[Gap]

    @property
    def seen(self) -> bytes:
        """A digest of everything that was seen: while it is the same, nothing in the folder has moved."""
        if self.gaps:
            return b""
        digest = hashlib.sha256(os.fsencode("/".join(self.names)))
        digest.update(self.numbers)
        return digest.digest()

    def folders(self) -> Iterator[tuple[bytes, Identity]]:
        """The paths of the folders in it, each with what would be another number if a name in it came or went."""
        modes = self.numbers[MODE::WIDTH]
        if all(mode & FILE_TYPE != stat.S_IFDIR for mode in set(modes)):
            return
        prefix = b"" if self.path == b"." else self.path + b"/"
        identities = zip(*(self.numbers[field::WIDTH] for field in (INODE, CTIME, DEVICE)), strict=True)
        for name, mode, identity in zip(self.names, modes, identities, strict=True):
            if mode & FILE_TYPE == stat.S_IFDIR:
                yield prefix + os.fsencode(name), identity


@dataclass(slots=True)
class Listed:
    """One folder in the order of its names: columns of numbers, targets of links, attributes of what is no file."""

    path: bytes
    seen: bytes
    names: list[bytes]
    columns: "list[array[int]]"
    targets: list[bytes]
    attributes: dict[int, Attributes]
    gaps: list[Gap]


def glance(descriptor: int, path: bytes) -> Glance:
    """List an open folder. An entry that goes away or cannot be looked at is a gap."""
    found = Glance(path, [], array("q"), [])
    names, extend = found.names.append, found.numbers.extend
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                try:
                    extend(_numbers_of(entry.stat(follow_symlinks=False)))
                except OSError as error:
                    found.gaps.append(_gap(path, entry.name, error))
                else:
                    names(entry.name)
    except OSError as error:
        found.gaps.append(Gap(path, GapKind.UNREADABLE, error.strerror or "unknown"))
    return found


def look_at_root(descriptor: int) -> Listed:
    """The root's own entry, under the folder name `b""`. Closes the root."""
    try:
        numbers = array("q", _numbers_of(os.fstat(descriptor)))
        return look_closely(descriptor, Glance(b"", ["."], numbers, []))
    finally:
        os.close(descriptor)


def look_closely(descriptor: int, found: Glance) -> Listed:
    """Put a folder's entries in order, and read the targets of its links and its attributes."""
    close = _CloseLook(descriptor, found)
    encoded = list(map(os.fsencode, found.names))
    kept = sorted(range(len(encoded)), key=encoded.__getitem__)
    if not holds_files_only(found.numbers[MODE::WIDTH]):
        kept = [place for place in kept if close.at(place)]
    return Listed(
        found.path,
        b"" if close.gaps else found.seen,
        [encoded[place] for place in kept],
        [_pick(found.numbers[field::WIDTH], kept) for field in range(WIDTH)],
        close.targets,
        close.attributes,
        close.gaps,
    )


class _CloseLook:
    """What has to be asked of each entry by itself, in the order of the names."""

    def __init__(self, descriptor: int, found: Glance) -> None:
        self._descriptor = descriptor
        self._found = found
        self._modes = found.numbers[MODE::WIDTH]
        self._row = 0
        self.gaps = list(found.gaps)
        self.targets: list[bytes] = []
        self.attributes: dict[int, Attributes] = {}

    def at(self, place: int) -> bool:
        """Look at one entry; tell whether it is still there."""
        name = self._found.names[place]
        try:
            target = [os.readlink(name, dir_fd=self._descriptor)] if stat.S_ISLNK(self._modes[place]) else []
            attributes = self._attributes(name, self._modes[place])
        except OSError as error:
            self.gaps.append(_gap(self._found.path, name, error))
            return False
        self.targets += map(os.fsencode, target)
        if attributes:
            self.attributes[self._row] = attributes
        self._row += 1
        return True

    def _attributes(self, name: str, mode: int) -> Attributes:
        """The attributes of what is no file, and which device a device is. Those of a file come when it is read."""
        if stat.S_ISREG(mode):
            return []
        found = read_attributes(path_within(self._descriptor, name), is_followed=False)
        if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
            number = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_rdev
            kind = "character" if stat.S_ISCHR(mode) else "block"
            found.append(("device", f"{kind} {os.major(number)}:{os.minor(number)}"))
        return found


def join(folder: bytes, name: bytes) -> bytes:
    """The path of an entry of a folder, relative to the root."""
    return name if folder in (b".", b"") else folder + b"/" + name


def _pick(column: "array[int]", places: Sequence[int]) -> "array[int]":
    if len(places) < 2:  # of one place `itemgetter` makes no tuple
        return array("q", map(column.__getitem__, places))
    return array("q", itemgetter(*places)(column))


def _gap(folder: bytes, name: str, error: OSError) -> Gap:
    kind = GapKind.VANISHED if isinstance(error, FileNotFoundError) else GapKind.UNREADABLE
    why = "it went away" if kind is GapKind.VANISHED else error.strerror or "unknown"
    return Gap(join(folder, os.fsencode(name)), kind, why)

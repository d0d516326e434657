"""
Walk a tree and describe every entry, folder by folder, without following anything out of it.

Folders are opened relative to their parents, so a path may be longer than the kernel takes and a folder that is
swapped for a link is refused. Nothing but regular files and folders is ever opened.
"""

import grp
import os
import pwd
import stat
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.equipment.hashing import Job, hash_files, open_folder
from dfwarm.equipment.remembered import Remembered
from dfwarm.errors import PathUnreadable
from dfwarm.manifest.block import COLUMNS, DIGEST_BYTES, NO_DIGEST, Block
from dfwarm.manifest.listing import Gap, GapKind, Manifest


@dataclass(slots=True)
class Folder:
    """One folder as it was found: names in order, and for each the numbers that the kernel gave."""

    path: bytes
    names: list[bytes] = field(default_factory=list)
    stats: list[os.stat_result] = field(default_factory=list)
    targets: list[bytes] = field(default_factory=list)
    digests: bytearray = field(default_factory=bytearray)
    read_at: list[int] = field(default_factory=list)


def scan(root: bytes, remembered: Remembered, *, workers: int = 2) -> Manifest:
    """
    Describe every entry below a root, with the SHA-256 of every file.

    A digest is taken from `remembered` where no number of the file moved since its bytes were read; every other file
    is read now. What cannot be read is a gap. Raises PathUnreadable where the root itself is no readable folder.
    """
    began_at = datetime.now(UTC)
    walk = _Walk(root)
    folders = walk.go()
    jobs = [job for folder in folders for job in _unread(folder, remembered)]
    results = hash_files(root, jobs, workers=workers)
    for folder, row, outcome in _placed(jobs, results):
        if isinstance(outcome, Gap):
            walk.gaps.append(outcome)
        else:
            digest, read_at = outcome
            folder.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES] = digest
            folder.read_at[row] = read_at
    remembered.learn(folders)
    people = _People()
    groups = _link_groups(folders)
    blocks = tuple(_pack(folder, people, groups) for folder in folders)
    return Manifest(began_at, datetime.now(UTC), people.names, blocks, tuple(walk.gaps))


class _Walk:
    """One walk of a tree, depth first, in the order of the names."""

    def __init__(self, root: bytes) -> None:
        self.root = root
        self.gaps: list[Gap] = []

    def go(self) -> list[Folder]:
        try:
            descriptor = open_folder(self.root, b".")
        except OSError as error:
            raise PathUnreadable(f"folder {os.fsdecode(self.root)} cannot be read: {error.strerror}") from error
        found = [Folder(b"", [b"."], [os.fstat(descriptor)])]
        os.close(descriptor)
        pending = [b"."]
        while pending:
            folder = self._visit(pending.pop())
            found.append(folder)
            prefix = b"" if folder.path == b"." else folder.path + b"/"
            below = (
                name for name, status in zip(folder.names, folder.stats, strict=True) if stat.S_ISDIR(status.st_mode)
            )
            pending.extend(prefix + name for name in reversed(list(below)))
        return found

    def _visit(self, path: bytes) -> Folder:
        try:
            descriptor = open_folder(self.root, path)
        except OSError as error:
            self.gaps.append(Gap(path, GapKind.UNREADABLE, error.strerror or "unknown"))
            return Folder(path)
        try:
            return self._list(path, descriptor)
        finally:
            os.close(descriptor)

    def _list(self, path: bytes, descriptor: int) -> Folder:
        folder = Folder(path)
        rows: list[tuple[bytes, os.stat_result]] = []
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    name = os.fsencode(entry.name)
                    try:
                        rows.append((name, entry.stat(follow_symlinks=False)))
                    except FileNotFoundError:
                        self._gap(path, name, GapKind.VANISHED, "it went away")
                    except OSError as error:
                        self._gap(path, name, GapKind.UNREADABLE, error.strerror or "unknown")
        except OSError as error:
            self.gaps.append(Gap(path, GapKind.UNREADABLE, error.strerror or "unknown"))
        for name, status in sorted(rows):
            target = b""
            if stat.S_ISLNK(status.st_mode):
                try:
                    target = os.readlink(name, dir_fd=descriptor)
                except OSError as error:
                    self._gap(path, name, GapKind.VANISHED, error.strerror or "unknown")
                    continue
                folder.targets.append(target)
            folder.names.append(name)
            folder.stats.append(status)
        return folder

    def _gap(self, folder: bytes, name: bytes, kind: GapKind, why: str) -> None:
        self.gaps.append(Gap(name if folder == b"." else folder + b"/" + name, kind, why))


class _People:
    """The names of owners and groups, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._owners: dict[int, int] = {}
        self._groups: dict[int, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._numbers)

    def owner(self, uid: int) -> int:
        if uid not in self._owners:
            self._owners[uid] = self._number(_name_of_owner(uid))
        return self._owners[uid]

    def group(self, gid: int) -> int:
        if gid not in self._groups:
            self._groups[gid] = self._number(_name_of_group(gid))
        return self._groups[gid]

    def _number(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))


def _name_of_owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def _name_of_group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return f"#{gid}"


def _unread(folder: Folder, remembered: Remembered) -> list[Job]:
    """Fill in the digests that are remembered, and say which files have to be read."""
    folder.digests = bytearray(NO_DIGEST * len(folder.names))
    folder.read_at = [0] * len(folder.names)
    if not any(stat.S_ISREG(status.st_mode) for status in folder.stats):
        return []
    known = remembered.digests_of(folder)
    jobs: list[Job] = []
    for row, status in enumerate(folder.stats):
        if not stat.S_ISREG(status.st_mode):
            continue
        if found := known.get(row):
            folder.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES], folder.read_at[row] = found
        else:
            jobs.append(Job(folder, row, folder.names[row], status))
    return jobs


def _placed(
    jobs: list[Job], results: list[tuple[bytes, int] | Gap]
) -> Iterator[tuple[Folder, int, tuple[bytes, int] | Gap]]:
    for job, outcome in zip(jobs, results, strict=True):
        yield job.folder, job.row, outcome


def _link_groups(folders: list[Folder]) -> dict[tuple[int, int], int]:
    """Number the inodes that have more than one name below the root, in walking order."""
    seen: dict[tuple[int, int], int] = {}
    for folder in folders:
        for status in folder.stats:
            if status.st_nlink > 1 and not stat.S_ISDIR(status.st_mode):
                key = (status.st_dev, status.st_ino)
                seen[key] = seen.get(key, 0) + 1
    shared = (key for key, count in seen.items() if count > 1)
    return {key: number for number, key in enumerate(shared, start=1)}


def _pack(folder: Folder, people: _People, groups: dict[tuple[int, int], int]) -> Block:
    numbers = array("q")
    for status, read_at in zip(folder.stats, folder.read_at, strict=True):
        is_link = stat.S_ISLNK(status.st_mode)
        numbers.extend(
            (
                status.st_mode,
                _size(status),
                0 if is_link else status.st_mtime_ns,
                people.owner(status.st_uid),
                people.group(status.st_gid),
                groups.get((status.st_dev, status.st_ino), 0) if groups else 0,
                read_at,
            )
        )
    if len(numbers) != COLUMNS * len(folder.names):
        raise PathUnreadable(f"folder {os.fsdecode(folder.path)} was listed unevenly")
    return Block(
        folder.path, b"\0".join(folder.names), numbers.tobytes(), b"\0".join(folder.targets), bytes(folder.digests)
    )


def _size(status: os.stat_result) -> int:
    """Bytes of a file or link, the number of a device, 0 for what has no content of its own."""
    if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
        return status.st_size
    return status.st_rdev if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode) else 0

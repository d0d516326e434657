"""
A copy of a few entries of a tree beside it, with everything that rsync carries: what is shipped after the thaw.

On a file system that shares blocks a copy costs no more than its name; elsewhere the kernel copies without us.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from dataclasses import dataclass

from dfwarm.errors import FreezeRefused

_CHUNK = 1 << 30
_SPARE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Staged:
    """How many entries and bytes were copied."""

    entries: int
    bytes: int


def stage(root: bytes, target: bytes, paths: Iterable[bytes], links: Iterable[tuple[bytes, ...]]) -> Staged:
    """
    Copy entries of a root, and the folders that hold them, with mode, owner, times and attributes.

    `links` are groups of paths that are one file. Raises FreezeRefused where there is no room, OSError where an entry
    cannot be copied.
    """
    wanted = sorted(set(paths))
    _refuse_without_room(root, target, wanted)
    first_names = {path: group[0] for group in links for path in group}
    folders: set[bytes] = {b"."}
    size = 0
    for path in wanted:
        folders |= _folders_above(path)
        source, place = os.path.join(root, path), os.path.join(target, path)
        os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
        if path in first_names and first_names[path] != path and os.path.lexists(_join(target, first_names[path])):
            os.link(_join(target, first_names[path]), place, follow_symlinks=False)
        elif stat.S_ISDIR(os.lstat(source).st_mode):
            folders.add(path)
            os.makedirs(place, mode=0o700, exist_ok=True)
        else:
            size += _copy(source, place)
    for folder in sorted(folders, reverse=True):
        dress(_join(root, folder), _join(target, folder))
    return Staged(len(wanted), size)


def remove(target: bytes) -> None:
    """Remove a staging folder with all that is in it, read-only folders too."""
    for folder, _, _ in os.walk(target):
        os.chmod(folder, 0o700)
    shutil.rmtree(target, ignore_errors=True)


def dress(source: bytes, place: bytes) -> None:
    """Give a copy the owner, mode, attributes and times of its source."""
    found = os.lstat(source)
    is_link = stat.S_ISLNK(found.st_mode)
    if os.geteuid() == 0:
        os.chown(place, found.st_uid, found.st_gid, follow_symlinks=False)
    if not is_link:
        os.chmod(place, stat.S_IMODE(found.st_mode))
        _copy_attributes(source, place)
    os.utime(place, ns=(found.st_atime_ns, found.st_mtime_ns), follow_symlinks=False)


def _copy(source: bytes, place: bytes) -> int:
    found = os.lstat(source)
    if stat.S_ISLNK(found.st_mode):
        os.symlink(os.readlink(source), place)
    elif stat.S_ISREG(found.st_mode):
        _copy_bytes(source, place)
    else:
        os.mknod(place, found.st_mode, found.st_rdev)
    dress(source, place)
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _copy_bytes(source: bytes, place: bytes) -> None:
    ours = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        theirs = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _copy_between(ours, theirs)
        finally:
            os.close(theirs)
    finally:
        os.close(ours)


def _copy_between(ours: int, theirs: int) -> None:
    """Let the kernel copy; where it cannot between these two, read and write. The end is where nothing comes."""
    try:
        while os.copy_file_range(ours, theirs, _CHUNK):
            pass
    except OSError:
        os.lseek(ours, 0, os.SEEK_SET)
        os.lseek(theirs, 0, os.SEEK_SET)
        os.ftruncate(theirs, 0)
        while piece := os.read(ours, 1 << 20):
            view = memoryview(piece)
            while view:
                view = view[os.write(theirs, view) :]


def _copy_attributes(source: bytes, place: bytes) -> None:
    for name in os.listxattr(source, follow_symlinks=False):
        os.setxattr(place, name, os.getxattr(source, name, follow_symlinks=False), follow_symlinks=False)


def _refuse_without_room(root: bytes, target: bytes, paths: list[bytes]) -> None:
    os.makedirs(target, mode=0o700, exist_ok=True)
    found = (os.lstat(os.path.join(root, path)) for path in paths)
    needed = sum(status.st_size for status in found if stat.S_ISREG(status.st_mode)) + _SPARE_BYTES
    numbers = os.statvfs(target)
    free = numbers.f_bavail * numbers.f_frsize
    if needed > free:
        raise FreezeRefused(
            f"production has {free:,} bytes free for the staging copy and it needs {needed:,}",
            hint="Free disk space there, or set `freeze.staging` to a folder with room.",
        )


def _folders_above(path: bytes) -> set[bytes]:
    parts = path.split(b"/")
    return {b".", *(b"/".join(parts[:depth]) for depth in range(1, len(parts)))}


def _join(root: bytes, path: bytes) -> bytes:
    return root if path == b"." else os.path.join(root, path)

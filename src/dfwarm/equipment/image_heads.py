"""Look at the first bytes of the files of an open folder: four system calls a file, and no file is waited for."""

import os
import stat
from collections.abc import Sequence
from typing import NamedTuple

from dfwarm.datafax.image import HEAD_BYTES, KINDS, MAGIC, ImageKind, image_kind

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_NUMBER = {kind: number for number, kind in enumerate(KINDS)}
_NUMBERED = tuple((magic, _NUMBER[kind]) for magic, kind in MAGIC)


class Look(NamedTuple):
    """What was seen of one file: the number of its kind, and its size."""

    kind: int
    size: int


NO_FILE = Look(_NUMBER[ImageKind.NO_FILE], 0)
UNREADABLE = Look(_NUMBER[ImageKind.UNREADABLE], 0)


def look_at_heads(folder: int, names: Sequence[bytes], are_files: Sequence[bool]) -> list[Look]:
    """Look at each file; what is no regular file is not opened. One that cannot be read, or is gone, is unreadable."""
    flags = _READ | os.O_NOATIME
    looks: list[Look] = []
    for name, is_file in zip(names, are_files, strict=True):
        if not is_file:
            looks.append(NO_FILE)
            continue
        try:
            looks.append(_look(folder, name, flags))
        except PermissionError:
            flags = _READ  # only its owner may leave a file's time of access alone
            looks.append(_look_again(folder, name, flags))
        except OSError:
            looks.append(UNREADABLE)
    return looks


def _look(folder: int, name: bytes, flags: int) -> Look:
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return NO_FILE
        return Look(_number(os.read(descriptor, HEAD_BYTES)), status.st_size)
    finally:
        os.close(descriptor)


def _number(head: bytes) -> int:
    """The number of the kind that first bytes tell: two hundred thousand of them are looked at in a second or two."""
    for magic, number in _NUMBERED:
        if head.startswith(magic):
            return number
    return _NUMBER[image_kind(head)]


def _look_again(folder: int, name: bytes, flags: int) -> Look:
    try:
        return _look(folder, name, flags)
    except OSError:
        return UNREADABLE

"""Open the data files of a study: regular files only, no link followed, lines of bounded length, no file waited for."""

import errno
import os
import stat
from collections.abc import Iterator

from dfwarm.datafax.reports.status import Line

BLOCK = 1 << 18
LINE_AT_MOST = 1 << 16
"""Bytes of one line that are kept; the vendor's import takes 4,095. The rest of a longer line is read and passed by."""


def open_study_file(folder: int, name: bytes) -> int:
    """Open a regular file in an open folder. A link, a fifo or a device raises OSError and is never waited for."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file")
    return descriptor


def read_lines(descriptor: int) -> Iterator[Line]:
    """Read the lines of an open file. Memory stays bounded whatever a line's length; raises OSError."""
    number, offset, length, kept = 1, 0, 0, bytearray()
    while block := os.read(descriptor, BLOCK):
        *ended, rest = block.split(b"\n")
        for piece in ended:
            length += len(piece)
            kept += piece[: LINE_AT_MOST - len(kept)]
            yield Line(number, offset, bytes(kept), is_cut=length > LINE_AT_MOST)
            number, offset, length, kept = number + 1, offset + length + 1, 0, bytearray()
        length += len(rest)
        kept += rest[: LINE_AT_MOST - len(kept)]
    if length:
        yield Line(number, offset, bytes(kept), is_ended=False, is_cut=length > LINE_AT_MOST)

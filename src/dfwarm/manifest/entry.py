"""One entry of a tree: what it is, what it holds, and when its bytes were last read."""

import stat
from dataclasses import dataclass
from enum import StrEnum

UNREAD = b""
"""The digest of a file whose bytes were not read, and of everything that is no file."""


class Kind(StrEnum):
    """What an entry is."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"


_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
    stat.S_IFCHR: Kind.DEVICE,
    stat.S_IFBLK: Kind.DEVICE,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry below a root.

    `path` is relative to the root, `.` is the root itself. `size` is in bytes, of a device its number, of a folder 0.
    `mode` are the permission bits. `link_group` numbers the files that share one inode, in walking order; 0 is a
    file of its own. `digest` is SHA-256. `read_at` is the second in which the bytes were last read, 0 for never.
    """

    path: bytes
    kind: Kind
    size: int
    mode: int
    owner: str
    group: str
    mtime_ns: int
    link_group: int
    target: bytes
    digest: bytes
    read_at: int


def kind_of(mode: int) -> Kind:
    """The kind that a `st_mode` says."""
    return _KINDS[stat.S_IFMT(mode)]

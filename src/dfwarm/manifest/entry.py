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


KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIRECTORY,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
    stat.S_IFCHR: Kind.DEVICE,
    stat.S_IFBLK: Kind.DEVICE,
}
"""The kind of each file type that a `st_mode` can say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One entry below a root.

    `path` is relative to the root, `.` is the root itself. `size` is in bytes, 0 of all that has no content. `mode`
    are the permission bits, `owner` and `group` names, or `#number` where there is none. `first_link` is the first
    path of the group of names that share one inode, empty for a file of its own. `attributes` are its access lists
    and extended attributes as text, and the number of a device. `digest` is SHA-256. `read_at` is the second in which
    the bytes were last read, 0 for never.
    """

    path: bytes
    kind: Kind
    size: int
    mode: int
    owner: str
    group: str
    uid: int
    gid: int
    mtime_ns: int
    first_link: bytes
    target: bytes
    attributes: tuple[tuple[str, str], ...]
    digest: bytes
    read_at: int

    @property
    def is_unread(self) -> bool:
        """Whether it is a file whose bytes are not known."""
        return self.kind is Kind.FILE and self.digest == UNREAD


def kind_of(mode: int) -> Kind:
    """The kind that a `st_mode` says."""
    return KINDS[stat.S_IFMT(mode)]

"""What one walk of a study's root found: how much there is, whose it is, what cannot be read."""

from dataclasses import dataclass

UNREADABLE_KEPT = 500
"""Unreadable paths that are named; the count goes on."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path below the root that the gate's account cannot read, and why."""

    path: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Tree:
    """The sum of a walk. `size` is in bytes, `specials` are pipes, sockets, devices; an id without a name is `#id`."""

    files: int
    folders: int
    links: int
    specials: int
    size: int
    owners: tuple[str, ...]
    groups: tuple[str, ...]
    unreadable: tuple[Unreadable, ...]
    unreadable_count: int

    @property
    def entries(self) -> int:
        """Everything that takes an inode."""
        return self.files + self.folders + self.links + self.specials


NO_TREE = Tree(0, 0, 0, 0, 0, (), (), (), 0)
"""What a walk finds where there is no folder."""


@dataclass(frozen=True, slots=True)
class Component:
    """One component of the way to a root, as it is, not as what it points at."""

    path: bytes
    is_link: bool
    owner: str
    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class Room:
    """
    The file system of a root, or of the nearest folder above it that exists.

    `inodes` is 0 where the file system does not count them.
    """

    kind: str
    is_read_only: bool
    bytes_free: int
    inodes: int
    inodes_free: int


@dataclass(frozen=True, slots=True)
class StudyRoot:
    """
    One root of the study.

    `components` goes down to the root and ends early at the first that is not there; `real` is the root with every
    link followed; `unmounted` are the mount points above or below it that `/etc/fstab` promises and nobody mounted.
    `problem` says why the root cannot be walked.
    """

    key: str
    folder: bytes
    real: bytes
    components: tuple[Component, ...]
    room: Room
    unmounted: tuple[bytes, ...]
    tree: Tree
    problem: str

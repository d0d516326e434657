"""Walk a root of a study once: how much there is, whose it is, what this account cannot read."""

import grp
import os
import pwd
import stat
from collections.abc import Callable
from dataclasses import dataclass, field

from dfwarm.facts.mounts import Mount, mount_of, unmounted
from dfwarm.facts.tree import NO_TREE, UNREADABLE_KEPT, Component, Room, StudyRoot, Tree, Unreadable
from dfwarm.spelling import spell


def look_at_root(key: str, folder: bytes, mounts: tuple[Mount, ...], wanted: tuple[bytes, ...]) -> StudyRoot:
    """Describe one root. One that is not there has no tree and says so."""
    real = os.path.realpath(folder)
    tree, problem = NO_TREE, ""
    if os.path.isdir(folder):
        tree = _Walk(folder).go()
    else:
        problem = "it is no folder" if os.path.lexists(folder) else "it is not there"
    return StudyRoot(
        key=key,
        folder=folder,
        real=real,
        components=tuple(_components(folder)),
        room=_room(real, mounts),
        unmounted=unmounted(real, wanted, mounts),
        tree=tree,
        problem=problem,
    )


def _components(folder: bytes) -> list[Component]:
    found: list[Component] = []
    path = b""
    for name in folder.strip(b"/").split(b"/"):
        path += b"/" + name
        try:
            status = os.lstat(path)
        except OSError:
            break
        found.append(
            Component(path, stat.S_ISLNK(status.st_mode), owner_name(status.st_uid), status.st_dev, status.st_ino)
        )
    return found


def _room(path: bytes, mounts: tuple[Mount, ...]) -> Room:
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    numbers = os.statvfs(path)
    mount = mount_of(path, mounts)
    return Room(
        kind=mount.kind,
        is_read_only=mount.is_read_only or bool(numbers.f_flag & os.ST_RDONLY),
        bytes_free=numbers.f_bavail * numbers.f_frsize,
        inodes=numbers.f_files,
        inodes_free=numbers.f_favail,
    )


@dataclass(slots=True)
class _Walk:
    root: bytes
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("files", "folders", "links", "specials"), 0))
    size: int = 0
    owners: set[int] = field(default_factory=set)
    groups: set[int] = field(default_factory=set)
    unreadable: list[Unreadable] = field(default_factory=list)
    unreadable_count: int = 0

    def go(self) -> Tree:
        self._count(self.root, os.stat(self.root))
        pending = [self.root]
        while pending:
            pending.extend(self._visit(pending.pop()))
        return Tree(
            **self.counts,
            size=self.size,
            owners=tuple(sorted(map(owner_name, self.owners))),
            groups=tuple(sorted(map(group_name, self.groups))),
            unreadable=tuple(self.unreadable),
            unreadable_count=self.unreadable_count,
        )

    def _visit(self, folder: bytes) -> list[bytes]:
        below: list[bytes] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    self._count(entry.path, status)
                    if stat.S_ISDIR(status.st_mode):
                        below.append(entry.path)
        except FileNotFoundError:
            return below  # it went away while we walked; the manifest of the cycle tells such paths
        except OSError as error:
            self._note(folder, error.strerror or "it cannot be listed")
        return below

    def _count(self, path: bytes, status: os.stat_result) -> None:
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "specials")
        self.counts[kind] += 1
        self.owners.add(status.st_uid)
        self.groups.add(status.st_gid)
        if kind == "files":
            self.size += status.st_size
            if not os.access(path, os.R_OK, effective_ids=True):
                self._note(path, "Permission denied")

    def _note(self, path: bytes, why: str) -> None:
        self.unreadable_count += 1
        if len(self.unreadable) < UNREADABLE_KEPT:
            self.unreadable.append(Unreadable(os.path.relpath(path, self.root), why))


_KINDS = {stat.S_IFREG: "files", stat.S_IFDIR: "folders", stat.S_IFLNK: "links"}


def owner_name(number: int) -> str:
    """The name of an account, `#number` where it has none."""
    return _name(lambda: pwd.getpwuid(number).pw_name, number)


def group_name(number: int) -> str:
    """The name of a group, `#number` where it has none."""
    return _name(lambda: grp.getgrgid(number).gr_name, number)


def _name(ask: Callable[[], str], number: int) -> str:
    try:
        return spell(os.fsencode(ask()))
    except KeyError:
        return f"#{number}"

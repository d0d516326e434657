"""How a snapshot is taken and removed: the argv of each step, for every kind."""

import re
from dataclasses import dataclass

from dfwarm.facts.snapshot import SnapshotKind, SnapshotRoot, SnapshotSource

PREFIX = "dfwarm-"
PLACEHOLDERS = ("name", "source", "place")
"""What stands for a value in the site's own commands."""

_PLACEHOLDER = re.compile(r"\{(name|source|place)\}")
Argv = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotPlan:
    """One snapshot: its name, where it appears, the steps to take it and to remove it, and where its roots lie."""

    name: str
    place: bytes
    makes_place: bool
    create: tuple[Argv, ...]
    remove: tuple[Argv, ...]
    roots: tuple[SnapshotRoot, ...]


def plan_snapshot(
    source: SnapshotSource, cycle: str, roots: tuple[tuple[str, bytes], ...], *, file_system: str
) -> SnapshotPlan:
    """
    Plan the snapshot of a cycle. `roots` are real paths of the study's roots, `file_system` the kind of the source's.

    Raises ValueError where a root does not lie in what a snapshot would show.
    """
    name = f"{PREFIX}{cycle}"
    if source.kind is SnapshotKind.REFLINK:
        return _reflink(source, name, roots)
    place = source.source + b"/.zfs/snapshot/" + name.encode() if source.kind is SnapshotKind.ZFS else b""
    place = place or source.folder + b"/" + name.encode()
    create, remove = _steps(source, name, _text(place), file_system)
    return SnapshotPlan(
        name=name,
        place=place,
        makes_place=source.kind is SnapshotKind.LVM,
        create=create,
        remove=remove,
        roots=tuple(SnapshotRoot(key, place + _below(source, folder)) for key, folder in roots),
    )


def _steps(
    source: SnapshotSource, name: str, place: str, file_system: str
) -> tuple[tuple[Argv, ...], tuple[Argv, ...]]:
    origin = _text(source.source)
    match source.kind:
        case SnapshotKind.BTRFS:
            create: tuple[Argv, ...] = (("btrfs", "subvolume", "snapshot", "-r", origin, place),)
            return create, (("btrfs", "subvolume", "delete", place),)
        case SnapshotKind.ZFS:
            whole = f"{source.volume}@{name}"
            return (("zfs", "snapshot", whole),), (("zfs", "destroy", whole),)
        case SnapshotKind.LVM:
            group = source.volume.partition("/")[0]
            options = "ro,nouuid" if file_system == "xfs" else "ro"
            skip = ("--setactivationskip", "n", "--activate", "y")
            create = (
                ("lvcreate", "--snapshot", *skip, "--name", name, source.volume),
                ("mount", "-o", options, f"/dev/{group}/{name}", place),
            )
            return create, (("umount", place), ("lvremove", "--yes", f"{group}/{name}"))
        case _:
            values = {"name": name, "source": origin, "place": place}
            return (_fill(source.create, values),), (_fill(source.remove, values),)


def _reflink(source: SnapshotSource, name: str, roots: tuple[tuple[str, bytes], ...]) -> SnapshotPlan:
    """A copy that shares its blocks, of the study's roots alone. It is removed by us and by no program."""
    place = source.folder + b"/" + name.encode()
    copies = tuple(SnapshotRoot(key, place + b"/" + key.encode()) for key, _ in roots)
    words = ("cp", "--archive", "--reflink=always", "--no-target-directory", "--")
    create = tuple((*words, _text(folder), _text(copy.folder)) for (_, folder), copy in zip(roots, copies, strict=True))
    for _, folder in roots:
        _below(source, folder)
    return SnapshotPlan(name, place, makes_place=True, create=create, remove=(), roots=copies)


def _below(source: SnapshotSource, folder: bytes) -> bytes:
    """The rest of a root's path behind the source's."""
    origin = source.source.rstrip(b"/")
    if folder != origin and not folder.startswith(origin + b"/"):
        raise ValueError(f"{_text(folder)} does not lie in {_text(source.source)}")
    return folder[len(origin) :]


def _fill(argv: Argv, values: dict[str, str]) -> Argv:
    return tuple(_PLACEHOLDER.sub(lambda match: values[match[1]], word) for word in argv)


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")

"""A picture of production's disk that is taken inside a freeze: where it comes from, and what was taken."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm.facts.control import ServerState
from dfwarm.facts.fact import Transcript


class SnapshotKind(StrEnum):
    """Who takes the picture."""

    BTRFS = "btrfs"
    ZFS = "zfs"
    LVM = "lvm"
    REFLINK = "reflink"
    COMMAND = "command"

    @property
    def is_atomic(self) -> bool:
        """Whether the whole picture is of one instant, with the inodes and change times of the original."""
        return self in (SnapshotKind.BTRFS, SnapshotKind.ZFS, SnapshotKind.LVM)


@dataclass(frozen=True, slots=True)
class SnapshotSource:
    """
    What production's own configuration says of its snapshots.

    `source` is the subvolume, mount point or folder that holds the studies, `folder` where snapshots appear (a file
    system that shows them itself needs none), `volume` the dataset of ZFS or `group/volume` of LVM. `create` and
    `remove` are the site's own commands.
    """

    kind: SnapshotKind
    source: bytes
    folder: bytes = b""
    volume: str = ""
    create: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SnapshotRoot:
    """One root of the study, by its key, as the snapshot shows it."""

    key: str
    folder: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """
    What a host writes down of a snapshot before it takes it, so that it removes its own and no other.

    `as_of` is unset until it was taken.
    """

    cycle: str
    name: str
    kind: SnapshotKind
    place: bytes
    remove: tuple[tuple[str, ...], ...]
    roots: tuple[SnapshotRoot, ...]
    as_of: datetime | None = None
    until: datetime | None = None
    quiet_since: datetime | None = None
    moved: tuple[str, ...] = ()
    state: ServerState | None = None
    clock_step_ms: int = 0
    milli: int = 0


@dataclass(frozen=True, slots=True)
class Snapped:
    """A snapshot that was taken: its name, how long that took, and what its programs said."""

    name: str
    as_of: datetime
    milli: int
    transcripts: tuple[Transcript, ...]

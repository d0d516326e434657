"""What is new on a host since an instant: page images that came, and how long the journals are."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A page image that came, by its path below the root."""

    path: bytes
    size: int


@dataclass(frozen=True, slots=True)
class JournalSize:
    """A journal by its path below the root, and how long it is."""

    path: bytes
    size: int


@dataclass(frozen=True, slots=True)
class StudyGrowth:
    """
    What one root of a study shows, by that host's clock at the begin of the look.

    `folders` is how many were looked into. A file that is younger than a moment is left for the next look.
    """

    looked_at: datetime
    folders: int
    pages: tuple[Arrival, ...]
    journals: tuple[JournalSize, ...]


@dataclass(frozen=True, slots=True)
class Shipped:
    """
    What was shipped to the standby since a time point was proven, and until which instant of production.

    None of it is proven: the next cycle lists both sides anew. `remark` is why something was left to it.
    """

    study: str
    proven_by: str
    shipped_until: datetime
    passed_at: datetime
    pages: int = 0
    journals: int = 0
    bytes: int = 0
    remark: str = ""

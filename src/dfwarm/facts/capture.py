"""One instant of a study as production's gate caught it."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.facts.control import ServerState
from dfwarm.facts.freeze import CLOCK_STEP_MS
from dfwarm.spelling import spell

BUSY_ENTRIES = 20_000
"""As many entries are looked at inside a freeze in any case, those of the folders that changed last."""


@dataclass(frozen=True, slots=True)
class NewestEntry:
    """
    The newest entry of the journals: which file, how long it is, and the time of its last line, empty where none is.

    Nothing else of the line leaves the host: its layout is in no source, so any other part of it may be clinical.
    """

    journal: bytes
    size: int
    at: str

    def say(self) -> str:
        """The entry in a few words."""
        if not self.journal:
            return "there is no journal"
        of = f"is of {self.at} (the server's own zone)" if self.at else "bears no time that can be read"
        return f"the newest journal entry {of}, in {spell(self.journal)} of {self.size:,} bytes"


@dataclass(frozen=True, slots=True)
class CapturedRoot:
    """One root: where copies of what moved since the last listing wait, and which paths they are."""

    key: str
    staging: bytes
    paths: tuple[bytes, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Captured:
    """
    A time point, or why it is none.

    Between `as_of` and the second look nothing moved, unless `moved` names it. Where nothing moved since the listing
    before it, that listing is the first look, over at `looked_at`, and `as_of` lies after it. `clock_step_ms` is by how
    much the clock of that host left the time that passed. `snapshot` names the picture that it is read from, empty
    where there is none; reading that took `read_milli`, with nobody kept out.
    """

    as_of: datetime
    until: datetime
    roots: tuple[CapturedRoot, ...]
    moved: tuple[str, ...]
    state: ServerState
    newest: NewestEntry
    clock_step_ms: int
    list_milli: int
    stage_milli: int
    prove_milli: int
    snapshot: str = ""
    read_milli: int = 0
    looked_at: datetime | None = None

    @property
    def looks(self) -> int:
        """How often every entry was looked at while people were kept out."""
        return 1 if self.looked_at else 2

    @property
    def first_look_at(self) -> datetime:
        """When the first of the two looks ended."""
        return self.looked_at or self.as_of

    @property
    def is_clock_stepped(self) -> bool:
        """Whether somebody set the clock meanwhile, so that the instant cannot be named."""
        return abs(self.clock_step_ms) > CLOCK_STEP_MS

    def root(self, key: str) -> CapturedRoot:
        """What was captured of a root."""
        return next(root for root in self.roots if root.key == key)


@dataclass(frozen=True, slots=True)
class Approached:
    """A look at everything before a freeze: how many entries there are, and how many of them it need not look at."""

    entries: int
    quiet_entries: int
    milli: int


@dataclass(frozen=True, slots=True)
class Proven:
    """
    The second look at what was not opened inside the freeze, which ended at `at`.

    Nothing of these entries moved since the look before the freeze, unless `moved` names it.
    """

    at: datetime
    entries: int
    moved: tuple[str, ...]
    clock_step_ms: int
    milli: int

    @property
    def is_clock_stepped(self) -> bool:
        """Whether somebody set the clock meanwhile, so that the instant cannot be named."""
        return abs(self.clock_step_ms) > CLOCK_STEP_MS

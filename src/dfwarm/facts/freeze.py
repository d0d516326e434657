"""How production is kept still for a moment, and what its host says of it before, during and after."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm.facts.control import ServerState
from dfwarm.facts.fact import Transcript
from dfwarm.facts.ledger import Act, Line
from dfwarm.terms import Access

BEAT_SECONDS = 1.0
"""How often the gate writes down that somebody still asks, while it answers."""

SILENCE_SECONDS = 8.0
"""After so long without a question and without work on one, the controller, the link or the gate is gone."""

CLOCK_STEP_MS = 500
"""A clock that moved by more against the time that passed was set by somebody."""


class FreezeMode(StrEnum):
    """How production is kept still at the time point."""

    ACCESS = "access"
    STOP = "stop"
    STILL = "still"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class ModeFacts:
    """
    What a mode does to people, to the server and to the disk.

    `keeps_out` says who waits, for the operator; `closing` how the certificate says that nobody could work.
    """

    keeps_out: str
    closing: str
    is_freezing: bool
    takes_snapshot: bool = False


MODES: dict[FreezeMode, ModeFacts] = {
    FreezeMode.ACCESS: ModeFacts("people in this study, for seconds", "the study was disabled on production", True),
    FreezeMode.STOP: ModeFacts("everybody on the server", "DataFax was stopped on production", True),
    FreezeMode.STILL: ModeFacts("nobody", "nothing was frozen", False),
    FreezeMode.SNAPSHOT: ModeFacts(
        "people in this study, while its disk takes a snapshot",
        "the study was disabled on production",
        True,
        takes_snapshot=True,
    ),
}
"""Every mode there is. Whoever goes over all modes goes over this table."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A watchdog that stands ready on production. `process` is its number there."""

    process: int
    tidied: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tidied:
    """What a host removed that cycles had left behind."""

    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frozen:
    """
    A study that is kept still.

    `was_open` is false where nobody could work in it before, so that nothing was done and nothing is to be undone.
    `users_left` are those who did not leave while they were waited for.
    """

    before: ServerState
    after: ServerState
    was_open: bool
    frozen_at: datetime
    remarks: tuple[str, ...]
    transcripts: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class Thawed:
    """A study that is open again, who opened it and why, and the lines of that host's own ledger."""

    after: ServerState
    by: str
    why: str
    frozen_milli: int
    lines: tuple[Line, ...]
    transcripts: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class FreezeState:
    """What a host's own ledger of a freeze says at a moment."""

    is_begun: bool
    is_thawed: bool
    is_thaw_begun: bool
    is_watch_over: bool
    was_open: bool
    access_before: Access
    inbound_was_on: bool
    mode: str
    begun_at: datetime | None
    thawed_at: datetime | None
    thawed_by: str
    why: str

    @property
    def is_open_ended(self) -> bool:
        """Whether something was frozen and nobody has said yet that it is open again."""
        return self.is_begun and self.was_open and not self.is_thawed


def read_freeze(lines: tuple[Line, ...]) -> FreezeState:
    """Say what the lines of a freeze add up to. A freeze counts from the line that announces it."""
    begun = next((line for line in lines if line.act is Act.FREEZE), None)
    thawed = next((line for line in lines if line.act is Act.THAWED), None)
    detail = begun.detail if begun else {}
    told = thawed.detail if thawed else {}
    return FreezeState(
        is_begun=begun is not None,
        is_thawed=thawed is not None,
        is_thaw_begun=any(line.act is Act.THAW for line in lines),
        is_watch_over=any(line.act is Act.WATCH_ENDED for line in lines),
        was_open=detail.get("wasOpen") == "true",
        access_before=Access(detail.get("access", Access.UNKNOWN.value)),
        inbound_was_on=detail.get("inboundWasOn") == "true",
        mode=detail.get("mode", ""),
        begun_at=begun.at if begun else None,
        thawed_at=thawed.at if thawed else None,
        thawed_by=told.get("by", ""),
        why=told.get("why", ""),
    )

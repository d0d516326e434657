"""
What a readiness report is made of: the facts of a pair in one month, as they were found.

A report is written from these and from nothing else, so that whoever has them can make it again.
"""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.evidence.seal import SealState
from dfwarm.facts.drill import Drill
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome, Side

UNKNOWN = -1
"""A number of seconds that nobody knows, since there was no time point to count from."""


@dataclass(frozen=True, slots=True)
class MonthCycle:
    """
    One cycle that began in the month.

    `achieved_seconds` is the recovery point achieved: from the time point that was proven before it to the end of this
    proven cycle. `statement` is the SHA-256 of its statement, `problem` what refused its bundle, `reviewers` who signed
    for it.
    """

    cycle: str
    began_at: datetime
    ended_at: datetime
    as_of: datetime | None
    outcome: Outcome
    held_milli: int
    budget_seconds: int
    achieved_seconds: int
    statement: str
    seal: SealState
    problem: str
    reviewers: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Whether it proved equality at a time point."""
        return self.as_of is not None and self.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)


@dataclass(frozen=True, slots=True)
class MonthGap:
    """Something that was expected in the month and was not there. `explained` is a person's note, if there is one."""

    expected_at: datetime
    kind: GapKind
    cycle: str
    reason: str
    subject: str
    explained: str = ""


@dataclass(frozen=True, slots=True)
class LogHead:
    """A checkpoint of a study's log: its name, its size, its root in base64, as it can be written down on paper."""

    origin: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class OpenDeviation:
    """A difference that a named person accepts at the end of the period."""

    says: str
    approved_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StudyMonth:
    """
    One study in the month.

    `last_outcome` and `proven_as_of` are those at the end of the period, also from cycles before the month;
    `age_seconds` is how old the proven time point is then. `history` is what speaks against the study's log, and
    `open_hold` the cycle that was held back and has had no other one behind it.
    """

    study: int
    name: str
    expected: int
    served: int
    cycles: tuple[MonthCycle, ...]
    gaps: tuple[MonthGap, ...]
    last_outcome: Outcome | None
    proven_as_of: datetime | None
    age_seconds: int
    history: tuple[str, ...]
    log_before: LogHead | None
    log_now: LogHead | None
    deviations: tuple[OpenDeviation, ...]
    drills: tuple[Drill, ...]
    open_hold: str = ""


@dataclass(frozen=True, slots=True)
class KeyFact:
    """A key that seals, or an authority that stamps. A bound that is `None` is none."""

    name: str
    fingerprint: str
    begins_at: datetime | None
    ends_at: datetime | None
    is_revoked: bool

    def is_usable_at(self, moment: datetime) -> bool:
        """Whether it may be used at a moment."""
        is_begun = self.begins_at is None or self.begins_at <= moment
        return is_begun and not self.is_revoked and (self.ends_at is None or moment <= self.ends_at)


@dataclass(frozen=True, slots=True)
class PlaceFact:
    """Another place of the evidence: how many parcels it holds, how many wait, which copies did not match."""

    place: str
    held: int
    waiting: int
    due: int
    mismatches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulingFact:
    """A side that was let rule before the end of the period, by the audit trail."""

    at: datetime
    ruler: Side
    says: str


@dataclass(frozen=True, slots=True)
class PairMonth:
    """
    A pair in one month. The period ends with the month, or when the report was made if that was earlier.

    `studies_asked` is empty where all were looked at. `trail` is what speaks against the audit trail. `rulings` are all
    changes of who rules before the end of the period, oldest first; without one production rules, as it was adopted.
    """

    pair: str
    month: str
    begins_at: datetime
    ends_at: datetime
    made_at: datetime
    is_over: bool
    software: str
    schedule: str
    promised_seconds: int
    studies_asked: tuple[int, ...]
    studies: tuple[StudyMonth, ...]
    open_cycle: str
    audit_head: str
    audit_entries: int
    trail: tuple[str, ...]
    is_sealing: bool
    keys: tuple[KeyFact, ...]
    authorities: tuple[KeyFact, ...]
    places: tuple[PlaceFact, ...]
    rulings: tuple[RulingFact, ...] = ()

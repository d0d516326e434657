"""Drills: rehearsed failovers that a person held and wrote down. They live in the audit trail."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm import wire
from dfwarm.errors import AnswerRefused, AuditBroken
from dfwarm.facts.audit import Entry
from dfwarm.terms import StudyNumber

DRILL_RECORDED = "drill recorded"
NOT_MEASURED = -1


class DrillKind(StrEnum):
    """How much of a failover was rehearsed."""

    TABLETOP = "tabletop"
    WALKTHROUGH = "walkthrough"
    SIMULATION = "simulation"
    FAILOVER = "full failover"


class DrillResult(StrEnum):
    """What came of it."""

    PASSED = "passed"
    CONDITIONS = "passed with conditions"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Drill:
    """
    One drill, by a person's own word: dfwarm did not hold it.

    No `studies` means all of the pair. `recovery_minutes` is the recovery time achieved, -1 where nobody measured it;
    `protocol` the SHA-256 of the protocol that was kept of it, empty where none was named.
    """

    studies: tuple[int, ...]
    kind: DrillKind
    result: DrillResult
    held_at: datetime
    recovery_minutes: int
    by: str
    reason: str
    protocol: str

    def covers(self, study: StudyNumber) -> bool:
        """Whether it was held for a study."""
        return not self.studies or study in self.studies


def read_drills(trail: tuple[tuple[Entry, str], ...]) -> tuple[Drill, ...]:
    """The drills that a trail holds, in the order in which they were held. Raises AuditBroken."""
    entries = [entry for entry, _ in trail if entry.act == DRILL_RECORDED]
    try:
        found = [wire.load(Drill, entry.after.encode()) for entry in entries]
    except AnswerRefused as error:
        raise AuditBroken(f"audit trail: a drill cannot be read: {error}") from error
    return tuple(sorted(found, key=lambda drill: drill.held_at))

"""A cycle in one line: what an index holds of a record, and what lists and looks over many cycles need."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.weight import Weight
from dfwarm.terms import CycleId, Outcome


@dataclass(frozen=True, slots=True)
class CycleEntry:
    """One record in short. `digest` is the SHA-256 of its `cycle.json`, by which it is known to be current."""

    cycle: CycleId
    digest: str
    outcome: Outcome
    began_at: datetime
    ended_at: datetime
    as_of: datetime | None
    failure: str
    reason: str
    held_seconds_milli: int
    files: int
    bytes: int

    @property
    def is_proven(self) -> bool:
        """Whether the cycle proved equality at a time point."""
        return self.as_of is not None and self.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)


def entry_of(record: CycleRecord, digest: str) -> CycleEntry:
    """Put a record in one line. Its reason is the weightiest one of the verdict."""
    error, trees = record.error, record.trees
    reasons = [reason.says for reason in record.verdict.reasons if reason.weight is not Weight.DEVIATION]
    return CycleEntry(
        cycle=record.cycle,
        digest=digest,
        outcome=record.outcome,
        began_at=record.began_at,
        ended_at=record.ended_at,
        as_of=record.as_of,
        failure=f"{error.kind}: {error.message}" if error else "",
        reason=next(iter(reasons), ""),
        held_seconds_milli=record.held_seconds_milli,
        files=trees.files if trees else 0,
        bytes=trees.bytes if trees else 0,
    )

"""
Completeness: which cycles the schedule expected, and which of them are missing, late, failed or inconclusive.

A slot of the schedule is served by the cycles that began between it and the next one. A DISCREPANT verdict is no gap:
the study was examined, and the answer was no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from dfwarm.plan.schedule import Schedule, slots_of_day
from dfwarm.terms import CycleId, Outcome, StudyNumber, spell_duration

LATE_AFTER = timedelta(hours=1)


class GapKind(StrEnum):
    """Why a slot counts as a gap."""

    MISSING = "missing"
    LATE = "late"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    UNRECORDED = "unrecorded"


@dataclass(frozen=True, slots=True)
class Taken:
    """A cycle as it was recorded: `failure` is the error that cut it short, `reason` that of its verdict."""

    cycle: CycleId
    began_at: datetime
    outcome: Outcome
    failure: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that should have been examined and was not. `cycle` is empty where there was none."""

    study: StudyNumber
    expected_at: datetime
    kind: GapKind
    cycle: str
    reason: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """What was expected of one study in a period, and what of it is a gap. `since` is its first cycle."""

    study: StudyNumber
    since: datetime
    until: datetime
    expected: int
    served: int
    gaps: tuple[Gap, ...]


def look_for_gaps(
    study: StudyNumber,
    schedule: Schedule,
    period: tuple[datetime, datetime],
    taken: tuple[Taken, ...],
    begun: Mapping[CycleId, datetime],
) -> Completeness:
    """
    Hold the schedule against the cycles of a study, those that have a record and those that the ledger saw begin.

    Nothing is expected before the study's first cycle, unless it never had one. The end of the period is no later than
    now; a slot is not missed before it is late.
    """
    first = min((*(cycle.began_at for cycle in taken), *begun.values()), default=period[0])
    since, until = max(period[0], _slot_of(schedule, first)), period[1]
    slots = [slot for slot in _slots(schedule, since, until) if since <= slot <= until - LATE_AFTER]
    ends = (*slots[1:], until)
    gaps = [gap for slot, end in zip(slots, ends, strict=False) for gap in _gaps_at(study, slot, end, taken)]
    gaps += _unrecorded(study, (since, until), taken, begun)
    missed = {gap.expected_at for gap in gaps if gap.kind not in (GapKind.LATE, GapKind.UNRECORDED)}
    gaps.sort(key=lambda gap: (gap.expected_at, gap.cycle))
    return Completeness(study, since, until, len(slots), len(slots) - len(missed), tuple(gaps))


def _gaps_at(study: StudyNumber, slot: datetime, end: datetime, taken: tuple[Taken, ...]) -> Iterator[Gap]:
    here = sorted((cycle for cycle in taken if slot <= cycle.began_at < end), key=lambda cycle: cycle.began_at)
    served = [cycle for cycle in here if cycle.outcome is not Outcome.INCONCLUSIVE]
    if served:
        late = served[0].began_at - slot
        if late > LATE_AFTER:
            says = f"began {spell_duration(late.total_seconds())} after its time"
            yield Gap(study, slot, GapKind.LATE, str(served[0].cycle), says)
    elif here:
        last = here[-1]
        kind = GapKind.FAILED if last.failure else GapKind.INCONCLUSIVE
        yield Gap(study, slot, kind, str(last.cycle), last.failure or last.reason)
    else:
        yield Gap(study, slot, GapKind.MISSING, "", "no cycle began before the next one was due")


def _unrecorded(
    study: StudyNumber,
    period: tuple[datetime, datetime],
    taken: tuple[Taken, ...],
    begun: Mapping[CycleId, datetime],
) -> Iterator[Gap]:
    """Cycles that the ledger saw begin and that left no record; numbers that neither of them knows."""
    recorded = {cycle.cycle.sequence: cycle.began_at for cycle in taken}
    known = {cycle.sequence: at for cycle, at in begun.items()} | recorded
    for sequence in range(1, max(known, default=0) + 1):
        at = known.get(sequence) or min(at for other, at in known.items() if other > sequence)
        if sequence not in recorded and period[0] <= at <= period[1]:
            why = "was begun and left no record" if sequence in known else "is neither in the records nor in the ledger"
            yield Gap(study, at, GapKind.UNRECORDED, str(CycleId(study, sequence)), why)


def _slot_of(schedule: Schedule, moment: datetime) -> datetime:
    """The slot that a moment belongs to: the last one before it, at most ten days back."""
    before = [slot for slot in _slots(schedule, moment - timedelta(days=10), moment) if slot <= moment]
    return max(before, default=moment)


def _slots(schedule: Schedule, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The slots of all days from the one before the begin to the one after the end, whatever their zone makes of it."""
    for offset in range(-1, (end - begin).days + 3):
        yield from slots_of_day(schedule, (begin + timedelta(days=offset)).date())

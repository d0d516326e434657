"""How old the last proven time point of each study is, read from what is recorded now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dfwarm.equipment.archive import Archive
from dfwarm.evidence.entry import CycleEntry
from dfwarm.evidence.record import CycleRecord
from dfwarm.terms import Outcome, StudyNumber

Entries = Callable[[StudyNumber], tuple[CycleEntry, ...]]

_READ_AT_MOST = 8


@dataclass(frozen=True, slots=True)
class Freshness:
    """One study at one glance. The age is in seconds, -1 where no cycle ever proved equality."""

    study: StudyNumber
    last_cycle: str
    last_outcome: str
    last_ended_at: datetime | None
    proven_as_of: datetime | None
    proven_by: str
    age_seconds: int
    rpo_seconds: int

    @property
    def is_within_rpo(self) -> bool:
        """Whether the proven time point is as young as promised. A time point in the future proves nothing."""
        return 0 <= self.age_seconds <= self.rpo_seconds


def look_at_freshness(
    archive: Archive, study: StudyNumber, entries: Entries, *, now: datetime, rpo_seconds: int
) -> Freshness:
    """
    Find the newest record of a study that proves equality.

    The newest few are read themselves, so that a look at a sound pair needs no index; the index only leads to a record
    that is further back, and what is told is read from that record.
    """
    cycles = archive.cycles(study)
    last = archive.read(cycles[-1]) if cycles else None
    newest = (archive.read(cycle) for cycle in cycles[: -_READ_AT_MOST - 1 : -1])
    proven = next(filter(_is_proven, newest), None)
    if not proven and len(cycles) > _READ_AT_MOST:
        further = (entry.cycle for entry in reversed(entries(study)) if entry.is_proven)
        proven = next((archive.read(cycle) for cycle in further), None)
    age = int((now - proven.as_of).total_seconds()) if proven and proven.as_of else -1
    proven_as_of, proven_by = (proven.as_of, str(proven.cycle)) if proven else (None, "")
    return Freshness(
        study=study,
        last_cycle=str(last.cycle) if last else "",
        last_outcome=last.outcome.value if last else "",
        last_ended_at=last.ended_at if last else None,
        proven_as_of=proven_as_of,
        proven_by=proven_by,
        age_seconds=age,
        rpo_seconds=rpo_seconds,
    )


def _is_proven(record: CycleRecord) -> bool:
    is_equal = record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)
    return record.as_of is not None and is_equal

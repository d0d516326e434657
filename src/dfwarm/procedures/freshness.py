"""How old the last proven time point of each study is, read from what is recorded now."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.equipment.archive import Archive
from dfwarm.terms import Outcome, StudyNumber


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


def look_at_freshness(archive: Archive, study: StudyNumber, *, now: datetime, rpo_seconds: int) -> Freshness:
    """Read the records of a study, newest first, until one proves equality."""
    cycles = archive.cycles(study)
    last = archive.read(cycles[-1]) if cycles else None
    for cycle in reversed(cycles):
        record = archive.read(cycle)
        if record.as_of and record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS):
            age = int((now - record.as_of).total_seconds())
            proven_as_of, proven_by = record.as_of, str(cycle)
            break
    else:
        age, proven_as_of, proven_by = -1, None, ""
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

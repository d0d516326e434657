"""What is due of the alerts that nobody asked for: a weekly sign of life, a quarterly test, and its escalation."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DIGEST_EVERY = timedelta(days=7)
TEST_EVERY = timedelta(days=91)
ESCALATE_EVERY = timedelta(days=1)


class Duty(StrEnum):
    """What is due."""

    DIGEST = "digest"
    TEST = "test"
    ESCALATION = "escalation"


@dataclass(frozen=True, slots=True)
class Calendar:
    """When each was done last. `code` is the SHA-256 of the test's code; nobody acknowledged while there is no name."""

    digest_at: datetime | None = None
    test_at: datetime | None = None
    code: str = ""
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether a test waits for a person."""
        return self.test_at is not None and not self.acknowledged_by


def due_duties(calendar: Calendar, now: datetime, acknowledge_within: timedelta) -> tuple[Duty, ...]:
    """What is due now. A moment in the future counts as never: a clock was wrong then."""
    found: list[Duty] = []
    if _is_past(calendar.digest_at, now, DIGEST_EVERY):
        found.append(Duty.DIGEST)
    if calendar.is_open:
        is_late = _is_past(calendar.test_at, now, acknowledge_within)
        if is_late and _is_past(calendar.escalated_at, now, ESCALATE_EVERY):
            found.append(Duty.ESCALATION)
    elif _is_past(calendar.test_at, now, TEST_EVERY):
        found.append(Duty.TEST)
    return tuple(found)


def _is_past(moment: datetime | None, now: datetime, after: timedelta) -> bool:
    return moment is None or moment > now or now - moment >= after

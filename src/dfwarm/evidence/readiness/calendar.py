"""The month as a calendar: a cell for each day, a mark for each cycle."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dfwarm.evidence.readiness.facts import PairMonth, StudyMonth
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome

MARKS: dict[Outcome, str] = {
    Outcome.EQUIVALENT: "=",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "~",
    Outcome.DISCREPANT: "*",
    Outcome.INCONCLUSIVE: "?",
}
MISSED = "x"
LEGEND = (
    "= equivalent, ~ equivalent with deviations, * DISCREPANT, ? inconclusive, x expected and missing, . nothing"
    " expected; without a mark: after the end of the period"
)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Day:
    """One cell of the calendar: the day of the month, a mark for each cycle, what it says in words."""

    number: int
    marks: str
    says: str
    kind: str


def weeks(facts: PairMonth, study: StudyMonth) -> tuple[tuple[Day | None, ...], ...]:
    """The weeks of the month, Monday first; a day of another month is none."""
    """The days of the month in weeks that begin on Monday; `None` where a week reaches out of the month."""
    first = facts.begins_at.date()
    days: list[Day | None] = [None] * first.weekday()
    day = first
    while day.month == first.month:
        days.append(_day(facts, study, datetime(day.year, day.month, day.day, tzinfo=UTC)))
        day += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return tuple(tuple(days[start : start + 7]) for start in range(0, len(days), 7))


def _day(facts: PairMonth, study: StudyMonth, begin: datetime) -> Day:
    if begin >= facts.ends_at:
        return Day(begin.day, "", "not yet", "out")
    end = begin + timedelta(days=1)
    cycles = [each for each in study.cycles if begin <= each.began_at < end]
    missed = [
        gap
        for gap in study.gaps
        if gap.kind in (GapKind.MISSING, GapKind.UNRECORDED) and begin <= gap.expected_at < end
    ]
    marks = "".join(MARKS[each.outcome] for each in cycles) + MISSED * len(missed)
    told = [f"{each.cycle} {each.outcome}" for each in cycles] + [f"{gap.kind}: {gap.reason}" for gap in missed]
    kind = "missed" if missed else max((_KINDS[each.outcome] for each in cycles), default="empty", key=_RANK.index)
    return Day(begin.day, marks or ".", "; ".join(told) or "nothing expected", kind)


_RANK = ("empty", "good", "accepted", "unknown", "bad")
_KINDS: dict[Outcome, str] = {
    Outcome.EQUIVALENT: "good",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "accepted",
    Outcome.INCONCLUSIVE: "unknown",
    Outcome.DISCREPANT: "bad",
}

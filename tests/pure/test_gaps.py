"""What the schedule expected, and what of it is a gap."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.plan.gaps import Completeness, Gap, GapKind, Taken, look_for_gaps
from dfwarm.plan.schedule import Schedule
from dfwarm.terms import CycleId, Outcome, StudyNumber

STUDY = StudyNumber(35)
NIGHTLY = Schedule.parse("*-*-* 02:00:00", "UTC")
BEGIN, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, 12, tzinfo=UTC)


def night(day: int, hours: float = 2) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hours)


def took(
    sequence: int, at: datetime, outcome: Outcome = Outcome.EQUIVALENT, failure: str = "", reason: str = ""
) -> Taken:
    return Taken(CycleId(STUDY, sequence), at, outcome, failure, reason)


def look(
    taken: tuple[Taken, ...], begun: Mapping[CycleId, datetime] | None = None, schedule: Schedule = NIGHTLY
) -> Completeness:
    return look_for_gaps(STUDY, schedule, (BEGIN, END), taken, begun or {})


def gap(day: int, kind: GapKind, cycle: str, reason: str) -> Gap:
    return Gap(STUDY, night(day), kind, cycle, reason)


WHOLE = tuple(took(day, night(day, 2.01)) for day in range(1, 9))


@pytest.mark.requirement("URS-CYC-05")
def test_a_week_in_which_every_night_was_examined_is_complete() -> None:
    found = look(WHOLE)
    assert (found.expected, found.served, found.gaps) == (8, 8, ())


def test_a_discrepant_night_was_examined_and_is_no_gap() -> None:
    discrepant = took(3, night(3), Outcome.DISCREPANT)
    assert look((*WHOLE[:2], discrepant, *WHOLE[3:])).gaps == ()


@pytest.mark.requirement("URS-CYC-05")
def test_missing_late_failed_and_inconclusive_nights_are_told_with_their_reason() -> None:
    taken = (
        took(1, night(1)),
        took(2, night(3, 9)),
        took(3, night(4), Outcome.INCONCLUSIVE, failure="HostUnreachable: no answer"),
        took(4, night(5), Outcome.INCONCLUSIVE, reason="the clock was off"),
        *(took(day - 1, night(day)) for day in (6, 7, 8)),
    )
    found = look(taken)
    assert found.gaps == (
        gap(2, GapKind.MISSING, "", "no cycle began before the next one was due"),
        gap(3, GapKind.LATE, "035-00002", "began 7 h 0 min after its time"),
        gap(4, GapKind.FAILED, "035-00003", "HostUnreachable: no answer"),
        gap(5, GapKind.INCONCLUSIVE, "035-00004", "the clock was off"),
    )
    assert (found.expected, found.served) == (8, 5)


def test_a_night_whose_second_try_was_conclusive_was_examined() -> None:
    again = took(9, night(4, 2.5))
    taken = (*WHOLE[:3], took(4, night(4), Outcome.INCONCLUSIVE, failure="x"), again, *WHOLE[4:])
    assert look(taken).gaps == ()


def test_nothing_is_expected_before_the_first_cycle_of_a_study() -> None:
    found = look(tuple(took(day - 4, night(day)) for day in range(5, 9)))
    assert (found.since, found.expected, found.gaps) == (night(5), 4, ())


def test_of_a_study_that_never_had_a_cycle_every_night_is_missing() -> None:
    found = look(())
    assert (len(found.gaps), found.served, {gap.kind for gap in found.gaps}) == (8, 0, {GapKind.MISSING})


def test_a_night_that_is_not_late_yet_is_not_missed() -> None:
    just = look_for_gaps(STUDY, NIGHTLY, (BEGIN, night(8, 2.9)), WHOLE[:7], {})
    assert just.gaps == ()
    late = look_for_gaps(STUDY, NIGHTLY, (BEGIN, night(8, 3)), WHOLE[:7], {})
    assert [gap.expected_at for gap in late.gaps] == [night(8)]


@pytest.mark.requirement("URS-CYC-05")
def test_a_cycle_that_was_begun_and_left_no_record_and_a_number_that_nobody_knows_are_told() -> None:
    begun = {cycle.cycle: cycle.began_at for cycle in WHOLE if cycle.cycle.sequence != 6}
    taken = tuple(cycle for cycle in WHOLE if cycle.cycle.sequence not in (3, 6))
    found = look(taken, begun)
    assert [(gap.kind, gap.cycle, gap.reason) for gap in found.gaps if gap.kind is GapKind.UNRECORDED] == [
        (GapKind.UNRECORDED, "035-00003", "was begun and left no record"),
        (GapKind.UNRECORDED, "035-00006", "is neither in the records nor in the ledger"),
    ]


def test_the_slots_are_those_of_the_schedule_s_zone() -> None:
    toronto = Schedule.parse("*-*-* 20:00:00", "America/Toronto")
    taken = tuple(took(day, datetime(2026, 11, day, 1, 5, tzinfo=UTC)) for day in range(1, 9))
    found = look(taken, schedule=toronto)
    # On 1 November the clock change moves the slot from 00:00 to 01:00 UTC.
    told = [(gap.expected_at, gap.kind, gap.cycle) for gap in found.gaps]
    assert told == [(datetime(2026, 11, 1, tzinfo=UTC), GapKind.LATE, "035-00001")]
    assert (found.expected, found.served) == (8, 8)


@given(st.sets(st.integers(1, 8)))
def test_each_expected_night_is_either_served_or_a_gap(nights: set[int]) -> None:
    taken = tuple(took(number, night(day)) for number, day in enumerate(sorted(nights), start=1))
    found = look(taken)
    missing = [gap for gap in found.gaps if gap.kind is GapKind.MISSING]
    assert found.served + len(missing) == found.expected
    assert found.served == len(nights)

from datetime import UTC, datetime

import pytest

from dfwarm.errors import LedgerBroken
from dfwarm.facts.ledger import GENESIS, Act, Line
from dfwarm.plan.recovery import NothingOpen, OpenCycle, next_sequence, plan_recovery
from dfwarm.terms import CycleId, Side, StudyNumber

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIRST = "035-00001"
OPEN = {"wasOpen": "true"}


def line(act: Act, cycle: str = FIRST, **detail: str) -> Line:
    return Line(NOON, act, cycle, detail, GENESIS)


def left(*lines: Line) -> tuple[Side, ...]:
    found = plan_recovery((line(Act.CYCLE_BEGUN), *lines))
    assert isinstance(found, OpenCycle)
    assert found.cycle == CycleId(StudyNumber(35), 1)
    assert found.last == (lines[-1] if lines else line(Act.CYCLE_BEGUN))
    return found.to_start


def test_a_closed_ledger_leaves_nothing_to_do() -> None:
    assert plan_recovery(()) == NothingOpen()
    assert plan_recovery((line(Act.CYCLE_BEGUN), line(Act.CYCLE_CLOSED))) == NothingOpen()


def test_a_cycle_that_stopped_nothing_leaves_nothing_to_start() -> None:
    assert left() == ()
    assert left(line(Act.STEP_BEGUN, step="1")) == ()


@pytest.mark.hazard("H52")
def test_a_stop_that_was_announced_is_undone_whether_it_happened_or_not() -> None:
    assert left(line(Act.HOLD, **OPEN)) == (Side.PRODUCTION,)
    assert left(line(Act.HOLD, **OPEN), line(Act.STOP, **OPEN)) == (Side.PRODUCTION, Side.STANDBY)


def test_a_server_that_was_found_stopped_stays_as_it_was() -> None:
    assert left(line(Act.HOLD, wasOpen="false"), line(Act.STOP, **OPEN)) == (Side.STANDBY,)


def test_a_start_counts_only_when_it_is_confirmed() -> None:
    stops = (line(Act.HOLD, **OPEN), line(Act.STOP, **OPEN))
    assert left(*stops, line(Act.RELEASE)) == (Side.PRODUCTION, Side.STANDBY)
    assert left(*stops, line(Act.RELEASE), line(Act.RESTORED)) == (Side.STANDBY,)
    assert left(*stops, line(Act.RELEASE), line(Act.RESTORED), line(Act.START), line(Act.RESTORED)) == ()


def test_two_open_cycles_are_a_broken_ledger() -> None:
    with pytest.raises(LedgerBroken, match="2 open cycles"):
        plan_recovery((line(Act.CYCLE_BEGUN), line(Act.CYCLE_BEGUN, "254-00001")))


@pytest.mark.requirement("URS-CYC-05")
def test_cycles_are_numbered_without_gaps_for_each_study() -> None:
    lines = (
        line(Act.CYCLE_BEGUN),
        line(Act.CYCLE_CLOSED),
        line(Act.CYCLE_BEGUN, "254-00001"),
        line(Act.CYCLE_CLOSED, "254-00001"),
        line(Act.CYCLE_BEGUN, "035-00002"),
    )
    assert next_sequence(lines, StudyNumber(35)) == 3
    assert next_sequence(lines, StudyNumber(254)) == 2
    assert next_sequence(lines, StudyNumber(1)) == 1


@pytest.mark.hazard("H53")
@pytest.mark.hazard("H64")
def test_a_closed_cycle_that_could_not_start_what_it_stopped_still_owes_it_until_it_is_started() -> None:
    closed = (line(Act.CYCLE_BEGUN), line(Act.STOP, **OPEN), line(Act.START), line(Act.CYCLE_CLOSED))
    found = plan_recovery(closed)
    assert found == OpenCycle(CycleId(StudyNumber(35), 1), NOON, (Side.STANDBY,), closed[-1], is_closed=True)
    assert plan_recovery((*closed, line(Act.START), line(Act.RESTORED))) == NothingOpen()


def test_a_cycle_that_is_open_comes_before_one_that_owes_a_start_and_an_older_debt_of_a_study_is_settled() -> None:
    owing = (line(Act.CYCLE_BEGUN), line(Act.HOLD, **OPEN), line(Act.CYCLE_CLOSED))
    found = plan_recovery((*owing, line(Act.CYCLE_BEGUN, "254-00001")))
    assert isinstance(found, OpenCycle)
    assert (str(found.cycle), found.is_closed) == ("254-00001", False)
    later = (line(Act.CYCLE_BEGUN, "035-00002"), line(Act.CYCLE_CLOSED, "035-00002"))
    assert plan_recovery((*owing, *later)) == NothingOpen()

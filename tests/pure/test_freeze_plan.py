"""What a freeze is expected to take, what its ledger says, and what a time point is worth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dfwarm.facts.capture import Captured, CapturedRoot, NewestEntry
from dfwarm.facts.control import ServerState
from dfwarm.facts.freeze import FreezeMode, read_freeze
from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.freeze import Earlier, FreezePlan, estimate
from dfwarm.terms import Access

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLAN = FreezePlan(FreezeMode.ACCESS, 30, 10, FreezeMode.STILL)


def line(act: Act, **detail: str) -> Line:
    return Line(NOON, act, "035-00001", detail, "")


FREEZE = line(Act.FREEZE, mode="access", access="enabled", wasOpen="true", inboundWasOn="false")


def test_a_freeze_is_open_ended_from_its_first_line_until_somebody_says_that_it_is_thawed() -> None:
    assert not read_freeze(()).is_open_ended
    assert not read_freeze((line(Act.WATCH),)).is_open_ended
    begun = read_freeze((line(Act.WATCH), FREEZE, line(Act.FROZEN), line(Act.THAW)))
    assert (begun.is_open_ended, begun.is_thaw_begun, begun.access_before) == (True, True, Access.ENABLED)
    done = read_freeze((FREEZE, line(Act.THAWED, by="watchdog", why="the budget is over"), line(Act.WATCH_ENDED)))
    assert (done.is_open_ended, done.thawed_by, done.is_watch_over) == (False, "watchdog", True)
    found_closed = replace(FREEZE, detail={**FREEZE.detail, "wasOpen": "false"})
    assert not read_freeze((found_closed,)).is_open_ended


def test_an_estimate_grows_with_the_study_and_goes_by_what_the_last_freeze_took() -> None:
    small, large = (estimate(entries=count, changed_bytes=0, earlier=Earlier()) for count in (1_000, 1_000_000))
    assert small.total_milli < large.total_milli
    measured = estimate(entries=2_000, changed_bytes=400_000, earlier=Earlier(1_000, 500, 300, 10_000))
    assert (measured.control_milli, measured.look_milli, measured.copy_milli) == (500, 600, 2)
    assert measured.reports_milli == 10_000
    assert "two looks 0.6 s" in measured.say()


@pytest.mark.parametrize(
    ("mode", "reports", "breaks"),
    [
        (FreezeMode.ACCESS, 60_000, True),
        (FreezeMode.ACCESS, 1_000, False),
        (FreezeMode.STILL, 60_000, False),
    ],
)
def test_a_freeze_that_would_outlast_its_budget_breaks_it_and_one_that_freezes_nothing_never_does(
    mode: FreezeMode, reports: int, breaks: bool
) -> None:
    expected = estimate(entries=1_000, changed_bytes=0, earlier=Earlier(1_000, 500, 300, reports))
    assert expected.breaks(replace(PLAN, mode=mode)) is breaks


def captured(step: int) -> Captured:
    state = ServerState(Access.DISABLED, is_registered=True, processes=())
    root = CapturedRoot("STUDY_DIR", b"/s", (), 0)
    return Captured(NOON, NOON, (root,), (), state, NewestEntry(b"", 0, ""), step, 1, 1, 1)


@pytest.mark.hazard("H57")
@pytest.mark.parametrize(("step", "is_stepped"), [(0, False), (400, False), (501, True), (-3_600_000, True)])
def test_a_clock_that_is_set_inside_the_freeze_is_found(step: int, is_stepped: bool) -> None:
    assert captured(step).is_clock_stepped is is_stepped
    assert captured(step).root("STUDY_DIR").staging == b"/s"


def test_the_newest_journal_entry_is_said_without_its_data() -> None:
    assert NewestEntry(b"", 0, "").say() == "there is no journal"
    said = NewestEntry(b"2611.jnl", 1_234, "2026-11-24 12:00:00").say()
    assert said == (
        "the newest journal entry is of 2026-11-24 12:00:00 (the server's own zone), in 2611.jnl of 1,234 bytes"
    )
    unread = NewestEntry(b"2611.jnl", 1_234, "").say()
    assert unread == "the newest journal entry bears no time that can be read, in 2611.jnl of 1,234 bytes"

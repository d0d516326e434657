"""What a freeze is expected to take, what its ledger says, and what a time point is worth."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dfwarm.facts.capture import Captured, CapturedRoot, NewestEntry
from dfwarm.facts.control import ServerState
from dfwarm.facts.freeze import FreezeMode, read_freeze
from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.forecast import Forecast, Load, render_forecast
from dfwarm.plan.freeze import NO_FREEZE, Earlier, Estimate, FreezePlan, estimate
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


MEASURED = Earlier(1_000, 500, 300, 10_000, 2_000_000, 40, "035-00041")


def foretell(mode: FreezeMode, entries: int = 2_000, earlier: Earlier = MEASURED, *, vendor: bool = True) -> Estimate:
    return estimate(mode, entries=entries, has_vendor_reports=vendor, earlier=earlier)


def test_an_estimate_grows_with_the_study_and_says_what_is_assumed() -> None:
    small, large = (foretell(FreezeMode.ACCESS, count, NO_FREEZE) for count in (1_000, 1_000_000))
    assert small.total_milli < large.total_milli
    known = [part.known_by for part in small.parts]
    assert [said.startswith(("assumed", "not known")) for said in known] == [True] * 4


def test_an_estimate_goes_by_what_the_last_freeze_took_and_names_its_cycle() -> None:
    parts = foretell(FreezeMode.ACCESS).parts
    assert [(part.title, part.milli) for part in parts] == [
        ("open and close", 500),
        ("two looks", 600),
        ("staging copy", 40),
        ("vendor reports", 10_000),
    ]
    assert all("measured in cycle 035-00041" in part.known_by for part in parts)
    assert "two looks 0.6 s" in foretell(FreezeMode.ACCESS).say()
    assert "at 1,000 entries, now 2,000" in parts[1].known_by


def test_a_snapshot_does_not_grow_with_the_study_and_no_reports_take_no_time() -> None:
    small, large = (foretell(FreezeMode.SNAPSHOT, count, NO_FREEZE, vendor=False) for count in (10, 10_000_000))
    assert small == large
    assert [part.title for part in small.parts] == ["open and close", "snapshot"]
    assert [part.milli for part in foretell(FreezeMode.SNAPSHOT, vendor=False).parts] == [500, 40]


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
    expected = foretell(mode, 1_000, replace(MEASURED, reports_milli=reports))
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


def forecast(**other: object) -> Forecast:
    loads = (Load("STUDY_DIR", 2_000, 12, 3_456, 1, 0),)
    told = Forecast("035", PLAN, loads, foretell(FreezeMode.ACCESS), Estimate(()), ())
    return replace(told, **other)  # type: ignore[arg-type]


def test_a_forecast_that_fits_says_how_it_knows_and_that_nothing_was_touched() -> None:
    text = "\n".join(render_forecast(forecast()))
    assert "12 of 2,000 entries to send (3,456 bytes), 1 to delete" in text
    assert "measured in cycle 035-00041" in text
    assert text.endswith("A cycle may begin.")
    assert "Nothing was stopped" in text
    assert (forecast().is_refused, forecast().entries, forecast().reasons()) == (False, 2_000, ())


def test_a_forecast_is_refused_over_its_budget_by_its_fallback_too_and_by_the_limits_of_the_transfer() -> None:
    short = replace(PLAN, budget_seconds=3)
    late = forecast(freeze=short)
    assert (late.is_over_budget, late.is_refused) == (True, True)
    assert "its budget is 3 s" in late.reasons()[0]
    still = replace(short, mode=FreezeMode.STILL, fallback=FreezeMode.ACCESS)
    waits = forecast(freeze=still, estimate=Estimate(()), fallback=foretell(FreezeMode.ACCESS))
    assert waits.is_refused
    text = "\n".join(render_forecast(waits))
    assert "nothing is frozen" in text
    assert "fallback     mode access" in text
    bad = forecast(refusals=("production shrank",), loads=(Load("STUDY_DIR", 1, 0, 0, 0, 2),))
    told = "\n".join(render_forecast(bad))
    assert "REFUSED: production shrank" in told
    assert "2 altered unseen" in told

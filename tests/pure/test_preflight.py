from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from preflight_cast import GOOD, PRODUCTION, STANDBY, THEN

from dfwarm.facts.examination import Examination
from dfwarm.facts.wanted import Wanted, WantedKind
from dfwarm.plan.checks.result import CheckResult, State, weigh
from dfwarm.plan.preflight import CHECKS, Preflight, check, not_examined, plan_wanted, render_nagios, render_table
from dfwarm.terms import StudyNumber
from dfwarm.wire import dump, load


def made_of(*results: CheckResult) -> Preflight:
    return Preflight("main", StudyNumber(35), THEN, results)


@pytest.mark.requirement("URS-SCO-04")
def test_a_pair_in_good_order_is_ok_in_every_check() -> None:
    results = check(GOOD)
    assert [(result.name, result.says) for result in results if result.state is not State.OK] == []
    assert len({result.name for result in results}) == len(CHECKS) == len(results)
    assert all(result.says for result in results)
    assert made_of(*results).exit_code == 0


def test_an_examination_comes_over_the_wire_as_it_was() -> None:
    for found in (PRODUCTION, STANDBY):
        assert load(Examination, dump(found)) == found


def test_the_standby_is_asked_for_what_does_not_travel_with_the_study_once_each() -> None:
    doubled = replace(PRODUCTION, roots=PRODUCTION.roots * 2)
    assert plan_wanted(doubled) == (
        Wanted(WantedKind.OWNER, b"datafax"),
        Wanted(WantedKind.GROUP, b"studies"),
        Wanted(WantedKind.SYSTEM_PROGRAM, b"page.sh"),
        Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/bin/sh"),
        Wanted(WantedKind.ABSOLUTE_PROGRAM, b"/data/arms.txt"),
    )


@pytest.mark.hazard("H38")
def test_checking_nothing_is_not_ok() -> None:
    nothing = made_of()
    assert (nothing.state, nothing.exit_code) == (State.FAIL, 3)
    assert render_nagios(nothing) == "DFWARM PREFLIGHT 035 UNKNOWN - nothing was checked\n"
    assert "nothing was checked" in render_table(nothing)
    assert made_of(not_examined("a side was not reached")).exit_code == 2


@given(st.lists(st.sampled_from(State), min_size=1, max_size=8))
def test_the_worst_check_decides(states: list[State]) -> None:
    found = made_of(*(CheckResult(str(place), state, "x", "do") for place, state in enumerate(states)))
    assert found.exit_code == max(list(State).index(state) for state in states)
    assert render_table(found).count("\n") == len(states) + 2


def test_a_failure_outweighs_a_warning_and_every_finding_is_kept() -> None:
    result = weigh("room", "fine", ("full",), ("tight", "slow"), do="Free some.")
    assert result == CheckResult("room", State.FAIL, "full (and 2 more)", "Free some.", ("full", "tight", "slow"))
    assert weigh("room", "fine", (), ("tight",), do="Free some.").state is State.WARN
    assert weigh("room", "fine", do="Free some.") == CheckResult("room", State.OK, "fine")


def test_the_table_says_what_to_do_and_nagios_hears_the_worst_on_one_line() -> None:
    good = CheckResult("rsync", State.OK, "3.5.0")
    bad = CheckResult("room", State.FAIL, "full | of\nthings", "Free some.")
    table = render_table(made_of(good, bad))
    assert "OK    rsync  3.5.0\n" in table
    assert "FAIL  room   full | of things -> Free some.\n" in table
    assert table.endswith("1 OK, 0 WARN, 1 FAIL\n")
    nagios = render_nagios(made_of(good, bad))
    assert nagios == "DFWARM PREFLIGHT 035 CRITICAL - 1 OK, 0 WARN, 1 FAIL: room: full / of things\n"
    assert render_nagios(made_of(good)) == "DFWARM PREFLIGHT 035 OK - 1 OK, 0 WARN, 0 FAIL\n"


@pytest.mark.hazard("H69")
@given(st.text(max_size=40))
def test_nothing_that_was_found_can_write_control_characters_on_the_screen(says: str) -> None:
    found = made_of(CheckResult("x", State.FAIL, says, "do"))
    for text in (render_table(found), render_nagios(found)):
        assert all(character.isprintable() or character == "\n" for character in text)
        assert text.count("\n") == (3 if text.startswith("preflight") else 1)


def test_the_reference_names_every_check_in_its_order_with_its_reason() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "reference", "preflight.md").read_text()
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ") and not line.startswith("| check")]
    described = [(row[0].removeprefix("| "), row[1]) for row in rows[2:]]
    made = [(result.name, str(make.__doc__).splitlines()[0]) for make, result in zip(CHECKS, check(GOOD), strict=True)]
    assert described == made

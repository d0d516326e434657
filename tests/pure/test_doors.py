"""Which keys open a host's gate: the lines that are printed, and the lines that are found."""

import base64
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import LineUnreadable
from dfwarm.facts.doors import Doors, KeyFunction, key_fingerprint, our_lines
from dfwarm.plan.checks.doors import doors_closed
from dfwarm.plan.checks.result import CheckResult, State
from dfwarm.plan.doors import NO_TERMS, DoorLine, DoorTerms, drop_line, gate_line, read_back_line
from dfwarm.terms import Side

TERMS = DoorTerms(
    ("10.0.0.9", "2001:db8::1"), "2027-01-31", ("/opt/my python", "-m", "dfwarm.gate", "--config", "/e/g")
)
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def public(name: str) -> str:
    return f"ssh-ed25519 {base64.b64encode(name.encode() * 8).decode()} of {name}"


def wanted(function: KeyFunction, name: str = "") -> DoorLine:
    key = public(name or function)
    return DoorLine(function, key_fingerprint(key.encode()), gate_line(TERMS, Side.PRODUCTION, function, key))


WANTED = (wanted(KeyFunction.CONTROL), wanted(KeyFunction.PULL))


def judged(content: str, terms: DoorTerms = TERMS, lines: tuple[DoorLine, ...] = WANTED, **found: str) -> CheckResult:
    doors = Doors("/k", our_lines(content.encode()), "", "/l", "")
    return doors_closed(Side.PRODUCTION, terms, lines, replace(doors, **found), NOW)  # type: ignore[arg-type]


def file_of(lines: tuple[DoorLine, ...]) -> str:
    return "# people\n\n" + "".join(f"{line.text}\n" for line in lines)


@pytest.mark.hazard("H70")
def test_a_line_restricts_its_key_to_one_function_from_one_place_until_a_day() -> None:
    assert WANTED[0].text == (
        "restrict,command=\"'/opt/my python' -m dfwarm.gate --config /e/g --side production --function control\","
        f'from="10.0.0.9,2001:db8::1",expiry-time="20270131" {" ".join(public("control").split()[:2])} dfwarm'
    )
    assert "rrsync -wo -no-del -no-overwrite /in" in drop_line(TERMS, "/in", public("drop"))
    assert "rrsync -ro -no-lock /in" in read_back_line(TERMS, "/in", public("back"))


def test_the_lines_that_are_printed_are_what_preflight_accepts() -> None:
    assert judged(file_of(WANTED)).state is State.OK
    assert judged("ssh-rsa " + base64.b64encode(b"x" * 9).decode() + " a person\n" + file_of(WANTED)).state is State.OK


@pytest.mark.hazard("H70")
@pytest.mark.parametrize("name", ["restrict,", 'from="10.0.0.9,2001:db8::1",', ',expiry-time="20270131"'])
def test_a_line_without_one_of_its_restrictions_fails_and_names_it(name: str) -> None:
    result = judged(file_of(WANTED).replace(name, "", 1))
    assert result.state is State.FAIL
    assert f"lacks {name.strip(',').partition('=')[0]}" in result.says


def test_a_bare_line_of_our_key_is_found_although_it_does_not_name_dfwarm() -> None:
    bare = public("control").rpartition(" of ")[0]
    result = judged(file_of(WANTED) + bare + "\n")
    assert result.state is State.FAIL
    assert "lacks restrict, command, from, expiry-time" in result.says
    assert any("the control key has 2 lines" in each for each in result.details)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("--function control", "--function all"), "is not the one that is printed"),
        (("--side production", "--side standby"), "is not the one that is printed"),
        (("10.0.0.9", "0.0.0.0/0"), "is not the one that is printed"),
        (("restrict,", "restrict,port-forwarding,"), "is not the one that is printed"),
        (("20270131", "20990131"), "is not the one that is printed"),
    ],
)
def test_a_line_that_differs_from_the_printed_one_fails(change: tuple[str, str], says: str) -> None:
    result = judged(file_of(WANTED).replace(*change))
    assert result.state is State.FAIL
    assert says in result.says


def test_a_missing_line_fails_and_one_of_another_pair_warns() -> None:
    assert "no line that names dfwarm lets the pull key in" in judged(file_of(WANTED[:1])).says
    other = judged(file_of((*WANTED, wanted(KeyFunction.PUSH, "other"))))
    assert other.state is State.WARN
    assert "not of this pair" in other.says


def test_what_cannot_be_read_or_logged_fails() -> None:
    assert judged(file_of(WANTED), problem="it is gone").state is State.FAIL
    assert "cannot be written: full" in judged(file_of(WANTED), log_problem="full").says


def test_keys_that_end_soon_and_a_key_for_everything_warn() -> None:
    assert judged(file_of(WANTED)).state is State.OK
    soon = replace(TERMS, expires="2026-12-01")
    lines = (
        DoorLine(
            "control", WANTED[0].fingerprint, gate_line(soon, Side.PRODUCTION, KeyFunction.CONTROL, public("control"))
        ),
    )
    assert "7 more days" in judged(file_of(lines), soon, lines).says
    both = (wanted(KeyFunction.ALL),)
    assert "verbs and rsync alike" in judged(file_of(both), TERMS, both).says


def test_a_configuration_that_says_nothing_warns_and_still_finds_loose_lines() -> None:
    assert judged(file_of(WANTED), NO_TERMS, ()).state is State.WARN
    loose = judged(file_of(WANTED).replace("restrict,", ""), NO_TERMS, ())
    assert loose.state is State.FAIL


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        our_lines(content)
    except LineUnreadable:
        return


@pytest.mark.parametrize(
    "line", ["dfwarm", "restrict", 'command="x ssh-rsa AAAA', "ssh-rsa", "ssh-rsa A*A= x", "restrict,ssh-rsa"]
)
def test_a_line_that_is_no_key_is_refused(line: str) -> None:
    with pytest.raises(LineUnreadable):
        our_lines(line.encode())


def test_production_is_pulled_from_and_the_standby_pushed_to() -> None:
    assert KeyFunction.of_transfer(Side.PRODUCTION) is KeyFunction.PULL
    assert KeyFunction.of_transfer(Side.STANDBY) is KeyFunction.PUSH

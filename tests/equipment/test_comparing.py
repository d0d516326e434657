"""Comparisons that several steps of a cycle ask for: made once, and never taken for those of other listings."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dfwarm.manifest.listing import Gap, GapKind, Manifest
from dfwarm.manifest.people import People
from dfwarm.manifest.scope import Scope
from dfwarm.plan.cycle import name_files
from dfwarm.procedures import comparing
from dfwarm.procedures.findings import Findings
from manifest_maker import MTIME, Made, made

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE, PLATE = Made(b"pages/2601/0001001", b"ink"), Made(b"data/plt001.dat", b"1|2|\n")
PRODUCTION, STANDBY = made(PAGE, PLATE), made(PAGE)

OTHERS: dict[str, Callable[[Manifest], Manifest]] = {
    "other bytes": lambda _: made(PAGE, replace(PLATE, content=b"1|3|\n")),
    "another time": lambda _: made(PAGE, replace(PLATE, mtime_ns=MTIME + 1)),
    "another entry": lambda _: made(PAGE, PLATE, Made(b"data/plt002.dat")),
    "another folder": lambda _: made(PAGE, Made(b"work/plt001.dat", b"1|2|\n")),
    "other people": lambda one: replace(one, people=People(((0, "root"), (500, "x")), ((0, "root"), (500, "y")))),
    "other links": lambda one: replace(one, links=((PAGE.path, PLATE.path),)),
    "a gap": lambda one: replace(one, gaps=(Gap(PLATE.path, GapKind.UNREADABLE, "permission denied"),)),
}


@pytest.fixture(autouse=True)
def whole_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "sent_scope_of", lambda _order, _key: Scope())


def compared(findings: Findings, production: Manifest, standby: Manifest = STANDBY) -> object:
    return comparing.compare_sent(None, findings, "STUDY_DIR", production, standby)  # type: ignore[arg-type]


def test_a_comparison_is_made_once_for_listings_that_say_the_same() -> None:
    findings = Findings(NOON, name_files(NOON))
    first = compared(findings, PRODUCTION)
    assert compared(findings, PRODUCTION) is first
    assert compared(findings, made(PAGE, PLATE)) is first, "the time point said just what the warm listing said"


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS.keys())
def test_a_listing_that_says_anything_else_is_compared_anew(change: Callable[[Manifest], Manifest]) -> None:
    findings = Findings(NOON, name_files(NOON))
    first = compared(findings, PRODUCTION)
    assert compared(findings, change(PRODUCTION)) is not first


def test_the_same_listing_against_another_one_is_compared_anew() -> None:
    findings = Findings(NOON, name_files(NOON))
    first = compared(findings, PRODUCTION)
    assert compared(findings, PRODUCTION, made(PAGE)) is not first, "the standby was listed again"
    assert comparing.compare_sent(None, findings, "elsewhere", PRODUCTION, STANDBY) is not first  # type: ignore[arg-type]

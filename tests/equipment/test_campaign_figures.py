"""What a campaign adds up to: every promise has a cycle that breaks it."""

from dataclasses import replace

import pytest

from dfwarm.simulator.figures import CyclePlayed, Figures, describe, render, say_cycle
from dfwarm.simulator.mishaps import Harm, draw_mishap

GOOD = CyclePlayed(1, "120-00001", "access", "nothing", False, 0, "EQUIVALENT", 0.5, False, 3.0, 0, (), "")
HARMED = replace(
    GOOD, number=2, mishap="kill gate after 1.00 s", was_harmed=True, outcome="INCONCLUSIVE", differences=None
)


def figures(*played: CyclePlayed, evidence: str = "") -> Figures:
    return Figures(played, 7, 25.0, evidence, 100, 60.0)


def broken(*played: CyclePlayed, evidence: str = "") -> list[str]:
    return [promise.title for promise in figures(*played, evidence=evidence).promises if promise.broken_by]


def test_a_campaign_without_a_broken_promise_is_kept_and_one_that_judged_nothing_is_not() -> None:
    assert figures(GOOD, HARMED).is_kept
    assert not figures(HARMED).is_kept
    assert describe(figures(GOOD, HARMED))["verdicts"] == {
        "access harmed INCONCLUSIVE": 1,
        "access healthy EQUIVALENT": 1,
    }
    assert "false EQUIVALENT: 0" in render(figures(GOOD, HARMED))
    assert say_cycle(HARMED).endswith("kill gate after 1.00 s")


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"differences": ("missing: b'a'",)}, "false EQUIVALENT"),
        ({"differences": None}, "false EQUIVALENT"),
        ({"outcome": "INCONCLUSIVE"}, "false alarms"),
        ({"outcome": "DISCREPANT", "was_harmed": True}, "false alarms"),
        ({"outcome": "none"}, "false alarms"),
        ({"is_left_frozen": True}, "production found frozen after 25 s"),
        ({"frozen_seconds": 25.1}, "production found frozen after 25 s"),
        ({"recover_code": 23}, "cycles that could not be recovered"),
    ],
)
def test_each_promise_can_be_broken(changes: dict[str, object], title: str) -> None:
    bad = replace(GOOD, number=3, said="why", **changes)  # type: ignore[arg-type]
    assert broken(GOOD, bad) == [title]
    assert f"{title}: 1 (cycles 3)" in render(figures(GOOD, bad))
    assert not figures(GOOD, bad).is_kept


def test_a_cycle_after_a_harmed_one_has_to_be_clean_and_evidence_whole() -> None:
    after = replace(GOOD, number=3, outcome="INCONCLUSIVE")
    assert broken(HARMED, after) == ["false alarms", "next cycle after a harm not clean"]
    assert broken(GOOD, evidence="verify ended with 33") == ["evidence not whole"]


def test_a_seed_draws_the_same_mishaps_again() -> None:
    import random

    rows = [[draw_mishap(random.Random(4), share=0.5, usual_seconds=3.0) for _ in range(1)] for _ in range(2)]
    assert rows[0] == rows[1]
    chance = random.Random(5)
    drawn = [draw_mishap(chance, share=0.5, usual_seconds=3.0) for _ in range(200)]
    assert {mishap.harm for mishap in drawn} == set(Harm)
    assert all(0 <= mishap.after_seconds <= 3 for mishap in drawn)
    assert draw_mishap(chance, share=0.0, usual_seconds=3.0).say() == "nothing"

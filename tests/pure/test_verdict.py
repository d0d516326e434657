from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.evidence.verdict import PRECEDENCE, RULE, Grounds, judge
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome

GOOD = Grounds(
    steps_expected=9,
    steps_done=9,
    interruption="",
    control_detected=True,
    source_moved=(),
    clock_problems=(),
    transfer_problems=(),
    entries_expected=10,
    entries_compared=10,
    tree_differences=(),
    tree_gaps=(),
    reports_expected=4,
    report_lines=(3, 3, 3, 3),
    report_differences=(),
    report_gaps=(),
    journal_differences=(),
    deviations=(),
)

ONE = ("something",)
TRUTH_TABLE: tuple[tuple[str, dict[str, object], Outcome], ...] = (
    ("steps", {"steps_done": 8}, Outcome.INCONCLUSIVE),
    ("steps", {"steps_expected": 0, "steps_done": 0}, Outcome.INCONCLUSIVE),
    ("interruption", {"interruption": "cut off"}, Outcome.INCONCLUSIVE),
    ("control", {"control_detected": False}, Outcome.INCONCLUSIVE),
    ("still", {"source_moved": ONE}, Outcome.INCONCLUSIVE),
    ("clocks", {"clock_problems": ONE}, Outcome.INCONCLUSIVE),
    ("transfer", {"transfer_problems": ONE}, Outcome.INCONCLUSIVE),
    ("coverage", {"entries_expected": 0, "entries_compared": 0}, Outcome.INCONCLUSIVE),
    ("coverage", {"entries_compared": 9}, Outcome.INCONCLUSIVE),
    ("coverage", {"entries_compared": 11}, Outcome.INCONCLUSIVE),
    ("trees", {"tree_differences": ONE}, Outcome.DISCREPANT),
    ("read", {"tree_gaps": ONE}, Outcome.INCONCLUSIVE),
    ("printed", {"reports_expected": 0, "report_lines": ()}, Outcome.INCONCLUSIVE),
    ("printed", {"report_lines": (3, 3, 3)}, Outcome.INCONCLUSIVE),
    ("printed", {"report_lines": (3, 3, 3, 0)}, Outcome.INCONCLUSIVE),
    ("reports", {"report_differences": ONE}, Outcome.DISCREPANT),
    ("numbers", {"report_numbers": ONE}, Outcome.DISCREPANT),
    ("beside", {"report_beside": ONE}, Outcome.DISCREPANT),
    ("report reading", {"report_gaps": ONE}, Outcome.INCONCLUSIVE),
    ("journals", {"journal_differences": ONE}, Outcome.DISCREPANT),
    ("scope", {"scope_problems": ONE}, Outcome.INCONCLUSIVE),
    ("deviations", {"deviations": ONE}, Outcome.EQUIVALENT_WITH_DEVIATIONS),
)


def test_only_whole_grounds_are_equivalent() -> None:
    verdict = judge(GOOD)
    assert verdict.outcome is Outcome.EQUIVALENT
    assert verdict.reasons == ()


@pytest.mark.requirement("URS-VER-05")
@pytest.mark.parametrize(("clause", "change", "outcome"), TRUTH_TABLE)
def test_each_clause_alone_decides(clause: str, change: dict[str, object], outcome: Outcome) -> None:
    verdict = judge(replace(GOOD, **change))  # type: ignore[arg-type]
    assert verdict.outcome is outcome
    assert {reason.clause for reason in verdict.reasons} == {clause}


def test_the_truth_table_leaves_no_clause_out() -> None:
    assert {clause for clause, _, _ in TRUTH_TABLE} == {clause.name for clause in RULE}


@pytest.mark.requirement("URS-VER-05")
@given(st.sets(st.integers(0, len(TRUTH_TABLE) - 1), max_size=6))
def test_breaches_together_weigh_as_the_heaviest_one(chosen: set[int]) -> None:
    grounds = GOOD
    for _, change, _ in (TRUTH_TABLE[row] for row in sorted(chosen)):
        grounds = replace(grounds, **change)  # type: ignore[arg-type]
    verdict = judge(grounds)
    weights = {reason.weight for reason in verdict.reasons}
    expected = next((outcome for weight, outcome in PRECEDENCE if weight in weights), Outcome.EQUIVALENT)
    assert verdict.outcome is expected
    assert (verdict.outcome is Outcome.EQUIVALENT) == (not verdict.reasons)


@pytest.mark.hazard("H38")
def test_comparing_nothing_is_never_agreement() -> None:
    nothing = replace(GOOD, entries_expected=0, entries_compared=0, reports_expected=0, report_lines=())
    assert judge(nothing).outcome is Outcome.INCONCLUSIVE


def test_a_known_difference_is_not_hidden_by_a_gap() -> None:
    verdict = judge(replace(GOOD, tree_differences=ONE, tree_gaps=ONE))
    assert verdict.outcome is Outcome.DISCREPANT
    assert {reason.weight for reason in verdict.reasons} == {Weight.DIFFERENCE, Weight.GAP}

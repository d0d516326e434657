"""What a proof adds up to, and how it is said."""

from dataclasses import replace

import pytest

from dfwarm.evidence.differences import RootDifference
from dfwarm.evidence.proof import Proof, render_proof
from dfwarm.manifest.difference import compare
from dfwarm.manifest.scope import Scope
from dfwarm.plan.wrong_side import judge_side
from dfwarm.terms import Outcome
from manifest_maker import Made, made

EQUAL = Proof(5, 5, 1234, (), (), (), (), is_control_detected=True, oldest_seconds=187_200)
FOUND = tuple(
    RootDifference("STUDY_DIR", each)
    for each in compare(made(*(Made(b"%03d" % row) for row in range(60))), made(), Scope()).differences
)
JUDGED = tuple(judge_side(each.difference, ()) for each in FOUND)


@pytest.mark.parametrize(
    ("proof", "outcome"),
    [
        (EQUAL, Outcome.EQUIVALENT),
        (replace(EQUAL, differences=FOUND, judgements=JUDGED), Outcome.DISCREPANT),
        (replace(EQUAL, differences=FOUND, judgements=JUDGED, gaps=("a",)), Outcome.DISCREPANT),
        (replace(EQUAL, differences=FOUND, judgements=JUDGED, moved=("a",)), Outcome.INCONCLUSIVE),
        (replace(EQUAL, gaps=("a",)), Outcome.INCONCLUSIVE),
        (replace(EQUAL, compared=4), Outcome.INCONCLUSIVE),
        (replace(EQUAL, expected=0, compared=0), Outcome.INCONCLUSIVE),
        (replace(EQUAL, is_control_detected=False), Outcome.INCONCLUSIVE),
    ],
)
def test_only_everything_compared_and_nothing_found_is_equivalent(proof: Proof, outcome: Outcome) -> None:
    assert proof.outcome is outcome
    assert render_proof(proof).startswith(outcome)


def test_a_proof_says_how_old_its_oldest_reading_is() -> None:
    assert "checked 5 of 5 entries with 1,234 bytes\noldest unread file: 2 d 4 h" in render_proof(EQUAL)


def test_a_long_list_is_cut_and_says_so() -> None:
    said = render_proof(
        replace(EQUAL, differences=FOUND, judgements=JUDGED, gaps=tuple(map(str, range(52))), is_control_detected=False)
    )
    assert "and 2 more" in said
    assert "the negative control was not detected" in said
    assert "and 10 more, from 050 on" in said
    assert said.count("is missing on the standby.") == 50

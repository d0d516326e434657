import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.plan.budget import ALWAYS_ALLOWED_DELETES, Limits, Sizes, judge_sizes

LIMITS = Limits(shrink_basis_points=1000, delete_basis_points=200)


@pytest.mark.hazard("H01")
@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_an_empty_production_is_always_refused(standby: int, earlier: int) -> None:
    assert judge_sizes(Sizes(1, 0, standby, earlier, 0), LIMITS)


@pytest.mark.hazard("H01")
def test_a_production_that_lost_half_is_refused() -> None:
    refusals = judge_sizes(Sizes(500, 400, 1000, 1000, 500), LIMITS)
    assert any("shrank from 1,000 to 500" in refusal for refusal in refusals)
    assert any("500 of 1,000 entries would be deleted" in refusal for refusal in refusals)


def test_the_first_copy_and_a_day_of_work_pass() -> None:
    assert judge_sizes(Sizes(1000, 900, 1, 0, 0), LIMITS) == ()
    assert judge_sizes(Sizes(1010, 910, 1000, 1000, 5), LIMITS) == ()


@given(st.integers(1, 10**6), st.integers(0, 10**6))
def test_deletions_pass_up_to_the_limit_and_not_beyond(standby: int, deletes: int) -> None:
    allowed = max(ALWAYS_ALLOWED_DELETES, standby * 200 // 10_000)
    refused = judge_sizes(Sizes(standby, standby, standby, standby, deletes), LIMITS)
    assert bool(refused) == (deletes > allowed)

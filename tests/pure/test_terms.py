from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import DfwarmError, error_class, error_classes
from dfwarm.terms import CycleId, Outcome, StudyNumber, read_time, spell_duration, spell_time


@given(st.integers(1, 999), st.integers(1, 10**7))
def test_a_cycle_id_is_read_back(study: int, sequence: int) -> None:
    cycle = CycleId(StudyNumber(study), sequence)
    assert CycleId.parse(str(cycle)) == cycle


@pytest.mark.parametrize("text", ["35-00042", "035-42", "035_00042", "035-00042 ", ""])
def test_another_text_is_no_cycle_id(text: str) -> None:
    with pytest.raises(ValueError, match="not a cycle id"):
        CycleId.parse(text)


@pytest.mark.requirement("URS-TIM-01")
@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-6)), timezone(timedelta(minutes=345))])))
def test_a_time_is_written_in_utc_and_read_back(moment: datetime) -> None:
    try:
        spelled = spell_time(moment)
    except OverflowError:
        return
    assert spelled.endswith("Z")
    assert read_time(spelled) == moment


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        spell_time(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="UTC"):
        read_time("2026-01-01T00:00:00+01:00")


def test_the_outcomes_are_the_states_of_nagios() -> None:
    assert [outcome.exit_code for outcome in Outcome] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (41.9, "41 s"), (61, "1 min 1 s"), (11520, "3 h 12 min"), (532800, "6 d 4 h")]
)
def test_a_duration_is_said_as_a_person_would(seconds: float, said: str) -> None:
    assert spell_duration(seconds) == said


def test_each_error_class_has_an_exit_code_of_its_own_and_a_hint() -> None:
    codes = [error.exit_code for error in error_classes()]
    assert codes == sorted(set(codes))
    assert set(range(10, 30)) <= set(codes) <= set(range(10, 60))
    assert all(error.hint and error.hint != DfwarmError.hint for error in error_classes())
    assert all(error_class(error.exit_code) is error for error in error_classes())
    assert error_class(99) is None

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.spelling import spell, unspell


@pytest.mark.hazard("H27")
@given(st.binary(max_size=300))
def test_every_name_comes_back_from_its_spelling(name: bytes) -> None:
    assert unspell(spell(name)) == name


@pytest.mark.hazard("H69")
@given(st.binary(max_size=300))
def test_a_spelling_never_holds_a_control_character_or_half_a_character(name: bytes) -> None:
    spelled = spell(name)
    assert spelled.isprintable()
    spelled.encode("utf-8")


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_two_names_never_share_a_spelling(one: bytes, other: bytes) -> None:
    assert (spell(one) == spell(other)) == (one == other)


@pytest.mark.parametrize("text", ["\\", "a\\q", "\\x41", "\\xE9", "a\nb"])
def test_what_is_no_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"spelling"):
        unspell(text)


def test_direction_marks_are_spelled_out() -> None:
    assert spell("a\u202etxt.exe".encode()) == "a\\xe2\\x80\\xaetxt.exe"

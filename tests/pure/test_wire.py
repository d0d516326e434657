from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.terms import Side, StudyNumber


@dataclass(frozen=True, slots=True)
class Inner:
    path: bytes
    side: Side


@dataclass(frozen=True, slots=True)
class Outer:
    study_number: StudyNumber
    inners: tuple[Inner, ...]
    pair: tuple[int, str]
    counts: dict[str, int]
    at: datetime | None
    is_open: bool
    tags: frozenset[str]
    either: int | str
    remark: str = ""


inners = st.builds(Inner, path=st.binary(max_size=40), side=st.sampled_from(Side))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
outers = st.builds(
    Outer,
    study_number=st.integers(1, 999),
    inners=st.lists(inners, max_size=4).map(tuple),
    pair=st.tuples(st.integers(), texts),
    counts=st.dictionaries(texts, st.integers(), max_size=3),
    at=st.none() | st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    is_open=st.booleans(),
    tags=st.frozensets(texts, max_size=3),
    either=st.integers() | texts,
    remark=texts,
)


@given(outers)
def test_a_value_comes_back_from_the_wire(value: Outer) -> None:
    assert wire.load(Outer, wire.dump(value)) == value
    assert wire.load(Outer, wire.dump_indented(value).encode()) == value


def test_names_are_written_in_camel_case_and_sorted() -> None:
    value = Outer(StudyNumber(35), (), (1, "a"), {}, None, True, frozenset(), 1)
    assert wire.dump(value).startswith(b'{"at":null,"counts":{},"either":1,"inners":[],"isOpen":true')


def test_a_missing_key_takes_its_default_only_where_there_is_one() -> None:
    said = b'{"studyNumber":1,"inners":[],"pair":[1,"a"],"counts":{},"at":null,"isOpen":true,"tags":[],"either":"x"}'
    assert wire.load(Outer, said).remark == ""
    with pytest.raises(AnswerRefused, match="lacks at"):
        wire.load(Outer, said.replace(b'"at":null,', b""))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[1]",
        b"{",
        b'{"path":"a","side":"sideways"}',
        b'{"path":1,"side":"standby"}',
        b'{"path":"a","side":"standby","more":1}',
        b'{"path":"\\\\q","side":"standby"}',
    ],
)
def test_an_answer_of_another_shape_is_refused(said: bytes) -> None:
    with pytest.raises(AnswerRefused):
        wire.load(Inner, said)


@dataclass(frozen=True, slots=True)
class Small:
    count: int
    pair: tuple[int, str]
    either: int | None


@pytest.mark.parametrize(
    "said",
    [
        b'{"count":true,"pair":[1,"a"],"either":1}',
        b'{"count":1.5,"pair":[1,"a"],"either":1}',
        b'{"count":1,"pair":[1],"either":1}',
        b'{"count":1,"pair":"ab","either":1}',
        b'{"count":1,"pair":[1,"a"],"either":"x"}',
    ],
)
def test_a_value_of_another_kind_is_refused(said: bytes) -> None:
    with pytest.raises(AnswerRefused):
        wire.load(Small, said)


def test_there_are_no_floats_on_the_wire() -> None:
    with pytest.raises(TypeError, match="float"):
        wire.dump(1.5)

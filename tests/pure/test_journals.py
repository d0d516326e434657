import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.journal import (
    JournalFact,
    JournalFault,
    compare_journals,
    judge_prefixes,
    last_entry,
    prefixes_wanted,
)
from spoken_study import spoken

NAME = b"data/1607.jnl"


def fact(content: bytes) -> JournalFact:
    return JournalFact(len(content), hashlib.sha256(content).digest())


def between_cycles(production: bytes, standby: bytes) -> list[JournalFault]:
    ours, theirs = {NAME: fact(production)}, {NAME: fact(standby)}
    prefixes = {path: fact(production[:size]).digest for path, size in prefixes_wanted(ours, theirs)}
    return [found.fault for found in judge_prefixes(ours, theirs, prefixes)]


@pytest.mark.parametrize(
    ("production", "standby", "faults"),
    [
        (b"one\ntwo\n", b"one\ntwo\n", []),
        (b"one\ntwo\n", b"one\n", []),
        (b"one\n", b"", []),
        (b"one\n", b"one\ntwo\n", [JournalFault.SHRANK]),
        (b"0ne\ntwo\n", b"one\n", [JournalFault.REWRITTEN]),
        (b"0ne\n", b"one\n", [JournalFault.REWRITTEN]),
    ],
)
def test_between_cycles_a_standby_journal_is_a_beginning_of_production_s(
    production: bytes, standby: bytes, faults: list[JournalFault]
) -> None:
    assert between_cycles(production, standby) == faults


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_the_rule_holds_exactly_where_one_begins_with_the_other(production: bytes, standby: bytes) -> None:
    assert (between_cycles(production, standby) == []) == production.startswith(standby)


def test_a_journal_that_production_lost_is_an_alarm_and_a_new_one_is_none() -> None:
    (found,) = judge_prefixes({}, {NAME: fact(b"x")}, {})
    assert (found.fault, found.is_alarm) == (JournalFault.SURPLUS, True)
    assert judge_prefixes({NAME: fact(b"x")}, {}, {}) == ()


def test_a_beginning_that_nobody_digested_is_told_and_never_taken_for_right() -> None:
    ours, theirs = {NAME: fact(b"onetwo")}, {NAME: fact(b"one")}
    assert prefixes_wanted(ours, theirs) == ((NAME, 3),)
    assert [found.fault for found in judge_prefixes(ours, theirs, {})] == [JournalFault.UNREAD]
    unread = {NAME: JournalFact(3, b"")}
    assert [found.fault for found in judge_prefixes(ours, unread, {NAME: b"d"})] == [JournalFault.UNREAD]


def test_at_the_time_point_both_sides_have_the_same_bytes_of_every_journal() -> None:
    def at(production: bytes, standby: bytes) -> list[JournalFault]:
        return [found.fault for found in compare_journals({NAME: fact(production)}, {NAME: fact(standby)})]

    assert at(b"one", b"one") == []
    assert at(b"one", b"on") == [JournalFault.BEHIND]
    assert at(b"on", b"one") == [JournalFault.SHRANK]
    assert at(b"one", b"0ne") == [JournalFault.REWRITTEN]
    assert compare_journals({NAME: fact(b"")}, {})[0].fault is JournalFault.MISSING
    assert compare_journals({}, {NAME: fact(b"")})[0].fault is JournalFault.SURPLUS
    assert compare_journals({NAME: JournalFact(0, b"")}, {NAME: fact(b"")})[0].fault is JournalFault.UNREAD
    assert not compare_journals({NAME: fact(b"")}, {})[0].is_alarm


@pytest.mark.parametrize(
    ("tail", "at"),
    [
        (spoken("1607.jnl"), "2016-08-01 09:00:00"),
        (b"20160725 135255 jack|1|3", "2016-07-25 13:52:55"),
        (b"jack|91/02/03 04:05:06|x\n", "1991-02-03 04:05:06"),
        (b"2016-07-25T13:52:55|x\n\n", "2016-07-25 13:52:55"),
        (b"1|3|1525/0016001|253|2|1|1003\n", ""),
        (b"", ""),
    ],
)
def test_the_time_of_the_last_entry_is_found_in_any_prefix(tail: bytes, at: str) -> None:
    assert last_entry(tail) == at


@given(st.binary(max_size=80))
def test_any_tail_has_a_time_or_none(tail: bytes) -> None:
    assert len(last_entry(tail)) in (0, 19)

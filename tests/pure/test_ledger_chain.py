from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import LedgerBroken
from dfwarm.facts.ledger import GENESIS, Act, Line, digest_of, is_whole, lines_of, read_ledger, torn_tail
from dfwarm.terms import CycleId, StudyNumber

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def chain(*acts: Act) -> bytes:
    content, previous = b"", GENESIS
    for act in acts:
        encoded = Line(NOON, act, "035-00001", {"step": "1"}, previous).encode()
        content, previous = content + encoded, digest_of(encoded)
    return content


SOUND = chain(Act.CYCLE_BEGUN, Act.STEP_BEGUN, Act.STEP_DONE, Act.CYCLE_CLOSED)


def test_a_sound_ledger_is_read_whole() -> None:
    assert [line.act for line in read_ledger(SOUND)] == [
        Act.CYCLE_BEGUN,
        Act.STEP_BEGUN,
        Act.STEP_DONE,
        Act.CYCLE_CLOSED,
    ]
    assert read_ledger(b"") == ()


@pytest.mark.requirement("URS-AUD-02")
@given(st.integers(0, len(SOUND) - 1), st.integers(1, 255))
def test_no_byte_of_it_can_change_unseen(place: int, change: int) -> None:
    forged = SOUND[:place] + bytes([SOUND[place] ^ change]) + SOUND[place + 1 :]
    last = SOUND[:-1].rfind(b"\n") + 1
    if place >= last:
        return  # the head is anchored elsewhere: in the record and the letter
    with pytest.raises(LedgerBroken):
        read_ledger(forged)


@pytest.mark.requirement("URS-AUD-02")
def test_no_line_can_be_dropped_or_moved_unseen() -> None:
    lines = SOUND.splitlines(keepends=True)
    for forged in (lines[1:], [lines[0], *lines[2:]], [lines[0], lines[2], lines[1], lines[3]], [*lines, lines[1]]):
        with pytest.raises(LedgerBroken, match="does not follow"):
            read_ledger(b"".join(forged))


def test_a_torn_line_needs_an_acknowledgement() -> None:
    torn = b'{"act":"step be\n'
    with pytest.raises(LedgerBroken, match="not acknowledged"):
        read_ledger(SOUND + torn)
    previous = digest_of(SOUND.splitlines(keepends=True)[-1])
    good = Line(NOON, Act.TORN_LINE, "", {"sha256": digest_of(torn)}, previous).encode()
    assert read_ledger(SOUND + torn + good)[-1].act is Act.TORN_LINE
    wrong = Line(NOON, Act.TORN_LINE, "", {"sha256": digest_of(b"other\n")}, previous).encode()
    with pytest.raises(LedgerBroken, match="does not acknowledge"):
        read_ledger(SOUND + torn + wrong)
    with pytest.raises(LedgerBroken, match="after another torn line"):
        read_ledger(SOUND + torn + torn + good)


def test_a_foreign_line_is_refused() -> None:
    with pytest.raises(LedgerBroken, match="not a line of this ledger"):
        read_ledger(b'{"act":"dance"}\n')


def test_the_tail_that_a_crash_left_is_found() -> None:
    assert torn_tail(b"") == b""
    assert torn_tail(SOUND) == b""
    assert torn_tail(SOUND + b'{"act":') == b'{"act":'
    assert torn_tail(SOUND + b'{"act":\n') == b'{"act":\n'
    assert not is_whole(b"")
    assert not is_whole(b'{"act":')
    assert is_whole(SOUND.splitlines()[0])


def test_the_lines_of_a_cycle_are_told_apart() -> None:
    lines = read_ledger(SOUND)
    assert lines_of(lines, CycleId(StudyNumber(35), 1)) == lines
    assert lines_of(lines, CycleId(StudyNumber(35), 2)) == ()

"""The chain of the audit trail: what breaks it, what is acknowledged, what the heads of the records add."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import AuditBroken
from dfwarm.facts.audit import GENESIS, Actor, Entry, anchored, read_trail
from dfwarm.facts.chain import digest_of

BEGIN = datetime(2026, 11, 1, 8, tzinfo=UTC)


def lines(count: int) -> list[bytes]:
    made: list[bytes] = []
    for number in range(count):
        actor = Actor("dfwarm", "root" if number % 2 else "", "qa-1")
        previous = digest_of(made[-1]) if made else GENESIS
        at = BEGIN + timedelta(hours=number)
        made.append(Entry(at, actor, "note", f"{number}", "since", "", "x", previous).encode())
    return made


@pytest.mark.requirement("URS-AUD-01")
def test_an_entry_says_who_what_when_why_and_both_values_and_reads_back() -> None:
    (entry, digest), *_ = read_trail(b"".join(lines(2)))
    assert (entry.at, str(entry.actor), entry.reason, entry.after) == (BEGIN, "qa-1, dfwarm", "since", "x")
    assert digest == digest_of(lines(1)[0])
    assert str(read_trail(b"".join(lines(2)))[1][0].actor) == "qa-1, dfwarm (sudo by root)"


@pytest.mark.requirement("URS-AUD-02")
@given(st.integers(0, 4), st.sampled_from(["edit", "drop", "swap", "double"]))
def test_a_line_that_is_edited_dropped_moved_or_doubled_breaks_the_chain(place: int, how: str) -> None:
    made = lines(6)
    if how == "edit":
        made[place] = made[place].replace(b"since", b"SINCE")
    elif how == "drop":
        del made[place]
    elif how == "swap":
        made[place], made[place + 1] = made[place + 1], made[place]
    else:
        made.insert(place, made[place])
    with pytest.raises(AuditBroken, match=r"line \d+"):
        read_trail(b"".join(made))


def test_a_torn_line_counts_for_nothing_where_the_next_one_acknowledges_it() -> None:
    first, torn = lines(1)[0], b'{"act":"no\n'
    note = Entry(BEGIN, Actor("a", "", ""), "torn line", "", "", "", "", digest_of(first), digest_of(torn)).encode()
    assert len(read_trail(first + torn + note)) == 2
    for content in (first + torn, first + torn + torn + note, first + torn + lines(2)[1], first + note):
        with pytest.raises(AuditBroken):
            read_trail(content)


def test_a_line_of_another_shape_is_no_line_of_the_trail() -> None:
    with pytest.raises(AuditBroken, match="not a line of this trail"):
        read_trail(b'{"act":"note"}\n')


@pytest.mark.requirement("URS-AUD-02")
def test_a_tail_that_was_cut_off_or_a_trail_written_anew_lacks_the_heads_of_the_records() -> None:
    made = lines(4)
    heads = (("035-00001", GENESIS), ("035-00002", digest_of(made[1])), ("035-00003", digest_of(made[3])))
    assert anchored(read_trail(b"".join(made)), heads) == ()
    assert anchored(read_trail(b"".join(made[:3])), heads) == (
        f"record 035-00003 holds the head {digest_of(made[3])[:16]}, which the trail does not have",
    )
    turned = (heads[2], heads[1])
    assert "older than that of the record before it" in anchored(read_trail(b"".join(made)), turned)[0]

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import LineUnreadable
from dfwarm.facts.transfer import ChangeClass, count_changes, read_transfer, say_changes
from dfwarm.rsync.escape import escape, unescape
from dfwarm.rsync.itemize import Change, Node, Update, parse_change
from dfwarm.rsync.log import Log, parse_log
from dfwarm.terms import Area

DECK = Path(__file__).parent.parent / "spoken" / "deck.rsync.txt"


def test_every_line_of_the_decks_log_is_read() -> None:
    log = parse_log(DECK.read_bytes(), has_size=False)
    assert len(log.changes) + len(log.messages) == len(DECK.read_bytes().splitlines()) == 38
    assert [message.startswith(b"rsync: send_files failed to open") for message in log.messages] == [True]


def test_the_decks_log_speaks_of_three_deleted_crfs_and_fourteen_setups() -> None:
    lines = read_transfer(parse_log(DECK.read_bytes(), has_size=False), b"035/")
    counts = count_changes(lines)
    assert counts["deleted CRF page image"] == 3
    assert counts["new schema history"] == 14
    assert counts["updated setup"] == 7
    assert counts["updated edit check"] == 2
    assert counts["updated retrieval"] == 3
    assert counts["error other"] == 1
    assert "deleted page image" not in counts
    said = say_changes(lines)
    assert "3 CRF deleted: pages/0842/0060002, pages/0906/005L001, pages/0909/00LB001" in said
    assert any(sentence.startswith("setup saved: 111115-163212, ") for sentence in said)


@pytest.mark.parametrize(
    ("line", "change"),
    [
        (b">f+++++++ a", Change(Update.RECEIVED, Node.FILE, True, frozenset(), b"a")),
        (b"<f.st.... a", Change(Update.SENT, Node.FILE, False, frozenset("st"), b"a")),
        (b">fcstpoguax a b", Change(Update.RECEIVED, Node.FILE, False, frozenset("cstpoguax"), b"a b")),
        (b".d..t...... d/", Change(Update.ATTRIBUTES, Node.DIRECTORY, False, frozenset("t"), b"d")),
        (b".d..t...... ./", Change(Update.ATTRIBUTES, Node.DIRECTORY, False, frozenset("t"), b".")),
        (b"*deleting   d/", Change(Update.DELETED, Node.DIRECTORY, False, frozenset(), b"d")),
        (b"*deleting 035/x", Change(Update.DELETED, Node.UNSAID, False, frozenset(), b"035/x")),
        (b"cL+++++++++ l -> t", Change(Update.CHANGED, Node.SYMLINK, True, frozenset(), b"l", -1, b"t")),
        (b"hf+++++++++ h => g", Change(Update.HARD_LINK, Node.FILE, True, frozenset(), b"h", -1, b"g")),
        (b"<+++++ 035/a", Change(Update.SENT, Node.UNSAID, True, frozenset(), b"035/a")),
        (b".f          a", Change(Update.ATTRIBUTES, Node.FILE, False, frozenset(), b"a")),
    ],
)
def test_a_line_of_each_age_is_read(line: bytes, change: Change) -> None:
    assert parse_change(line) == change
    assert parse_change(b"2011/11/16 00:08:10 [1685] " + line) == change


names = st.binary(min_size=1, max_size=60).filter(lambda name: not name.endswith(b"/") and b"\0" not in name)


@pytest.mark.hazard("H27")
@given(names, st.integers(0, 10**12))
def test_every_name_is_read_back_from_a_line(name: bytes, size: int) -> None:
    assert unescape(escape(name)) == name
    line = b"2026/11/23 00:08:10 [1685] >f+++++++++ %d %s" % (size, escape(name))
    assert parse_change(line, has_size=True) == Change(
        Update.RECEIVED, Node.FILE, is_new=True, attributes=frozenset(), path=name, size=size
    )
    gone = parse_change(b"2026/11/23 00:08:10 [1685] *deleting   0 " + escape(name), has_size=True)
    assert (gone.update, gone.path) == (Update.DELETED, name)


@given(st.binary(max_size=80))
def test_a_line_is_read_or_refused_and_nothing_else(line: bytes) -> None:
    for has_size in (True, False):
        try:
            parse_change(line, has_size=has_size)
        except LineUnreadable:
            continue


@pytest.mark.parametrize(
    "line", [b"gibberish", b">f", b">f+++++++++", b">q+++++++++ a", b"deleting a", b">f+++++++++ a\nmore noise b"[:11]]
)
def test_an_unknown_line_is_an_error_with_its_number(line: bytes) -> None:
    with pytest.raises(LineUnreadable, match="line 2"):
        parse_log(b"\n" + line, has_size=False)
    with pytest.raises(LineUnreadable, match="line 1"):
        parse_log(b">f+++++++++ no-size" if line else line)
    with pytest.raises(LineUnreadable):
        parse_change(b"*deleting   no-size", has_size=True)


def test_totals_and_farewells_are_read() -> None:
    log = parse_log(
        b"\nNumber of files: 1,011 (reg: 6, dir: 2)\nFile list generation time: 0.001 seconds\n"
        b"Total bytes sent: 471\nsent 471 bytes  received 132 bytes  1,206.00 bytes/sec\n"
        b'total size is 15  speedup is 0.02 (DRY RUN)\nrsync: [sender] opendir "x" failed\n'
    )
    assert log.totals["Number of files"] == 1011
    assert log.totals["Total bytes sent"] == 471
    assert log.messages == (b'rsync: [sender] opendir "x" failed',)


def test_a_folder_is_not_counted_and_attributes_are_told_apart() -> None:
    log = Log(
        (
            parse_change(b".d..t...... data/"),
            parse_change(b".f...p..... data/plt001.dat"),
            parse_change(b">f.st...... data/2611.jnl"),
            parse_change(b"hf+++++++++ lib/a => lib/b"),
            parse_change(b"*deleting   work/x"),
        ),
        (),
        {},
    )
    lines = read_transfer(log)
    assert count_changes(lines) == {
        "attributes only data": 1,
        "deleted work": 1,
        "hard link setup": 1,
        "updated journal": 1,
    }
    assert {line.area for line in lines} == {Area.DATA, Area.JOURNAL, Area.SETUP, Area.WORK}
    assert lines[0].change_class is ChangeClass.ATTRIBUTES_ONLY


def test_long_lists_are_cut_with_their_number() -> None:
    text = b"".join(
        b"*deleting   pages/0842/006%04d\n>f+++++++++ pages/0842/X006%04d\n" % (page, page) for page in range(1, 13)
    )
    said = say_changes(read_transfer(parse_log(text, has_size=False)), named_at_most=2)
    assert said == ("12 CRF deleted: pages/0842/0060001, pages/0842/0060002 and 10 more",)

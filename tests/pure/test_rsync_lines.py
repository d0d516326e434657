from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import LineUnreadable
from dfwarm.rsync.escape import escape, unescape
from dfwarm.rsync.itemize import Attribute, Change, Node, Update, parse_change
from dfwarm.rsync.log import miscounts, parse_log
from dfwarm.rsync.outcome import judge_run

DECK = Path(__file__).parent.parent / "spoken" / "deck.rsync.txt"


def test_every_line_of_the_decks_log_is_read() -> None:
    log = parse_log(DECK.read_bytes(), has_size=False)
    assert len(log.changes) + len(log.messages) == len(DECK.read_bytes().splitlines()) == 38
    assert [message.startswith(b"rsync: send_files failed to open") for message in log.messages] == [True]


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
        parse_log(b"\n" + line + b"\n", has_size=False)
    with pytest.raises(LineUnreadable, match="line 1"):
        parse_log(b">f+++++++++ no-size\n")
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


NAMES = st.binary(min_size=1, max_size=40).filter(lambda name: b"\0" not in name and not name.endswith(b"/"))
FLAGS = st.one_of(
    st.sampled_from([b"+++++++++", b"?????????", b"         ", b"+++++++", b"???????"]),
    st.tuples(*(st.sampled_from(column) for column in ("c.", "s.", "tT.", "p.", "o.", "g.", "unb.", "a.", "x."))).map(
        lambda columns: "".join(columns).encode()
    ),
)
STAMP = b"2026/11/23 00:08:10 [1685] "


@pytest.mark.hazard("H27")
@given(
    st.sampled_from([Update.SENT, Update.RECEIVED, Update.CHANGED, Update.ATTRIBUTES]),
    st.sampled_from([Node.FILE, Node.DIRECTORY, Node.DEVICE, Node.SPECIAL]),
    FLAGS,
    NAMES,
    st.integers(0, 10**12),
)
def test_a_line_that_is_built_from_a_change_is_read_back(
    update: Update, node: Node, flags: bytes, name: bytes, size: int
) -> None:
    printed = escape(name) + (b"/" if node is Node.DIRECTORY else b"")
    code = update.encode() + node.encode() + flags
    change = Change(
        update, node, b"+" in flags, frozenset(map(Attribute, set(flags.decode()) - set("+. "))), name, size
    )
    assert parse_change(b"%s%s %d %s" % (STAMP, code, size, printed), has_size=True) == change
    assert parse_change(b"%s %s" % (code, printed)) == replace(change, size=-1)


@pytest.mark.hazard("H27")
@given(NAMES, NAMES)
def test_the_length_of_a_symlink_says_where_its_target_begins(name: bytes, target: bytes) -> None:
    text = escape(name + b" -> " + target)
    change = parse_change(b"%scL+++++++++ %d %s" % (STAMP, len(target), text), has_size=True)
    assert (change.path, change.target) == (name, target)
    with pytest.raises(LineUnreadable):
        parse_change(b"%scL+++++++++ %d %s" % (STAMP, len(name + target) + 4, text), has_size=True)


@pytest.mark.parametrize(
    "line",
    [
        b"hf+++++++++ a => b => c",
        b"cL+++++++++ a -> b -> c",
        b"cL+++++++++ a -> ",
        b"hf+++++++++  => c",
        b"*deleting   /",
        rb">f+++++++++ a\#777",
        rb">f+++++++++ a\#189",
        b">f+++++++++a",
        b">f.t....... a",
        b"<.t..... a",
        b"<f.ts..... a",
        b"c+++++ a",
    ],
)
def test_a_line_that_could_be_read_in_two_ways_or_in_none_is_an_error(line: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_change(line)


def test_a_hard_link_without_a_target_and_a_line_of_an_old_rsync_are_read() -> None:
    assert parse_change(b"hf          a").target == b""
    assert parse_change(b">f??????? a").attributes == {Attribute.UNSAID}
    assert Attribute.TIME_OF_TRANSFER.says == "time of transfer"


@pytest.mark.parametrize(
    "line", [b"rsync: [receiver] mkstemp failed", b"ERROR: a failed verification -- update discarded.", b"skipping x y"]
)
def test_a_message_is_never_taken_for_a_change(line: bytes) -> None:
    assert parse_log(line + b"\n").messages == (line,)
    assert parse_log(STAMP + line + b"\n", has_size=False).messages == (line,)


def test_in_our_own_format_only_a_stamped_line_is_a_change() -> None:
    with pytest.raises(LineUnreadable):
        parse_log(b">f+++++++++ 5 a\n")
    with pytest.raises(LineUnreadable):
        parse_log(STAMP + b"rsync: x\n")
    for sizeless in (b">f+++++++++ a", b"*deleting   a", b"*deleting   0"):
        with pytest.raises(LineUnreadable):
            parse_log(STAMP + sizeless + b"\n")
    assert parse_log(STAMP + b">f+++++++++ 5 rsync: x\n").changes[0].path == b"rsync: x"


@pytest.mark.hazard("H52")
def test_a_line_that_was_cut_off_is_a_problem_and_no_change() -> None:
    log = parse_log(STAMP + b">f+++++++++ 5 lib/DFschema\n" + STAMP + b">f+++++++++ 5 lib/DFsch")
    assert [change.path for change in log.changes] == [b"lib/DFschema"]
    assert log.messages == (STAMP + b">f+++++++++ 5 lib/DFsch",)
    assert judge_run(0, b"", log.messages).problems


@pytest.mark.parametrize(("name", "changes"), [("first", 21), ("second", 10), ("rehearsal", 3)])
def test_every_line_of_a_real_run_is_read_and_agrees_with_rsyncs_own_totals(name: str, changes: int) -> None:
    said = (DECK.parent / f"rsync-3.5.0-{name}.rsync.txt").read_bytes()
    log = parse_log(said)
    assert len(log.changes) == changes == said.count(b" [")
    assert miscounts(log) == ()


def test_a_line_that_was_lost_is_noticed() -> None:
    said = (DECK.parent / "rsync-3.5.0-first.rsync.txt").read_bytes().splitlines(keepends=True)
    for number, line in enumerate(said):
        if b"] >f" in line or b"] *deleting" in line:
            (problem,) = miscounts(parse_log(b"".join((*said[:number], *said[number + 1 :]))))
            assert "where its lines tell" in problem
    assert miscounts(parse_log(b"".join(line for line in said if b"[" in line))) == (
        "rsync printed no totals, so nobody knows whether its lines are all there",
    )

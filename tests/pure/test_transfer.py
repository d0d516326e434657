from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm import wire
from dfwarm.facts.transfer import ChangeClass, TransferLine, count_changes, read_transfer, say_changes
from dfwarm.rsync.itemize import Change, Node, Update, parse_change
from dfwarm.rsync.log import Log, parse_log
from dfwarm.terms import Area

DECK = Path(__file__).parent.parent / "spoken" / "deck.rsync.txt"


def told(*lines: bytes) -> tuple[TransferLine, ...]:
    return read_transfer(Log(tuple(map(parse_change, lines)), (), {}))


def test_the_decks_log_speaks_of_three_deleted_crfs_and_fourteen_setups() -> None:
    lines = read_transfer(parse_log(DECK.read_bytes(), has_size=False), b"035/")
    assert count_changes(lines) == {
        "deleted CRF page image": 3,
        "error other": 1,
        "new schema history": 14,
        "updated edit check": 3,
        "updated retrieval": 3,
        "updated setup": 6,
    }


def test_the_decks_log_is_told_in_study_words() -> None:
    lines = read_transfer(parse_log(DECK.read_bytes(), has_size=False), b"035/")
    *said, complaint = say_changes(lines, named_at_most=3)
    assert said == [
        "3 CRF deleted (0842/0060002, 0906/005L001, 0909/00LB001)",
        "6 setup files changed (DFfile_map, DFschema, DFschema.st and 3 more)",
        "3 edit check files changed (DFedits, DFedits.bin, batch_edits_test_output.html)",
        "setup saved (schema 111115-163212, 111115-163313, 111115-163413 and 11 more)",
        "3 retrieval files changed (DFIllegal.drf, DFUnexpected.drf, DFincon.drf)",
    ]
    assert complaint == (
        "complaints of rsync: 1 (production's copy cannot be read, so the standby keeps what it had: rsync: send_files"
        ' failed to open "/opt/studies/035/lib/batch_edits_test_output.xml": Permission denied (13))'
    )


def test_each_class_has_its_sentence_and_folders_have_none() -> None:
    lines = told(
        b".d..t...... data/",
        b".f...p..... data/plt001.dat",
        b">f.st...... data/2611.jnl",
        b">f+++++++++ pages/2648/0001001",
        b">f+++++++++ pages/2648/0001002",
        b"hf+++++++++ lib/a => lib/b",
        b"*deleting   work/x",
        b"*deleting   old/",
        b"cL+++++++++ odd -> /etc",
    )
    assert say_changes(lines) == (
        "1 data file with other attributes only (plt001.dat)",
        "1 journal changed (2611.jnl)",
        "2 new page images",
        "1 setup file linked (a)",
        "1 work file deleted (x)",
        "1 new other file (odd)",
    )
    assert count_changes(lines)["attributes only data"] == 1
    assert lines[1].attributes == ("permissions",)
    assert (lines[5].target, lines[-1].target) == (b"lib/b", b"/etc")


@pytest.mark.parametrize(
    "lines",
    [
        (b"*deleting   pages/0842/0060002", b">f+++++++++ pages/0842/X0060002"),
        (b">f+++++++++ pages/0842/X0060002", b"*deleting   pages/0842/0060002"),
        (b"hf+++++++++ pages/0842/X0060002 => pages/0842/x", b"*deleting   pages/0842/0060002"),
    ],
)
def test_a_deletion_and_its_x_name_in_one_folder_are_one_deleted_crf(lines: tuple[bytes, ...]) -> None:
    (line,) = told(*lines)
    assert (line.change_class, line.path) == (ChangeClass.DELETED_CRF, b"pages/0842/X0060002")
    assert say_changes((line,)) == ("1 CRF deleted (0842/0060002)",)


@pytest.mark.parametrize(
    "lines",
    [
        (b"*deleting   pages/0842/0060002", b">f+++++++++ pages/0843/X0060002"),
        (b"*deleting   pages/0842/0060002", b">f+++++++++ pages/0842/X0060003"),
        (b"*deleting   pages/0842/0060002", b">f.st...... pages/0842/X0060002"),
        (b"*deleting   lib/0060002", b">f+++++++++ lib/X0060002"),
        (b">f.st...... pages/0842/0060002", b">f+++++++++ pages/0842/X0060002"),
    ],
)
def test_anything_else_stays_two_changes(lines: tuple[bytes, ...]) -> None:
    assert len(told(*lines)) == 2
    assert ChangeClass.DELETED_CRF not in {line.change_class for line in told(*lines)}


def test_a_root_that_lies_elsewhere_is_told_within_the_study() -> None:
    log = parse_log(
        b".d..t...... ./\n>f+++++++++ 2648/0001001\ncannot delete non-empty directory: 2647\n", has_size=False
    )
    lines = read_transfer(log, within=b"pages/")
    assert [line.path for line in lines] == [b"pages", b"pages/2648/0001001", b"2647"]
    assert {line.area for line in lines} == {Area.PAGE_IMAGE}


def test_a_remark_between_the_changes_is_an_error_with_its_words() -> None:
    lines = read_transfer(Log((), (b"IO error encountered -- skipping file deletion",), {}))
    assert lines[0].change_class is ChangeClass.ERROR
    assert "nothing was deleted" in lines[0].says


changes = st.builds(
    Change,
    st.sampled_from(Update),
    st.sampled_from(Node),
    st.booleans(),
    st.just(frozenset()),
    st.one_of(
        st.sampled_from([b"pages/0842/0060002", b"pages/0842/X0060002", b"data/plt001.dat", b"data/2611.jnl"]),
        st.binary(min_size=1, max_size=30),
    ),
    st.integers(-1, 10**12),
)


@given(st.lists(changes, max_size=12).map(tuple))
def test_no_change_is_lost_and_every_line_survives_the_wire(log: tuple[Change, ...]) -> None:
    lines = read_transfer(Log(log, (), {}))
    crfs = {line.path for line in lines if line.change_class is ChangeClass.DELETED_CRF}
    renamed = {path.replace(b"/X00", b"/00") for path in crfs}
    swallowed = [change for change in log if change.update is Update.DELETED and change.path in renamed]
    assert len(lines) + len(swallowed) == len(log)
    assert sum(count_changes(lines).values()) == sum(not line.is_directory for line in lines)
    assert tuple(wire.load(TransferLine, wire.dump(line)) for line in lines) == lines
    assert all(sentence.isprintable() for sentence in say_changes(lines))


def test_long_lists_are_cut_with_their_number() -> None:
    text = b"".join(
        b"*deleting   pages/0842/006%04d\n>f+++++++++ pages/0842/X006%04d\n" % (page, page) for page in range(1, 13)
    )
    said = say_changes(read_transfer(parse_log(text, has_size=False)), named_at_most=2)
    assert said == ("12 CRF deleted (0842/0060001, 0842/0060002 and 10 more)",)

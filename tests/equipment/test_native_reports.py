"""The native dfstatus, on files as they come and on hostile ones."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.datafax.reports.status import Fault, Finding, Group, Kind, compare_counts, count_file
from dfwarm.equipment import study_files
from dfwarm.equipment.native_reports import count_study
from dfwarm.equipment.study_files import read_lines
from dfwarm.errors import PathUnreadable

DATA = b"%s|%s|1525/0016001|253|%s|1|1003|CCC|1|16/07/25 13:52:55|16/07/25 14:53:21|"
MISSED = b"0|2|0000/0000000|253|7|10|1003|4|declined|16/08/01 09:00:00|16/08/01 09:00:00|"
QUERY = (
    b"1|2|1525/0016001|253|2|1|1003|9|12||1||Weight in kg|075.3|2|1|Please verify||jack 16/07/25 13:52:55|"
    b"jack 16/07/25 13:52:55||1"
)
REASON = b"1|2|1525/0016001|253|2|1|1003|9|1|why|jack 16/07/25 13:52:55|jack 16/07/25 13:52:55"


def study_of(root: Path, **files: bytes) -> bytes:
    (root / "data").mkdir(parents=True)
    for name, content in files.items():
        (root / "data" / f"{name}.dat").write_bytes(content)
    return os.fsencode(root)


def faults_of(root: Path, **files: bytes) -> list[tuple[int, int, Fault]]:
    report = count_study(study_of(root, **files))
    return [(found.line, found.offset, found.fault) for count in report.counts for found in count.findings]


def test_every_kind_of_record_is_counted(tmp_path: Path) -> None:
    report = count_study(
        study_of(
            tmp_path,
            plt002=DATA % (b"1", b"3", b"2") + b"\n" + DATA % (b"5", b"1", b"2") + b"\n",
            plt007=MISSED + b"\n",
            DFqc=QUERY + b"\n" + QUERY + b"|\n",
            DFreason=REASON + b"\n",
            DFin=DATA % (b"0", b"0", b"2") + b"\n",
        )
    )
    counted = dict(pair for count in report.counts for pair in count.groups)
    assert counted == {
        Group(2, Kind.PRIMARY, 3, 1): 1,
        Group(2, Kind.SECONDARY, 1, 5): 1,
        Group(7, Kind.MISSED, 2, 0): 1,
        Group(2, Kind.QUERY, 2, 1, "2", "1"): 2,
        Group(2, Kind.REASON, 2, 1): 1,
        Group(2, Kind.NEW, 0, 0): 1,
    }
    assert not report.gaps


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (DATA % (b"1", b"3", b"9") + b"\n", Fault.PLATE),
        (DATA % (b"1", b"8", b"2") + b"\n", Fault.LEVEL),
        (DATA % (b"7", b"3", b"2") + b"\n", Fault.STATUS),
        (DATA % (b"1", b"3", b"2" * 5000) + b"\n", Fault.PLATE),
        (b"1|3|1525\n", Fault.FIELD_COUNT),
        (b"\n", Fault.STATUS),
        (DATA % (b"1", b"3", b"2") + b"\r\n", Fault.CARRIAGE_RETURN),
        (DATA % (b"1", b"3", b"2") + b"\0\n", Fault.NUL),
        (DATA % (b"1", b"3", b"2"), Fault.HALF_WRITTEN),
        (b"1" * (study_files.LINE_AT_MOST + 1) + b"\n", Fault.TOO_LONG),
    ],
)
def test_a_faulty_line_is_located_and_its_neighbours_are_counted(tmp_path: Path, line: bytes, fault: Fault) -> None:
    good = DATA % (b"1", b"3", b"2") + b"\n"
    assert faults_of(tmp_path, plt002=good + line) == [(2, len(good), fault)]


def test_a_query_without_usage_and_a_short_reason_are_located(tmp_path: Path) -> None:
    found = faults_of(tmp_path, DFqc=QUERY[:-1] + b"\n", DFreason=b"1|2\n")
    assert found == [(1, 0, Fault.CODE), (1, 0, Fault.FIELD_COUNT)]


@given(st.binary(max_size=200), st.integers(1, 9))
@settings(max_examples=60)
def test_lines_are_those_of_a_plain_split_whatever_the_block(content: bytes, block: int) -> None:
    descriptor = os.memfd_create("lines")
    try:
        os.write(descriptor, content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(study_files, "BLOCK", block)
            lines = list(read_lines(descriptor))
    finally:
        os.close(descriptor)
    pieces = content.split(b"\n")
    assert [line.content for line in lines] == (pieces if pieces[-1] else pieces[:-1])
    assert all(content[line.offset :].startswith(line.content) for line in lines)


@given(st.lists(st.sampled_from([DATA % (s, v, b"2") for s in (b"1", b"4", b"9") for v in (b"0", b"7", b"x")])))
@settings(max_examples=60)
def test_no_line_is_dropped_and_counts_are_those_of_a_plain_reading(rows: list[bytes]) -> None:
    from dfwarm.datafax.reports.status import Line

    count = count_file(b"plt002.dat", (Line(n, 0, row) for n, row in enumerate(rows, 1)))
    assert count.lines == len(rows) == sum(n for _, n in count.groups) + len(count.findings)
    plain = Counter((row[:1], row[2:3]) for row in rows if row[:1] != b"9" and row[2:3] != b"x")
    assert {(b"%d" % g.status, b"%d" % g.level): n for g, n in count.groups} == plain


def test_a_fifo_and_a_link_in_the_data_folder_are_gaps_and_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(DATA % (b"1", b"3", b"3") + b"\n")
    root = study_of(tmp_path / "study", plt001=b"")
    os.mkfifo(tmp_path / "study/data/plt002.dat")
    (tmp_path / "study/data/plt003.dat").symlink_to(tmp_path / "secret")
    report = count_study(root)
    assert [gap.split(":")[0] for gap in report.gaps] == ["data/plt002.dat", "data/plt003.dat", "data"]
    assert [count.lines for count in report.counts] == [0]


def test_a_missing_data_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(PathUnreadable, match="data"):
        count_study(os.fsencode(tmp_path))


def test_a_difference_is_said_in_study_language() -> None:
    from dfwarm.datafax.reports.status import Line

    ours = count_file(b"plt002.dat", [Line(n, 0, DATA % (b"1", b"4", b"2")) for n in (1, 2)])
    theirs = count_file(b"plt002.dat", [Line(1, 0, DATA % (b"1", b"4", b"2")), Line(2, 9, b"")])
    assert compare_counts([ours], [ours]) == ()
    assert compare_counts([ours], [theirs]) == (
        "plt002.dat line 2, illegal status: production 0, standby 1",
        "plate 2: primary status 1 at level 4: production 2, standby 1",
    )
    assert theirs.findings == (Finding(b"plt002.dat", 2, 9, Fault.STATUS),)


@pytest.mark.hazard("H38")
def test_a_study_without_a_record_and_a_data_file_of_unknown_name_are_gaps(tmp_path: Path) -> None:
    assert [gap.split(":")[0] for gap in count_study(study_of(tmp_path, plt000=b"x\n")).gaps] == [
        "data/plt000.dat",
        "data",
    ]

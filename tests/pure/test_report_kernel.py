"""The fast reading of data files, held against the plain reading of every line."""

import hashlib
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dfwarm.datafax.record import Key, lines
from dfwarm.datafax.reports import gathering
from dfwarm.datafax.reports.exact import quote, read_exactly
from dfwarm.datafax.reports.kernel import LINE_AT_MOST, Kernel
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial, Reading, unpack_key
from dfwarm.datafax.reports.rule import Rule

CHOICES = ((9, (b"1", b"2", b"12345678", b"123456789", b"*")),)
PLATE = Reading(FileKind.PLATE, 253, 2, CHOICES)
NEW = Reading(FileKind.NEW_QUEUE, 253)
QUERIES = Reading(FileKind.QUERIES, 253)
REASONS = Reading(FileKind.REASONS, 253)

STAMPS = b"16/07/25 13:52:55|16/07/25 14:53:21|"
RECORD = b"1|3|1525/0016001|253|2|1|1003|CCC|1|" + STAMPS
MISSED = b"0|2|0000/0000000|253|2|10|1003|4|declined|" + STAMPS
SECONDARY = b"5|1|1530/0004002|253|2|1|1003|CCC|2|" + STAMPS
ARRIVED = b"0|0|1530/0004002|253|2|1|1003|CCC|2|" + STAMPS
QUERY = (
    b"1|2|1525/0016001|253|2|1|1003|9|12||1||Weight in kg|075.3|2|1|Please verify||jack 16/07/25 13:52:55|"
    b"jack 16/07/25 13:52:55||1"
)
REASON = b"1|2|1525/0016001|253|2|1|1003|9|1|why|jack 16/07/25 13:52:55|jack 16/07/25 13:52:55"
READINGS = {
    PLATE: (RECORD, MISSED, SECONDARY),
    NEW: (ARRIVED,),
    QUERIES: (QUERY, QUERY + b"|"),
    REASONS: (REASON, REASON + b"|"),
}
LARGEST = b"281474976710656"


def read_fast(reading: Reading, data: bytes, block: int = 1 << 19) -> Partial:
    kernel = Kernel(b"data/x.dat", reading)
    offset = 0
    while offset < len(data):
        end = data.rfind(b"\n", offset, offset + block) + 1 or data.find(b"\n", offset) + 1
        if not end:
            kernel.take_odd(data[offset:], offset, is_cut=False)
            break
        kernel.take(memoryview(bytearray(data[offset:end])), offset)
        offset = end
    return kernel.close(hashlib.sha256(data).digest(), len(data))


Row = dict[str, object]


def rows_of(partial: Partial) -> list[Row]:
    """The columns as rows, without what only a later line tells."""
    names = [name for name, _, _ in partial.columns if not name.startswith("image")]
    columns = [partial.column(name).tolist() for name in names]
    images = dict(zip(partial.column("image_row").tolist(), partial.column("image").tolist(), strict=True))
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        {**row, "flags": row["flags"] & ~Flag.SUPERSEDED, "image": images.get(place, b"")}
        for place, row in enumerate(rows)
    ]


def rows_plainly(reading: Reading, data: bytes) -> list[Row]:
    """What the columns must hold, one line after the other."""
    found: list[dict[str, object]] = []
    for line in lines(data):
        for row in read_exactly(reading, line).columns:
            named = re.fullmatch(rb"[0-9]{4}/[0-9A-Z]{7}", row.raster)
            has_image = named is not None and row.raster != b"0000/0000000"
            found.append(
                {
                    "key": row.key.visit << 48 | row.key.subject - 1, "line": line.number, "offset": line.offset,
                    "fields": row.fields, "status": row.status, "level": row.level,
                    "flags": 4 * (not row.is_utf8) + (row.status == 0 and reading.kind is FileKind.PLATE),
                    "plate": row.key.plate, "field": row.field, "code": row.code, "usage": row.usage,
                    "image": row.raster.ljust(12)[:12] if has_image or row.status in (4, 5, 6) else b"",
                }
            )  # fmt: skip
    names = {*gathering.COLUMNS[reading.kind], "image"}
    found.sort(key=lambda row: (row["plate"] if "plate" in names else 0, row["key"], row["field"], row["line"]))
    return [{name: value for name, value in row.items() if name in names} for row in found]


def faults_plainly(reading: Reading, data: bytes) -> list[tuple[int, int, Rule, str]]:
    return [
        (line.number, line.offset, rule, text)
        for line in lines(data)
        for rule, text in read_exactly(reading, line).faults
    ]


def assert_alike(reading: Reading, data: bytes, block: int = 1 << 19) -> Partial:
    partial = read_fast(reading, data, block)
    assert rows_of(partial) == rows_plainly(reading, data)
    assert [(each.line, each.offset, each.rule, each.text) for each in partial.faults] == faults_plainly(reading, data)
    assert partial.lines == len(list(lines(data))) == partial.records + partial.faulty
    assert partial.unlocated == 0
    return partial


@st.composite
def signatures(draw: st.DrawFn) -> bytes:
    """A name, blanks and a stamp, or what nearly is that."""
    user = draw(st.sampled_from([b"", b"j", b"jack", b"a b", b" jack", b"jack "]))
    stamp = draw(st.sampled_from([b"", b"16/07/25 13:52:55", b"16/13/25 13:52:55", b"16/07/25x13:52:55", b"16/7/25"]))
    return user + draw(st.sampled_from([b"", b" "])) + stamp


@st.composite
def files(draw: st.DrawFn) -> tuple[Reading, bytes]:
    """A file whose lines are right, or were right until one byte or field of them changed."""
    reading = draw(st.sampled_from(list(READINGS)))
    made: list[bytes] = []
    for _ in range(draw(st.integers(1, 6))):
        line = bytearray(draw(st.sampled_from(READINGS[reading])))
        match draw(st.integers(0, 6)):
            case 0 | 1:
                line[draw(st.integers(0, len(line) - 1))] = draw(st.sampled_from(b"09|A/R:aZ \0\r\n\xe9\x7f"))
            case 2:
                fields = bytes(line).split(b"|")
                fields[draw(st.integers(0, len(fields) - 1))] = draw(
                    st.sampled_from([b"", b"0", b"3", b"12345678", b"123456789", b"002", LARGEST, b"9" * 15, b"1" * 16])
                )
                line = bytearray(b"|".join(fields))
            case 3:
                place = draw(st.integers(0, len(line) - 1))
                line[place : place + draw(st.integers(0, 3))] = draw(st.sampled_from([b"", b"|", b"\xc3\xa9"]))
            case 4 if reading in (QUERIES, REASONS):
                fields = bytes(line).split(b"|")
                fields[draw(st.sampled_from((18, 19, 20) if reading is QUERIES else (10, 11)))] = draw(signatures())
                line = bytearray(b"|".join(fields))
            case _:
                pass
        made.append(bytes(line))
    return reading, b"\n".join(made) + draw(st.sampled_from([b"\n", b"", b"\n\n"]))


@given(files(), st.integers(1, 400))
@settings(max_examples=400, deadline=None)
@example((PLATE, RECORD.replace(b"1003", LARGEST) + b"\n"), 1)
@example((QUERIES, QUERY.replace(b"|9|12|", b"|0000000009|12|") + b"\n"), 1)
@example((QUERIES, QUERY.replace(b"|1|1003|", b"|65535|" + LARGEST + b"|") + b"\n" + QUERY + b"\n"), 1)
@example((QUERIES, QUERY.replace(b"|9|12|", b"|10|12|") + b"\n" + QUERY + b"\n"), 1000)
@example((QUERIES, QUERY[:-1] + b"12\n"), 1)
@example((QUERIES, QUERY[:-1] + b"\n"), 1)
@example((REASONS, REASON.rpartition(b"|")[0] + b"|\n"), 1)
def test_the_fast_reading_is_the_plain_reading(file: tuple[Reading, bytes], block: int) -> None:
    assert_alike(*file, block)


@given(st.sampled_from(list(READINGS)), st.binary(max_size=300))
@settings(max_examples=100)
def test_no_bytes_whatever_break_the_reading(reading: Reading, data: bytes) -> None:
    assert_alike(reading, data)


def fault_of(reading: Reading, line: bytes) -> list[tuple[Rule, str]]:
    partial = assert_alike(reading, READINGS[reading][0] + b"\n" + line)
    assert {(each.line, each.offset) for each in partial.faults} <= {(2, len(READINGS[reading][0]) + 1)}
    return [(each.rule, each.text) for each in partial.faults]


@pytest.mark.parametrize(
    ("reading", "line", "faults"),
    [
        (PLATE, b"\n", [(Rule.BLANK, "''"), (Rule.FIELD_COUNT, "''")]),
        (PLATE, RECORD, [(Rule.HALF_WRITTEN, "'1|3|1525/0016001|253|2|1|1003|CCC|1|16/07/25 13:52:55|16/07/'...")]),
        (PLATE, b"1|3|1525\n", [(Rule.FIELD_COUNT, "'1|3|1525'")]),
        (PLATE, RECORD.replace(b"1|3", b"7|3") + b"\n", [(Rule.STATUS, "'7|3'")]),
        (PLATE, RECORD.replace(b"1|3|", b"0|0|") + b"\n", [(Rule.LEVEL, "'0|0'")]),
        (PLATE, RECORD.replace(b"|253|2", b"|254|2") + b"\n", [(Rule.WRONG_STUDY, "'254'")]),
        (PLATE, RECORD.replace(b"|253|2", b"|253|3") + b"\n", [(Rule.WRONG_PLATE, "'3'")]),
        (PLATE, RECORD.replace(b"1003", b"0") + b"\n", [(Rule.KEY, "'2|1|0'")]),
        (PLATE, RECORD.replace(b"1003", b"281474976710657") + b"\n", [(Rule.KEY, "'2|1|281474976710657'")]),
        (PLATE, RECORD.replace(b"|1|1003", b"|65536|1003") + b"\n", [(Rule.KEY, "'2|65536|1003'")]),
        (PLATE, RECORD.replace(b"13:52:55", b"24:52:55") + b"\n", [(Rule.CREATED, "'16/07/25 24:52:55'")]),
        (PLATE, RECORD.replace(b"14:53:21", b"14:53:60") + b"\n", [(Rule.MODIFIED, "'16/07/25 14:53:60'")]),
        (PLATE, RECORD.replace(b"1525/", b"1525-") + b"\n", [(Rule.IMPOSSIBLE_IMAGE, "'1525-0016001'")]),
        (PLATE, RECORD[:-1] + b"\n", [(Rule.NO_DELIMITER, "")]),
        (PLATE, RECORD.replace(b"CCC", b"C" * 4_100) + b"\n", [(Rule.OVER_LONG, "4,169 bytes")]),
        (PLATE, RECORD.replace(b"CCC|1", b"CCC|7") + b"\n", [(Rule.CHOICE, "field 9: '7'")]),
        (PLATE, RECORD.replace(b"CCC|1", b"CCC|12345678") + b"\n", []),
        (PLATE, RECORD.replace(b"CCC|1", b"CCC|123456789") + b"\n", []),
        (PLATE, RECORD.replace(b"CCC|1", b"CCC| 2 ") + b"\n", []),
        (PLATE, RECORD.replace(b"CCC|1", b"CCC|") + b"\n", []),
        (PLATE, MISSED.replace(b"4|", b"4|x|") + b"\n", [(Rule.FIELD_COUNT, "12 fields of a missed record")]),
        (NEW, RECORD + b"\n", [(Rule.STATUS, "'1|3'")]),
        (QUERIES, QUERY[:-1] + b"3\n", [(Rule.CODE, "'3'")]),
        (REASONS, b"4" + REASON[1:] + b"\n", [(Rule.STATUS, quote(b"4" + REASON[1:]))]),
    ],
)
def test_each_fault_is_located_and_quoted(reading: Reading, line: bytes, faults: list[tuple[Rule, str]]) -> None:
    assert fault_of(reading, line) == faults


def test_a_line_that_is_too_long_to_be_read_is_located_and_its_neighbours_are_counted() -> None:
    data = RECORD + b"\n" + b"1|" * LINE_AT_MOST + b"\n" + MISSED + b"\n"
    partial = read_fast(PLATE, data)
    assert [(each.line, each.rule) for each in partial.faults] == [(2, Rule.CUT)]
    assert (partial.records, partial.lines, partial.faulty) == (2, 3, 1)


def test_a_cut_line_is_told_by_its_beginning() -> None:
    kernel = Kernel(b"data/plt002.dat", PLATE)
    kernel.take_odd(b"1|3|" + b"x" * 100, 0, is_cut=True)
    partial = kernel.close(bytes(32), 104)
    assert [each.text for each in partial.faults] == ["'1|3|" + "x" * 56 + "'..."]
    assert (partial.lines, partial.faulty) == (1, 1)


def test_records_that_a_later_line_replaces_are_flagged() -> None:
    other = SECONDARY.replace(b"0004002", b"0004003")
    data = b"\n".join((RECORD, SECONDARY, other, SECONDARY, b"2" + RECORD[1:], RECORD.replace(b"1003", b"1004"), b""))
    partial = assert_alike(PLATE, data)
    found = zip(partial.column("line").tolist(), partial.flagged(Flag.SUPERSEDED).tolist(), strict=True)
    assert [line for line, is_superseded in found if is_superseded] == [1, 2]


def test_records_lie_in_the_order_of_their_keys_and_lines() -> None:
    keys = [(1, 1003), (0, 1004), (1, 1002), (1, 1003)]
    made = [RECORD.replace(b"|1|1003", b"|%d|%d" % key) for key in keys]
    partial = assert_alike(PLATE, b"\n".join((*made, b"")))
    read = [unpack_key(key, 2) for key in partial.column("key").tolist()]
    assert read == [Key(1004, 0, 2), Key(1002, 1, 2), Key(1003, 1, 2), Key(1003, 1, 2)]
    assert partial.column("line").tolist() == [2, 3, 1, 4]


def test_more_faults_and_records_than_are_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "FAULTS_AT_MOST", 3)
    monkeypatch.setattr(gathering, "RECORDS_AT_MOST", 2)
    partial = read_fast(PLATE, (b"1|3|1525\n" + RECORD + b"\n") * 5)
    assert (partial.lines, partial.records, partial.faulty) == (10, 2, 5)
    assert len(partial.faults) == 3
    assert partial.unlocated == (5 - 3) + (5 - 2)
    assert len(partial.column("image")) == 2


def test_many_lines_that_are_no_utf8_are_each_flagged() -> None:
    latin, utf8 = RECORD.replace(b"CCC", b"\xe9"), RECORD.replace(b"CCC", b"\xc3\xa9")
    data = b"\n".join([latin, utf8, RECORD] * 40 + [b""])
    partial = assert_alike(PLATE, data)
    assert np.count_nonzero(partial.flagged(Flag.NOT_UTF8)) == 40
    assert np.count_nonzero(assert_alike(PLATE, b"\n".join([utf8] * 40 + [b""])).flagged(Flag.NOT_UTF8)) == 0


def test_a_quotation_shows_no_byte_that_a_screen_acts_upon() -> None:
    assert quote(b"a\x1b[2J\xe9|") == "'a\\x1b[2Jé|'"
    assert quote(b"\xc3\xa9") == "'é'"
    assert quote(b"x" * 61) == "'" + "x" * 60 + "'..."


def test_many_records_with_a_fault_are_all_kept() -> None:
    lines = [RECORD[:-1].replace(b"1003", b"%d" % (1000 + number)) for number in range(gathering.TOGETHER + 7)]
    partial = assert_alike(PLATE, b"\n".join((*lines, b"")))
    assert partial.records == len(partial.faults) == gathering.TOGETHER + 7
    assert partial.faulty == 0

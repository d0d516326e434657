import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.image import ImageKind, Reference, image_kind, is_image_name, read_reference
from dfwarm.datafax.query import Query, read_query
from dfwarm.datafax.record import FaultyLine, Key, Line, LineFault, Record, is_stamp, lines, read_record

FINAL = b"1|3|1525/0016001|253|2|1|1003|CCC|03/07/06|2||2543|15/06/44|075.3|1|16/07/25 13:52:55|16/07/25 14:53:21|"
MISSED = b"0|2|0000/0000000|253|7|10|1003|4|patient declined|16/08/01 09:00:00|16/08/01 09:00:00|"
STAMP = b"jack 16/07/25 13:52:55"
QUERY = b"1|2|1525/0016001|253|2|1|1003|9|12||1||Weight in kg|075.3|2|1|Please verify||" + STAMP + b"|" + STAMP + b"||1"


def line(text: bytes) -> Line:
    return Line(1, 0, text, is_ended=True)


def record(text: bytes) -> Record:
    found = read_record(line(text))
    assert isinstance(found, Record)
    return found


def faults(found: object) -> tuple[LineFault, ...]:
    assert isinstance(found, FaultyLine)
    return found.faults


def test_a_data_record_gives_its_status_level_key_and_stamps() -> None:
    found = record(FINAL)
    assert (found.status, found.level, found.study, found.key) == (1, 3, 253, Key(1003, 1, 2))
    assert (len(found.fields), found.is_delimited) == (17, True)
    assert is_stamp(found.created)
    assert found.modified == b"16/07/25 14:53:21"
    assert not is_stamp(b"16/13/25 14:53:21")


def test_missed_new_and_secondary_records_are_told_apart() -> None:
    missed, new, secondary = record(MISSED), record(b"0|0" + FINAL[3:]), record(b"5" + FINAL[1:])
    assert [(r.is_missed, r.is_new, r.is_secondary) for r in (missed, new, secondary)] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert len(missed.fields) == 11


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"9" + FINAL[1:], LineFault.STATUS),
        (b"1|8" + FINAL[3:], LineFault.LEVEL),
        (FINAL.replace(b"|1003|", b"|10x3|"), LineFault.KEY),
        (FINAL.replace(b"CCC", b"C\0C"), LineFault.NUL),
        (FINAL + b"\r", LineFault.CARRIAGE_RETURN),
        (FINAL[:30], LineFault.FIELD_COUNT),
        (b"", LineFault.BLANK),
    ],
)
def test_a_line_that_is_no_record_says_why(text: bytes, fault: LineFault) -> None:
    assert fault in faults(read_record(line(text)))


def test_a_half_written_last_line_is_located_and_never_taken_for_a_record() -> None:
    whole, half = lines(FINAL + b"\n" + FINAL)
    assert (half.number, half.offset) == (2, len(FINAL) + 1)
    assert isinstance(read_record(whole), Record)
    assert faults(read_record(half)) == (LineFault.HALF_WRITTEN,)


@given(st.binary(max_size=200))
def test_the_lines_of_a_file_are_the_file(data: bytes) -> None:
    found = tuple(lines(data))
    assert b"".join(one.text + (b"\n" if one.is_ended else b"") for one in found) == data
    assert all(data[one.offset :].startswith(one.text) for one in found)


@pytest.mark.parametrize("text", [QUERY, QUERY + b"|", QUERY[:-1]])
def test_a_query_is_read_with_and_without_a_last_delimiter(text: bytes) -> None:
    found = read_query(line(text))
    assert isinstance(found, Query)
    assert (found.key, found.field, found.problem) == (Key(1003, 1, 2), 9, 2)
    assert found.needs_record
    assert found.is_unresolved


def test_a_line_that_is_no_query_says_why() -> None:
    assert LineFault.FIELD_COUNT in faults(read_query(line(QUERY + b"|x|")))
    assert LineFault.KEY in faults(read_query(line(QUERY.replace(b"|9|12|", b"||12|"))))


@pytest.mark.parametrize(
    ("raster", "reference"),
    [
        (b"1525/0016001", Reference.IMAGE),
        (b"0611R0002001", Reference.KEYED),
        (b"0000/0000000", Reference.NONE),
        (b"../../passwd", Reference.IMPOSSIBLE),
        (b"", Reference.IMPOSSIBLE),
    ],
)
def test_an_image_identifier_says_whether_a_file_must_exist(raster: bytes, reference: Reference) -> None:
    assert read_reference(raster) is reference


def test_an_image_file_is_known_by_its_name_and_its_first_bytes() -> None:
    assert [is_image_name(name) for name in (b"005L001", b"X0060002", b"core")] == [True, True, False]
    heads = (b"", b"%PDF-1.4", b"\x59\xa6\x6a\x95", b"hello")
    assert [image_kind(head) for head in heads] == [
        ImageKind.EMPTY,
        ImageKind.PDF,
        ImageKind.SUN_RASTER,
        ImageKind.UNKNOWN,
    ]

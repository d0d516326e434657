"""
The plain reading of one line: what it is, and every fault of it, in words.

This is the definition. The fast reading of whole blocks passes a line only where this one finds no fault, and every
other line comes here.
"""

from dataclasses import dataclass

from dfwarm.datafax.image import Reference, read_reference
from dfwarm.datafax.query import Query, read_query
from dfwarm.datafax.reason import Reason, read_reason
from dfwarm.datafax.record import (
    MISSED_FIELDS,
    FaultyLine,
    Key,
    Line,
    LineFault,
    Record,
    is_signed_stamp,
    is_stamp,
    read_record,
    split_line,
)
from dfwarm.datafax.reports.finding import NO_KEY
from dfwarm.datafax.reports.partial import FileKind, Reading
from dfwarm.datafax.reports.rule import NO_RECORD, Rule

RECORD_AT_MOST = 4095
"""The longest record that the vendor's import takes, in bytes without the line end."""

SUBJECT_AT_MOST = 1 << 48
VISIT_AT_MOST = 65_535
PLATE_AT_MOST = 65_535
_QUOTED = 60
QUERY_STAMPS = (Rule.CREATED, Rule.MODIFIED, Rule.RESOLVED)

_RULES = {
    LineFault.BLANK: Rule.BLANK,
    LineFault.HALF_WRITTEN: Rule.HALF_WRITTEN,
    LineFault.NUL: Rule.NUL,
    LineFault.CARRIAGE_RETURN: Rule.CARRIAGE_RETURN,
    LineFault.FIELD_COUNT: Rule.FIELD_COUNT,
    LineFault.STATUS: Rule.STATUS,
    LineFault.LEVEL: Rule.LEVEL,
    LineFault.KEY: Rule.KEY,
}

Faults = tuple[tuple[Rule, str], ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """One record as the columns of a partial hold it; what its kind does not have is 0."""

    key: Key
    fields: int
    status: int
    level: int
    raster: bytes
    is_utf8: bool
    field: int = 0
    code: int = 0
    usage: int = 0


@dataclass(frozen=True, slots=True)
class Exact:
    """A line, read. `columns` is empty where the line is no record. `key` is what could be read of one."""

    columns: tuple[Columns, ...]
    key: Key
    faults: Faults


def read_exactly(reading: Reading, line: Line) -> Exact:
    """Read one line of a file of some kind and find all its faults."""
    match reading.kind:
        case FileKind.QUERIES:
            return _finish(reading, line, read_query(line))
        case FileKind.REASONS:
            return _finish(reading, line, read_reason(line))
        case _:
            return _finish(reading, line, read_record(line))


def _finish(reading: Reading, line: Line, found: Record | Query | Reason | FaultyLine) -> Exact:
    if isinstance(found, FaultyLine):
        return Exact((), NO_KEY, tuple((_RULES[fault], quote(line.text)) for fault in found.faults))
    faults = (*_head_faults(reading, found), *_own_faults(reading, found, line))
    key = found.key if found.key.subject else NO_KEY
    if NO_RECORD.intersection(rule for rule, _ in faults):
        return Exact((), key, faults)
    return Exact((_columns(found, line),), key, faults)


def _head_faults(reading: Reading, found: Record | Query | Reason) -> Faults:
    """What is wrong with study, plate, visit and subject, and with the image identifier."""
    key, study = found.key, int(found.fields[3])
    is_legal = 1 <= key.subject <= SUBJECT_AT_MOST and key.visit <= VISIT_AT_MOST and 1 <= key.plate <= PLATE_AT_MOST
    is_strange = reading.kind is FileKind.PLATE and key.plate != reading.plate
    raster = found.fields[2]
    checks = (
        (Rule.KEY, is_legal, quote(b"|".join(found.fields[4:7]))),
        (Rule.WRONG_PLATE, not is_strange, quote(found.fields[4])),
        (Rule.WRONG_STUDY, study == reading.study, quote(found.fields[3])),
        (Rule.IMPOSSIBLE_IMAGE, read_reference(raster) is not Reference.IMPOSSIBLE, quote(raster)),
    )
    return tuple((rule, text) for rule, is_right, text in checks if not is_right)


def _own_faults(reading: Reading, found: Record | Query | Reason, line: Line) -> Faults:
    """What only this kind of line can have wrong."""
    over_long = ((Rule.OVER_LONG, f"{len(line.text):,} bytes"),) if len(line.text) > RECORD_AT_MOST else ()
    if isinstance(found, Query):
        usage = () if found.usage in (b"1", b"2") else ((Rule.CODE, quote(found.usage)),)
        return (*over_long, *usage, *_query_stamps(found))
    if isinstance(found, Reason):
        return (*over_long, *_reason_stamps(found))
    return (*over_long, *_status_faults(reading, found), *_record_faults(reading, found))


def _query_stamps(query: Query) -> Faults:
    """Who and when, in fields 19 to 21. What order they have in time is in no source, so it is not looked at."""
    stamps = zip(QUERY_STAMPS, query.fields[18:21], strict=True)
    return tuple((rule, quote(stamp)) for rule, stamp in stamps if not is_signed_stamp(stamp))


def _reason_stamps(reason: Reason) -> Faults:
    """The last two fields. No source says whether a name stands before the time, so both forms are right."""
    stamps = zip(QUERY_STAMPS, reason.fields[10:12], strict=False)
    return tuple((rule, quote(stamp)) for rule, stamp in stamps if not (is_signed_stamp(stamp) or is_stamp(stamp)))


def _status_faults(reading: Reading, record: Record) -> Faults:
    head = quote(b"|".join(record.fields[:2]))
    if reading.kind is FileKind.NEW_QUEUE:
        return () if record.is_new else ((Rule.STATUS, head),)
    if record.status > 6:
        return ((Rule.STATUS, head),)
    if record.is_new:
        return ((Rule.LEVEL, head),)
    is_short = record.is_missed and len(record.fields) != MISSED_FIELDS
    return ((Rule.FIELD_COUNT, f"{len(record.fields)} fields of a missed record"),) if is_short else ()


def _record_faults(reading: Reading, record: Record) -> Faults:
    checks = (
        (Rule.CREATED, is_stamp(record.created), quote(record.created)),
        (Rule.MODIFIED, is_stamp(record.modified), quote(record.modified)),
        (Rule.NO_DELIMITER, record.is_delimited, ""),
    )
    faults = tuple((rule, text) for rule, is_right, text in checks if not is_right)
    return (*faults, *_choice_faults(reading, record))


def _choice_faults(reading: Reading, record: Record) -> Faults:
    """Codes that are on no list. A blank field has no code; missed records have none of these fields."""
    if record.status == 0:
        return ()
    wrong = (
        (field, record.fields[field - 1])
        for field, codes in reading.choices
        if field <= len(record.fields) and record.fields[field - 1].strip(b" ") not in (b"", *codes)
    )
    return tuple((Rule.CHOICE, f"field {field}: {quote(value)}") for field, value in wrong)


def _columns(found: Record | Query | Reason, line: Line) -> Columns:
    width = len(split_line(line.text)[0]) if isinstance(found, Record) else len(found.fields)
    common = (found.key, width, found.status, found.level, found.fields[2], is_utf8(line.text))
    if isinstance(found, Query):
        usage = int(found.usage) if found.usage in (b"1", b"2") else 0
        return Columns(*common, field=found.field, code=found.problem, usage=usage)
    return Columns(*common, field=found.field) if isinstance(found, Reason) else Columns(*common)


def is_utf8(text: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def quote(text: bytes) -> str:
    """The beginning of some bytes as text: UTF-8, else Latin-1, and no byte that a screen would act upon."""
    head = text[:_QUOTED]
    shown = head.decode("utf-8") if is_utf8(head) else head.decode("latin-1")
    safe = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in shown)
    return f"'{safe}'" + ("..." if len(text) > _QUOTED else "")

"""
`data/plt###.dat`: the data records of one plate, and the `|`-delimited lines of every data file.

A line ends with LF. A last delimiter is dropped once, and remembered. The layout (status, level, raster, study, plate,
visit, subject, the user's fields, screen, created, modified) and the missed record of 11 fields are those that the
DFtoolkit 2 and 3 sources and the Emory SAS programs read. Nothing is skipped: a line that is no record is a
FaultyLine that says where it stands and why.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

MISSED_FIELDS = 11
_FEWEST = 10
_STAMP = re.compile(rb"[0-9]{2}/(0[1-9]|1[0-2])/(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3])(:[0-5][0-9]){2}")
_STAMP_WIDTH = 17
_COUNTED = re.compile(rb"[0-9]{1,15}")
_DIGIT = re.compile(rb"[0-7]")


class LineFault(Enum):
    """Why a line is no record."""

    BLANK = "blank line"
    HALF_WRITTEN = "no line end: half written"
    NUL = "holds a NUL byte"
    CARRIAGE_RETURN = "holds a carriage return"
    FIELD_COUNT = "wrong number of fields"
    STATUS = "illegal status"
    LEVEL = "illegal level"
    KEY = "illegal study, plate, visit or subject"


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it stands in the file: its number from 1, the byte offset of its start, its bytes without LF."""

    number: int
    offset: int
    text: bytes
    is_ended: bool


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A line that is no record, and every reason for it that was found."""

    line: Line
    faults: tuple[LineFault, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What identifies a data record: subject, visit, plate."""

    subject: int
    visit: int
    plate: int


@dataclass(frozen=True, slots=True)
class Record:
    """One data record. `fields` are all fields in the file's order, without the empty one after a last delimiter."""

    line: Line
    fields: tuple[bytes, ...]
    status: int
    level: int
    raster: bytes
    study: int
    key: Key
    is_delimited: bool

    @property
    def is_new(self) -> bool:
        """Whether the record waits in the new queue: status 0 at level 0."""
        return self.status == 0 and self.level == 0

    @property
    def is_missed(self) -> bool:
        """Whether the record stands for a page that will never come: status 0 above level 0."""
        return self.status == 0 and self.level > 0

    @property
    def is_secondary(self) -> bool:
        """Whether the record only links a further image to a primary one: status 4, 5 or 6."""
        return self.status in (4, 5, 6)

    @property
    def created(self) -> bytes:
        """The creation stamp as written; `is_stamp` says whether it is one."""
        return self.fields[-2]

    @property
    def modified(self) -> bytes:
        """The modification stamp as written; `is_stamp` says whether it is one."""
        return self.fields[-1]


def lines(data: bytes) -> Iterator[Line]:
    """Every line of a data file with its number and offset; the last one may lack its end."""
    offset = 0
    number = 1
    while offset < len(data):
        end = data.find(b"\n", offset)
        stop = end if end >= 0 else len(data)
        yield Line(number, offset, data[offset:stop], is_ended=end >= 0)
        offset = stop + 1
        number += 1


def text_faults(line: Line) -> tuple[LineFault, ...]:
    """What is wrong with a line before its fields are looked at."""
    checks = (
        (LineFault.BLANK, not line.text.strip()),
        (LineFault.HALF_WRITTEN, not line.is_ended),
        (LineFault.NUL, b"\0" in line.text),
        (LineFault.CARRIAGE_RETURN, b"\r" in line.text),
    )
    return tuple(fault for fault, is_found in checks if is_found)


def split_line(text: bytes) -> tuple[tuple[bytes, ...], bool]:
    """The fields of a line, and whether a last delimiter closed it."""
    is_delimited = text.endswith(b"|")
    return tuple((text[:-1] if is_delimited else text).split(b"|")), is_delimited


def read_record(line: Line) -> Record | FaultyLine:
    """Read one line of a plate file or of the new queue; the field count of the setup is checked by the caller."""
    fields, is_delimited = split_line(line.text)
    faults = text_faults(line)
    if len(fields) < _FEWEST:
        return FaultyLine(line, (*faults, LineFault.FIELD_COUNT))
    faults = (*faults, *head_faults(fields))
    if faults:
        return FaultyLine(line, faults)
    study, plate, visit, subject = (int(field) for field in fields[3:7])
    key = Key(subject, visit, plate)
    return Record(line, fields, int(fields[0]), int(fields[1]), fields[2], study, key, is_delimited)


def head_faults(fields: tuple[bytes, ...]) -> tuple[LineFault, ...]:
    """What is wrong with the first seven fields, which data, query and reason records share."""
    checks = (
        (LineFault.STATUS, not _DIGIT.fullmatch(fields[0])),
        (LineFault.LEVEL, not _DIGIT.fullmatch(fields[1])),
        (LineFault.KEY, not all(_COUNTED.fullmatch(field) for field in fields[3:7])),
    )
    return tuple(fault for fault, is_found in checks if is_found)


def is_signed_stamp(field: bytes) -> bool:
    """Whether a field is empty or `user yy/mm/dd hh:mm:ss`, as queries say when and by whom; `user` is any word."""
    user, stamp = field[:-_STAMP_WIDTH], field[-_STAMP_WIDTH:]
    is_signed = len(user) > 1 and user.endswith(b" ") and user[:1] != b" " != user[-2:-1]
    return not field or (is_signed and is_stamp(stamp))


def is_stamp(field: bytes) -> bool:
    """Whether a field is a time stamp `yy/mm/dd hh:mm:ss`."""
    return _STAMP.fullmatch(field) is not None

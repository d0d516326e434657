"""
Read the lines of a data file in blocks: what is plainly right in a few operations on all lines, the rest one by one.

The fast reading is sound, not complete: a line that it does not pass is read by `read_exactly`, which alone decides
what is wrong. So a fault costs time and never an answer.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.query import QUERY_FIELDS
from dfwarm.datafax.reason import REASON_FIELDS
from dfwarm.datafax.record import MISSED_FIELDS, Line
from dfwarm.datafax.reports.delimiters import Scanned, Scanner
from dfwarm.datafax.reports.eights import (
    Mask,
    are_dates,
    are_image_tails,
    are_times,
    are_within,
    eight,
    have_images,
)
from dfwarm.datafax.reports.exact import (
    PLATE_AT_MOST,
    RECORD_AT_MOST,
    SUBJECT_AT_MOST,
    VISIT_AT_MOST,
    Exact,
    quote,
    read_exactly,
)
from dfwarm.datafax.reports.finding import NO_KEY
from dfwarm.datafax.reports.gathering import Gathering
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial, Reading
from dfwarm.datafax.reports.rule import Rule

LINE_AT_MOST = 1 << 16
"""Bytes of a line that are read at all; the vendor's import takes 4,095."""

_HEAD = eight(b"0|0|0000")
_PLATE_HEAD = eight(bytes((6, 0, 7, 0, 9, 9, 9, 9)))
_OTHER_HEAD = eight(bytes((7, 0, 7, 0, 9, 9, 9, 9)))
_LOWEST = {FileKind.PLATE: 10, FileKind.NEW_QUEUE: 10, FileKind.QUERIES: QUERY_FIELDS, FileKind.REASONS: REASON_FIELDS}
_BAR, _BLANK = ord("|"), ord(" ")


@dataclass(frozen=True, slots=True)
class _Passed:
    """What the fast reading made of a block: which lines it passed, and the columns of all lines."""

    is_right: Mask
    columns: dict[str, NDArray[Any]]
    has_image: Mask
    images: NDArray[np.void]


class Kernel:
    """The reader of one file. Blocks hold whole lines and come in the order of the file."""

    def __init__(self, file: bytes, reading: Reading) -> None:
        self._reading = reading
        self._gathering = Gathering(file, reading)
        self._scanner = Scanner()
        self._lines = 0

    def take(self, block: memoryview, offset: int) -> None:
        """Read a block in which every line is ended; `offset` is the byte that it begins with."""
        scanned = self._scanner.scan(block)
        passed = self._pass(scanned)
        self._keep(scanned, passed, offset)
        for row in np.flatnonzero(~passed.is_right).tolist():
            self._read_plainly(scanned, row, offset)
        self._lines += len(scanned)

    def take_odd(self, text: bytes, offset: int, *, is_cut: bool) -> None:
        """Read a line that is no part of a block: the last one without an end, or the head of a cut one."""
        self._lines += 1
        if is_cut:
            exact = Exact((), NO_KEY, ((Rule.CUT, quote(text)),))
        else:
            exact = read_exactly(self._reading, Line(self._lines, offset, text, is_ended=False))
        self._gathering.take_exact(self._lines, offset, exact)

    def close(self, content: bytes, size: int) -> Partial:
        """The partial of what was read; `content` is the SHA-256 of the file."""
        return self._gathering.close(content, size, self._lines)

    def _keep(self, scanned: Scanned, passed: _Passed, offset: int) -> None:
        right = passed.is_right
        flags = np.zeros(len(scanned), np.uint8)
        if self._reading.kind is FileKind.PLATE:
            flags[passed.columns["status"] == 0] = Flag.MISSED
        flags[list(scanned.not_utf8)] |= np.uint8(Flag.NOT_UTF8)
        whole = {**passed.columns, "flags": flags, "offset": scanned.starts + offset}
        columns = {name: column[right] for name, column in whole.items()}
        columns["line"] = np.flatnonzero(right) + (self._lines + 1)
        has_image = passed.has_image[right]
        images = passed.images[right][has_image].view("S12")
        self._gathering.take_rows(columns, has_image, images)

    def _read_plainly(self, scanned: Scanned, row: int, offset: int) -> None:
        start, end = int(scanned.starts[row]), int(scanned.ends[row])
        number = self._lines + row + 1
        if end - start > LINE_AT_MOST:
            exact = Exact((), NO_KEY, ((Rule.CUT, quote(scanned.text(start, start + 100))),))
        else:
            exact = read_exactly(self._reading, Line(number, offset + start, scanned.text(start, end), is_ended=True))
        self._gathering.take_exact(number, offset + start, exact)

    def _pass(self, scanned: Scanned) -> _Passed:
        kind, lowest = self._reading.kind, _LOWEST[self._reading.kind]
        bars = scanned.bars
        is_right = scanned.is_plain & (bars >= lowest - 1) & (scanned.ends - scanned.starts <= RECORD_AT_MOST)
        head, tail = scanned.load(scanned.starts), scanned.load(scanned.starts + 8)
        is_right &= are_within(head, _HEAD, _PLATE_HEAD if kind is FileKind.PLATE else _OTHER_HEAD)
        is_right &= are_image_tails(tail) & (scanned.bar(2) == scanned.starts + 16)
        status, level = (head & np.uint64(7)).astype(np.uint8), (head >> np.uint64(16) & np.uint64(7)).astype(np.uint8)
        columns: dict[str, NDArray[Any]] = {"status": status, "level": level}
        if kind in (FileKind.PLATE, FileKind.NEW_QUEUE):
            is_right &= self._are_records(scanned, status, level)
            columns["fields"] = bars
        else:
            is_right &= bars == np.where(scanned.is_closed, lowest, lowest - 1)
            columns["fields"] = np.full(len(scanned), lowest)
        is_right &= self._read_keys(scanned, columns)
        if kind is FileKind.QUERIES:
            is_right &= _read_asked(scanned, columns)
            for field in (18, 19, 20):
                is_right &= _are_signed(scanned, field)
        if kind is FileKind.REASONS:
            is_right &= (status >= 1) & (status <= 3)
            is_right &= _read_field(scanned, columns)
            for field in (10, 11):
                is_right &= _are_signed(scanned, field, may_be_bare=True)
        has_image = have_images(head, tail) | ((status >= 4) & (status <= 6))
        return _Passed(is_right, columns, has_image, scanned.images())

    def _are_records(self, scanned: Scanned, status: NDArray[np.uint8], level: NDArray[np.uint8]) -> Mask:
        """Whether lines are right as data records: closed, stamped, of a length that goes with their status."""
        ends = scanned.ends
        is_missed = status == 0
        is_right = scanned.is_closed & (scanned.bars >= 10)
        is_right &= _are_stamped(scanned, ends - 18) & _are_stamped(scanned, ends - 36)
        if self._reading.kind is FileKind.NEW_QUEUE:
            is_right &= is_missed & (level == 0)
            return is_right
        is_right &= ~is_missed | ((level > 0) & (scanned.bars == MISSED_FIELDS))
        for field, codes in self._reading.choices:
            is_right &= is_missed | _are_chosen(scanned, field, codes)
        return is_right

    def _read_keys(self, scanned: Scanned, columns: dict[str, NDArray[Any]]) -> Mask:
        """Read study, plate, visit and subject."""
        (study, plate, visit, subject), is_right = scanned.numbers((3, 4, 5, 6))
        is_right &= (study == np.uint64(self._reading.study)) & (plate >= np.uint64(1))
        is_right &= plate <= np.uint64(PLATE_AT_MOST)
        if self._reading.kind is FileKind.PLATE:
            is_right &= plate == np.uint64(self._reading.plate)
        is_right &= (visit <= np.uint64(VISIT_AT_MOST)) & (subject >= np.uint64(1))
        is_right &= subject <= np.uint64(SUBJECT_AT_MOST)
        columns["key"] = (visit << np.uint64(48)) | (subject - np.uint64(1))
        columns["plate"] = plate
        return is_right


def _are_stamped(scanned: Scanned, places: NDArray[np.intp]) -> Mask:
    """Whether a stamp, and nothing else, fills the field that begins at each place."""
    is_right = are_dates(scanned.load(places)) & are_times(scanned.load(places + 9))
    is_right &= (scanned.at(places + 8) == _BLANK) & (scanned.at(places - 1) == _BAR)
    return is_right


def _are_signed(scanned: Scanned, field: int, *, may_be_bare: bool = False) -> Mask:
    """Whether a field is empty or a name, a blank and a stamp; where it may be bare, a stamp alone as well."""
    starts, widths = scanned.field(field)
    places = starts + np.maximum(widths - 17, -1)
    is_stamp = are_dates(scanned.load(places)) & are_times(scanned.load(places + 9))
    is_stamp &= scanned.at(places + 8) == _BLANK
    is_signed = (widths > 18) & (scanned.at(places - 1) == _BLANK)
    is_signed &= (scanned.at(places - 2) != _BLANK) & (scanned.at(starts) != _BLANK)
    is_right: Mask = (widths == 0) | (is_stamp & (is_signed | (may_be_bare & (widths == 17))))
    return is_right


def _are_chosen(scanned: Scanned, field: int, codes: tuple[bytes, ...]) -> Mask:
    """Whether a field is blank or one of the codes. Fields of more than eight bytes are left to the plain reading."""
    starts, widths = scanned.field(field - 1)
    shift = (np.uint64(8) * (np.uint64(8) - np.clip(widths, 1, 8).astype(np.uint64))).astype(np.uint64)
    values = (scanned.load(starts) << shift) >> shift
    is_right: Mask = (widths == 0) | (scanned.bars < field)
    for code in codes:
        if len(code) <= 8:
            is_right |= (widths == len(code)) & (values == eight(code))
    return is_right


def _read_field(scanned: Scanned, columns: dict[str, NDArray[Any]]) -> Mask:
    (field,), is_right = scanned.numbers((7,), digits=8)
    columns["field"] = field
    return is_right


def _read_asked(scanned: Scanned, columns: dict[str, NDArray[Any]]) -> Mask:
    """Read what a query asks: field, problem code, usage."""
    (field, code), is_right = scanned.numbers((7, 14), digits=8)
    starts, widths = scanned.field(21)
    usage = scanned.at(starts) - np.uint8(ord("0"))
    is_right &= ((usage == 1) | (usage == 2)) & (widths == 1)
    columns |= {"field": field, "code": code, "usage": usage}
    return is_right

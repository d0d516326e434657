"""
Where the delimiters of a block are: the lines, their fields, and eight bytes at any place.

`Scanned.field` gives the place of one field in all lines at once; a line that does not have it gets a place that may
be read and means nothing, so check `bars` first or afterwards.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.reports.eights import ABOVE_ASCII, U64, Mask, load, read_numbers, view_eights

_MARGIN = 64
_SLICE = 1 << 18
_BAR, _NEWLINE = 124, 10
_FEW = 64
"""A block with a byte above ASCII among so many is read in one go before its lines are."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """
    A block of whole lines. Places count from the block's first byte.

    `starts` and `ends` are those of the lines, without the line end. `bars` counts the delimiters of each line.
    `is_plain` says which lines hold neither NUL nor carriage return; `not_utf8` lists the lines that are no UTF-8.
    """

    buffer: NDArray[np.uint8]
    eights: NDArray[np.void]
    twelves: NDArray[np.void]
    marks: NDArray[np.intp]
    first: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    bars: NDArray[np.intp]
    is_plain: Mask
    not_utf8: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def is_closed(self) -> Mask:
        """Which lines end with a delimiter."""
        is_bar: Mask = self.at(self.ends - 1) == _BAR
        return is_bar

    def at(self, places: NDArray[np.intp]) -> NDArray[np.uint8]:
        """The byte at each place."""
        return self.buffer[places + _MARGIN]

    def load(self, places: NDArray[np.intp]) -> U64:
        """The eight bytes at each place."""
        return load(self.eights, places + _MARGIN)

    def text(self, start: int, end: int) -> bytes:
        """The bytes from one place to another."""
        return self.buffer[start + _MARGIN : end + _MARGIN].tobytes()

    def images(self) -> NDArray[np.void]:
        """The third field of each line, taken to be twelve bytes from the fifth byte on."""
        return self.twelves[self.starts + (4 + _MARGIN)]

    def bar(self, number: int) -> NDArray[np.intp]:
        """The place of the delimiter after the field with a number from 0; the line end closes the last field."""
        return self.marks[np.minimum(self.first + number, len(self.marks) - 1)]

    def field(self, number: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Start and width of the field with a number from 0."""
        starts = self.bar(number - 1) + 1 if number else self.starts
        return starts, self.bar(number) - starts

    def numbers(self, fields: tuple[int, ...], *, digits: int = 15) -> tuple[list[U64], Mask]:
        """Read fields, by their numbers from 0, as decimal numbers of so many digits at most; say where all are."""
        places = [self.field(field) for field in fields]
        widths = np.concatenate([width for _, width in places])
        ends = np.concatenate([start + width for start, width in places])
        values, is_number = read_numbers(self.load(ends - 8), np.minimum(widths, 8))
        if bool((widths > 8).any()):
            values, is_number = self._add_upper(values, is_number, ends, widths)
        is_number &= widths <= digits
        rows = (len(fields), len(self))
        return list(values.reshape(rows)), np.logical_and.reduce(is_number.reshape(rows))

    def _add_upper(
        self, values: U64, is_number: Mask, ends: NDArray[np.intp], widths: NDArray[np.intp]
    ) -> tuple[U64, Mask]:
        """Add the digits before the last eight."""
        is_long = widths > 8
        upper, is_upper = read_numbers(self.load(np.maximum(ends - 16, -_MARGIN)), widths - 8)
        whole = np.where(is_long, upper * np.uint64(100_000_000) + values, values)
        return whole, is_number & (~is_long | is_upper)


class Scanner:
    """Scans blocks with one buffer."""

    AT_MOST = 1 << 20
    """The size of the blocks that go through fastest; a longer line is taken whole all the same."""

    def __init__(self) -> None:
        self._buffer = np.zeros(0, np.uint8)
        self._masks = np.empty((2, _SLICE), np.bool_)

    def scan(self, block: memoryview) -> Scanned:
        """Find lines and delimiters of a block in which every line is ended."""
        size = len(block)
        if len(self._buffer) < size + 2 * _MARGIN:
            self._buffer = np.zeros(max(size, self.AT_MOST) + 2 * _MARGIN, np.uint8)
        buffer = self._buffer
        data = buffer[_MARGIN : _MARGIN + size]
        data[:] = np.frombuffer(block, np.uint8)
        marks = self._find_marks(data)
        at_ends = np.flatnonzero(data[marks] == _NEWLINE)
        ends = marks[at_ends]
        starts = np.concatenate((np.zeros(1, np.intp), ends[:-1] + 1))
        first = np.concatenate((np.zeros(1, np.intp), at_ends[:-1] + 1))
        return Scanned(
            buffer,
            view_eights(buffer),
            np.ndarray((len(buffer) - 11,), "V12", buffer, strides=(1,)),
            marks,
            first,
            starts,
            ends,
            at_ends - first,
            self._are_plain(data, ends),
            _not_utf8(data, starts, ends),
        )

    def _find_marks(self, data: NDArray[np.uint8]) -> NDArray[np.intp]:
        """The places of all delimiters and line ends, slice by slice so that each stays in the cache."""
        found: list[NDArray[np.intp]] = []
        for at in range(0, len(data), _SLICE):
            part = data[at : at + _SLICE]
            bars, ends = self._masks[0][: len(part)], self._masks[1][: len(part)]
            np.equal(part, _BAR, out=bars)
            np.equal(part, _NEWLINE, out=ends)
            np.logical_or(bars, ends, out=bars)
            found.append(np.flatnonzero(bars) + at)
        return np.concatenate(found)

    def _are_plain(self, data: NDArray[np.uint8], ends: NDArray[np.intp]) -> Mask:
        """Which lines hold neither NUL nor carriage return. Only where some control character is, is it looked for."""
        is_plain = np.ones(len(ends), np.bool_)
        for at in range(0, len(data), _SLICE):
            part = data[at : at + _SLICE]
            low = np.less(part, 32, out=self._masks[0][: len(part)])
            lines = np.searchsorted(ends, (at, at + len(part)))
            if np.count_nonzero(low) != lines[1] - lines[0]:
                odd = np.flatnonzero((part == 0) | (part == 13)) + at
                is_plain[np.searchsorted(ends, odd)] = False
        return is_plain


def _not_utf8(data: NDArray[np.uint8], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> tuple[int, ...]:
    """The lines that are no UTF-8. Those above ASCII are few, so they are looked for first and read one by one."""
    above = _above_ascii(data)
    if not len(above):
        return ()
    if len(above) * _FEW > len(data) and _is_utf8(data.data):
        return ()
    rows = np.unique(np.searchsorted(ends, above))
    return tuple(row for row in rows.tolist() if not _is_utf8(data[starts[row] : ends[row]].data))


def _above_ascii(data: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The places of the bytes above ASCII, sought eight at a time since they are few."""
    whole = len(data) & ~7
    eights = np.flatnonzero((data[:whole].view("<u8") & ABOVE_ASCII).astype(np.bool_))
    places = (eights[:, None] * 8 + np.arange(8)).ravel()
    rest = np.arange(whole, len(data))
    found = np.concatenate((places, rest))
    return found[data[found] > 127]


def _is_utf8(text: memoryview) -> bool:
    try:
        str(text, "utf-8")
    except UnicodeDecodeError:
        return False
    return True

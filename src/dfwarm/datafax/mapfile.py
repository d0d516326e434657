"""
A map of a study: a text of `|`-delimited lines, read whole, with every line that is not understood.

Blank lines say nothing. A line that can not be read becomes a fault with its number, its byte offset and why; one that
can be read but is not written as it should be becomes both a row and a fault. Nothing stops the reading.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from dfwarm.datafax.record import Line, lines

LINE_AT_MOST = 1 << 16
"""A longer line of a map is a fault; the longest record that the vendor's import takes has 4,095 bytes."""

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class MapFault:
    """A line of a map that is not as it should be."""

    line: int
    offset: int
    why: str


@dataclass(frozen=True, slots=True)
class MapFile(Generic[T_co]):
    """The rows of a map in the order of the file, and its faults."""

    rows: tuple[T_co, ...]
    faults: tuple[MapFault, ...]


def read_map(text: bytes, read_row: Callable[[tuple[bytes, ...]], T_co]) -> MapFile[T_co]:
    """Read every line with a reader of its fields, which raises ValueError with the reason where it can not."""
    rows: list[T_co] = []
    faults: list[MapFault] = []
    for line in lines(text):
        if not line.text.strip():
            continue
        faults.extend(MapFault(line.number, line.offset, why) for why in _blemishes(line))
        try:
            rows.append(read_row(_fields(line)))
        except ValueError as error:
            faults.append(MapFault(line.number, line.offset, str(error)))
    return MapFile(tuple(rows), tuple(faults))


def whole_number(field: bytes, what: str, highest: int) -> int:
    """Read a whole number from 0 on. Raises ValueError."""
    if not field.isdigit() or len(field) > 15 or int(field) > highest:
        raise ValueError(f"{what} is no number up to {highest}: {field[:40]!r}")
    return int(field)


def _blemishes(line: Line) -> Iterator[str]:
    if line.text.endswith(b"\r"):
        yield "ends with a carriage return"
    if b"\0" in line.text:
        yield "holds a NUL byte"


def _fields(line: Line) -> tuple[bytes, ...]:
    if len(line.text) > LINE_AT_MOST:
        raise ValueError(f"longer than {LINE_AT_MOST} bytes")
    return tuple(line.text.removesuffix(b"\r").split(b"|"))

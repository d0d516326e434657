"""
The small maps in a study's `lib`: what codes, plates and pages are called.

`DFmissing_map` is `code|label[|...]`, `DFqcproblem_map` `code|label|resolves itself|order`, `DFfile_map` begins with
plate number and label, `DFpage_map` is `plates|visits|label`, where a line that begins with `S` is no label. Source:
the DFtoolkit 2 and 3 sources and, for the label in `DFfile_map`, the DFpdf page of the Programmer Guide. What further
fields of `DFfile_map` mean is in no source; they are kept. A study without a missing map has the one code `*`.
"""

from dataclasses import dataclass

from dfwarm.datafax.mapfile import MapFile, read_map, whole_number
from dfwarm.datafax.ranges import Ranges, parse_ranges

_PLATE_AT_MOST = 511


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a map, with the label that people see and the fields behind it."""

    code: bytes
    label: bytes
    rest: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PlateLabel:
    """What a plate is called."""

    plate: int
    label: bytes
    rest: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class PageLabel:
    """What the pages of some plates at some visits are called. `is_setting` marks a line that begins with `S`."""

    plates: Ranges
    visits: Ranges
    label: bytes
    is_setting: bool = False

    def of(self, plate: int, visit: int) -> bytes:
        """
        The label of one page.

        `%P` and `%S` become plate and visit. What the forms with a number (`%{3.S}`) do is in no source; they stay.
        """
        return self.label.replace(b"%P", b"%d" % plate).replace(b"%S", b"%d" % visit)


MISSING_WITHOUT_MAP = (Code(b"*", b"Missing Value"),)


def parse_missing_map(text: bytes) -> MapFile[Code]:
    """Read `DFmissing_map`. Of a code that comes twice the first holds."""
    seen: set[bytes] = set()
    return read_map(text, lambda fields: _once(_code(fields), seen))


def parse_problem_map(text: bytes) -> MapFile[Code]:
    """Read `DFqcproblem_map`, whose codes are numbers."""
    seen: set[bytes] = set()
    return read_map(text, lambda fields: _once(_problem(fields), seen))


def parse_file_map(text: bytes) -> MapFile[PlateLabel]:
    """Read `DFfile_map`: which plates there are, and what they are called."""
    return read_map(text, _plate_label)


def parse_page_map(text: bytes) -> MapFile[PageLabel]:
    """Read `DFpage_map`."""
    return read_map(text, _page_label)


def page_label(page_map: MapFile[PageLabel], plate: int, visit: int) -> bytes:
    """The label of a page by the first line that fits; empty where none does."""
    fits = (row for row in page_map.rows if not row.is_setting and plate in row.plates and visit in row.visits)
    return next((row.of(plate, visit) for row in fits), b"")


def _code(fields: tuple[bytes, ...]) -> Code:
    if len(fields) < 2 or not fields[0] or b"\0" in fields[0]:
        raise ValueError("not a code and its label")
    return Code(fields[0], fields[1], fields[2:])


def _problem(fields: tuple[bytes, ...]) -> Code:
    whole_number(fields[0], "a problem code", 9999)
    return _code(fields)


def _plate_label(fields: tuple[bytes, ...]) -> PlateLabel:
    plate = whole_number(fields[0], "a plate", _PLATE_AT_MOST)
    return PlateLabel(plate, fields[1] if len(fields) > 1 else b"", fields[2:])


def _page_label(fields: tuple[bytes, ...]) -> PageLabel:
    if fields[0].startswith(b"S"):
        return PageLabel(Ranges(()), Ranges(()), b"|".join(fields), is_setting=True)
    if len(fields) < 3:
        raise ValueError("not plates, visits and a label")
    return PageLabel(parse_ranges(fields[0]), parse_ranges(fields[1]), fields[2])


def _once(code: Code, seen: set[bytes]) -> Code:
    if code.code in seen:
        raise ValueError(f"the code {code.code[:40]!r} comes twice")
    seen.add(code.code)
    return code

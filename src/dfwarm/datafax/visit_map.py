"""
`lib/DFvisit_map`: the visits of a study, when they are due, and which plates belong to them.

A visit: visits, type, label, plate and field of the visit date, due day, days it may be late, required plates,
optional plates, missed-visit plate, termination window, order; old maps stop after the required plates. A cycle:
visits, `C`, label, cycle type, due, late, base. Types seen are P, B, S, T, O and C. Source: the DFtoolkit 3 source and
the visit map in CRAN's dmRTools.
"""

import re
from dataclasses import dataclass

from dfwarm.datafax.mapfile import MapFile, read_map
from dfwarm.datafax.ranges import NOTHING, Ranges, parse_ranges

CYCLE = b"C"
_FEWEST = 7
_DAY = re.compile(rb"-?[0-9]{1,6}|")


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One line of the map. `due_day` and `late_days` stand as written; `rest` are the fields behind those named."""

    visits: Ranges
    kind: bytes
    label: bytes
    due_day: bytes
    late_days: bytes
    required: Ranges
    optional: Ranges
    rest: tuple[bytes, ...]

    @property
    def is_cycle(self) -> bool:
        """Whether the line speaks of a cycle of visits and not of a visit."""
        return self.kind == CYCLE


def parse_visit_map(text: bytes) -> MapFile[VisitRow]:
    """Read `DFvisit_map`."""
    return read_map(text, _row)


def _row(fields: tuple[bytes, ...]) -> VisitRow:
    if len(fields) < _FEWEST:
        raise ValueError(f"{len(fields)} fields, and a visit has {_FEWEST} or more")
    visits, kind, label = parse_ranges(fields[0]), fields[1].strip(), fields[2]
    if not re.fullmatch(rb"[A-Z]", kind):
        raise ValueError(f"not a type of visit: {kind[:40]!r}")
    if kind == CYCLE:
        return VisitRow(visits, kind, label, _day(fields[4]), _day(fields[5]), NOTHING, NOTHING, fields[6:])
    required = parse_ranges(fields[7]) if len(fields) > 7 else NOTHING
    optional = parse_ranges(fields[8]) if len(fields) > 8 else NOTHING
    return VisitRow(visits, kind, label, _day(fields[5]), _day(fields[6]), required, optional, fields[9:])


def _day(field: bytes) -> bytes:
    if not _DAY.fullmatch(field.strip()):
        raise ValueError(f"not a number of days: {field[:40]!r}")
    return field.strip()

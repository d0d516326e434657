"""
`data/DFreason.dat`: reasons for data, 12 fields a line, with or without a last delimiter.

Positions as the DFtoolkit 3 source reads them. Field 8 is the record's field number less 3; 0 stands for the whole
record. A study that never used reasons has no such file.
"""

import re
from dataclasses import dataclass

from dfwarm.datafax.record import FaultyLine, Key, Line, LineFault, head_faults, split_line, text_faults

REASON_FIELDS = 12
_STATUS = frozenset({b"1", b"2", b"3"})
_NUMBER = re.compile(rb"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason. `status` is 1 approved, 2 rejected, 3 pending."""

    line: Line
    fields: tuple[bytes, ...]
    status: int
    level: int
    key: Key
    field: int


def read_reason(line: Line) -> Reason | FaultyLine:
    """Read one line of `DFreason.dat`; a line that is no reason says why."""
    fields, _ = split_line(line.text)
    faults = text_faults(line)
    if len(fields) != REASON_FIELDS:
        return FaultyLine(line, (*faults, LineFault.FIELD_COUNT))
    faults = (*faults, *_faults(fields))
    if faults:
        return FaultyLine(line, faults)
    key = Key(subject=int(fields[6]), visit=int(fields[5]), plate=int(fields[4]))
    return Reason(line, fields, int(fields[0]), int(fields[1]), key, int(fields[7]))


def _faults(fields: tuple[bytes, ...]) -> tuple[LineFault, ...]:
    faults = head_faults(fields)
    if fields[0] not in _STATUS and LineFault.STATUS not in faults:
        faults = (LineFault.STATUS, *faults)
    if not _NUMBER.fullmatch(fields[7]) and LineFault.KEY not in faults:
        faults = (*faults, LineFault.KEY)
    return faults

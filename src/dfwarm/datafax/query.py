"""
`data/DFqc.dat`: queries, 22 fields a line, with or without a last delimiter.

Positions as the DFtoolkit 3 source and the Emory query programs read them; field 8 is the record's field number less 3.
"""

import re
from dataclasses import dataclass

from dfwarm.datafax.record import FaultyLine, Key, Line, LineFault, head_faults, split_line, text_faults

QUERY_FIELDS = 22
WITHOUT_RECORD = frozenset({21, 22, 23})
UNRESOLVED = frozenset({0, 1, 2, 6})
_NUMBER = re.compile(rb"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Query:
    """One query. `field` is the number as written; the record's own field number is `field + 3`."""

    line: Line
    fields: tuple[bytes, ...]
    status: int
    level: int
    key: Key
    field: int
    problem: int
    usage: bytes

    @property
    def needs_record(self) -> bool:
        """Whether the query asks about a data record; missing pages and overdue visits (21, 22, 23) have none."""
        return self.problem not in WITHOUT_RECORD

    @property
    def is_unresolved(self) -> bool:
        """Whether the site still owes an answer: status 0, 1, 2 or 6."""
        return self.status in UNRESOLVED


def read_query(line: Line) -> Query | FaultyLine:
    """Read one line of `DFqc.dat`; a line that is no query says why."""
    fields, _ = split_line(line.text)
    if len(fields) != QUERY_FIELDS and len(split_undelimited(line.text)) == QUERY_FIELDS:
        fields = split_undelimited(line.text)
    faults = text_faults(line)
    if len(fields) != QUERY_FIELDS:
        return FaultyLine(line, (*faults, LineFault.FIELD_COUNT))
    faults = (*faults, *head_faults(fields))
    if not (_NUMBER.fullmatch(fields[7]) and _NUMBER.fullmatch(fields[14])):
        faults = (*faults, LineFault.KEY)
    if faults:
        return FaultyLine(line, faults)
    key = Key(subject=int(fields[6]), visit=int(fields[5]), plate=int(fields[4]))
    numbers = (int(fields[7]), int(fields[14]))
    return Query(line, fields, int(fields[0]), int(fields[1]), key, *numbers, fields[21])


def split_undelimited(text: bytes) -> tuple[bytes, ...]:
    """The fields of a line whose last field is empty and not closed by a delimiter of its own."""
    return tuple(text.split(b"|"))

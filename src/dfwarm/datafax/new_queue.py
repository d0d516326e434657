"""
`data/DFin.dat`: records that came in and that nobody has validated yet, status 0 at level 0.

The same layout as a plate's records; the count moves whenever a page arrives, also while nobody is logged in. Source:
the DF_ATcrfs page of the Standard Reports Guide (level 0, status new).
"""

from dfwarm.datafax.record import FaultyLine, Line, LineFault, Record, read_record


def read_new_record(line: Line) -> Record | FaultyLine:
    """Read one line of the new queue; a record that is not new has no place there."""
    found = read_record(line)
    if isinstance(found, FaultyLine) or found.is_new:
        return found
    return FaultyLine(line, (LineFault.STATUS if found.status else LineFault.LEVEL,))

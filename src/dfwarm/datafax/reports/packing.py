"""Pack findings about many records at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.reports.finding import ROW

Column = NDArray[Any]
_SUBJECT = np.uint64((1 << 48) - 1)


@dataclass(frozen=True, slots=True)
class Lines:
    """Where lines stand: number and byte offset of each."""

    number: Column
    offset: Column


def pack_findings(lines: Lines, rules: Column, plates: Column, keys: Column) -> bytes:
    """One row a finding; `rules` are places in `RULES`, `keys` are packed as partials pack them."""
    packed = np.zeros(len(rules), ROW)
    packed["line"], packed["offset"], packed["rule"] = lines.number, lines.offset, rules
    packed["plate"], packed["visit"] = plates, keys >> np.uint64(48)
    packed["subject"] = (keys & _SUBJECT) + np.uint64(1)
    return packed.tobytes()

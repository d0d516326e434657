"""
Range lists, as the maps of a study use them: `1,5-9 20~29`, `*` or `ALL` for everything.

Items stand apart by blanks or commas, a range has `-` or `~` between its ends. Source: the range list reader of
DFtoolkit 3.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

HIGHEST = 2**48
_ITEM = re.compile(rb"([0-9]{1,15})(?:[-~]([0-9]{1,15}))?")
_SPACED = re.compile(rb"[ \t]*([-~])[ \t]*")
_APART = re.compile(rb"[\s,]+")


@dataclass(frozen=True, slots=True)
class Ranges:
    """Whole numbers from 0 to 2^48: inclusive ranges in rising order that do not touch."""

    spans: tuple[tuple[int, int], ...]

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self.spans, (number, HIGHEST + 1)) - 1
        return place >= 0 and number <= self.spans[place][1]


EVERYTHING = Ranges(((0, HIGHEST),))
NOTHING = Ranges(())


def parse_ranges(text: bytes) -> Ranges:
    """Read a range list; an empty one holds nothing. Raises ValueError with the item that is none."""
    items = [item for item in _APART.split(_SPACED.sub(rb"\1", text)) if item]
    if any(item == b"*" or item.upper() == b"ALL" for item in items):
        return EVERYTHING
    return Ranges(_join(sorted(map(_read, items))))


def _read(item: bytes) -> tuple[int, int]:
    match = _ITEM.fullmatch(item)
    if not match:
        raise ValueError(f"not a range: {item[:40]!r}")
    low, high = int(match[1]), int(match[2] or match[1])
    if not low <= high <= HIGHEST:
        raise ValueError(f"a range that runs backwards or too far: {item[:40]!r}")
    return low, high


def _join(spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for low, high in spans:
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)

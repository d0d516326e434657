"""The largest and the usual of some amounts: whole numbers in, whole numbers out."""

from collections.abc import Iterable
from dataclasses import dataclass

_PERCENT = 95


@dataclass(frozen=True, slots=True)
class Spread:
    """How many amounts there were, their 95th percentile (the nearest rank) and the largest."""

    count: int
    usual: int
    largest: int


def spread(amounts: Iterable[int]) -> Spread:
    """Put amounts in order. Of none, everything is 0, and the count says so."""
    ranked = sorted(amounts)
    if not ranked:
        return Spread(0, 0, 0)
    return Spread(len(ranked), ranked[-(-_PERCENT * len(ranked) // 100) - 1], ranked[-1])

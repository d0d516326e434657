"""How much a breach of the verdict rule weighs."""

from enum import StrEnum


class Weight(StrEnum):
    """How much a breached clause weighs."""

    INVALID = "invalid"
    DIFFERENCE = "difference"
    GAP = "gap"
    DEVIATION = "deviation"

"""How a statement spells what it holds."""

from datetime import datetime
from typing import Any

from dfwarm.terms import spell_time

Json = dict[str, Any]
NAMED_AT_MOST = 20
"""Entries of one sort that a statement names; all of them stand in the bundle's other files."""


def spell_moment(moment: datetime | None) -> str:
    """A moment, empty where there is none."""
    return spell_time(moment) if moment else ""

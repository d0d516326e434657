"""
What queries ask about, as columns: which record, whether it is there, whether it is final, whether it was asked before.

A query whose problem code is 21, 22 or 23 asks for a page that is not there and needs no record; a deleted one
(status 7) asks nothing any more. Of a plate that could not be read nothing is known. Source: the DF_ICqcs page of the
Standard Reports Guide for the codes; that deleted queries are left out is inferred.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.query import UNRESOLVED, WITHOUT_RECORD
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial
from dfwarm.datafax.reports.report import Mode

Mask = NDArray[np.bool_]
DELETED = 7
FINAL = 1
_UNRESOLVED = np.isin(np.arange(256), sorted(UNRESOLVED))


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A row for each query of one file, in the order of the partial.

    `first` is the row of the first query on the same field of the same record in the order of lines; `judged` says
    whether the query speaks of a record that must be there and could be looked for.
    """

    partial: Partial
    judged: Mask
    has_record: Mask
    is_final: Mask
    is_unresolved: Mask
    first: NDArray[Any]

    @property
    def is_repeated(self) -> Mask:
        """Whether an earlier line asks about the same field of the same record."""
        repeated: Mask = self.first != np.arange(len(self.first))
        return repeated


def look_at_queries(queries: Partial, plates: Mapping[int, Partial], unread: frozenset[int], mode: Mode) -> Asked:
    """Join the queries of a study with its records, plate by plate: they lie in the order of plates and keys."""
    status, plate = queries.column("status"), queries.column("plate")
    code = queries.column("code")
    field_level = ~np.logical_or.reduce([code == number for number in WITHOUT_RECORD]) & (status != DELETED)
    judged = field_level & ~np.isin(plate, sorted(unread)) if unread else field_level
    has_record, is_final = np.zeros(len(status), bool), np.zeros(len(status), bool)
    many = np.bincount(plate)
    ends = np.cumsum(many)
    for number in np.flatnonzero(many).tolist():
        if (records := plates.get(number)) is not None:
            rows = slice(ends[number] - many[number], ends[number])
            has_record[rows], is_final[rows] = _find(queries.column("key")[rows], records, mode)
    return Asked(queries, judged, has_record, is_final, _UNRESOLVED[status], _first(queries, field_level))


def by_plate(partials: Sequence[Partial]) -> dict[int, Partial]:
    """The partials of the plates by plate number."""
    return {partial.reading.plate: partial for partial in partials if partial.reading.kind is FileKind.PLATE}


def _find(keys: NDArray[Any], records: Partial, mode: Mode) -> tuple[Mask, Mask]:
    """Which keys have a record, and which a final one."""
    known = records.column("key")
    final = records.column("status") == FINAL
    if mode is Mode.LIVE:
        final &= ~records.flagged(Flag.SUPERSEDED)
    low, high = np.searchsorted(known, keys, "left"), np.searchsorted(known, keys, "right")
    finals = np.concatenate([np.zeros(1, np.int64), np.cumsum(final)])
    return high > low, finals[high] > finals[low]


def _first(queries: Partial, field_level: Mask) -> NDArray[Any]:
    """For each row the row of the first query on the same field; a query about no field stands for itself."""
    first = np.arange(len(field_level))
    rows = np.flatnonzero(field_level)  # in the order of plate, key, field and line, as the partial has them
    if not len(rows):
        return first
    begins = np.zeros(len(rows), bool)
    begins[0] = True
    for name in ("plate", "key", "field"):
        column = queries.column(name)[rows]
        begins[1:] |= column[1:] != column[:-1]
    if begins.all():
        return first
    first[rows] = rows[np.flatnonzero(begins)[np.cumsum(begins) - 1]]
    return first

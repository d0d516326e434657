"""
The index at work: each answer is held against the records, so that a stale or altered index costs time, never truth.

A row counts where it fits its own check sum and the digest of the record that lies there now; what does not is read
from the record and written again. Where the database is not to be had, the records alone answer.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from dfwarm import wire
from dfwarm.equipment.archive import RECORD, Archive
from dfwarm.equipment.catalogue.database import Database
from dfwarm.equipment.catalogue.layout import CYCLES
from dfwarm.equipment.catalogue.rows import Row, RowBroken, entry_of_row, row_of
from dfwarm.errors import IndexUnusable
from dfwarm.evidence.entry import CycleEntry, entry_of
from dfwarm.evidence.record import CycleRecord
from dfwarm.terms import CycleId, StudyNumber


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many records the index holds now, how many of them had to be read, and how many rows had no record."""

    records: int
    read: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The index over an archive of records."""

    database: Database
    archive: Archive

    def entries(self, study: StudyNumber) -> tuple[CycleEntry, ...]:
        """The recorded cycles of a study in short, oldest first."""
        try:
            return self._bring_up_to_date(study)[0]
        except IndexUnusable:
            with contextlib.suppress(IndexUnusable):  # a file that was no database is made anew
                return self._bring_up_to_date(study)[0]
            return tuple(self._read(cycle) for cycle in self.archive.cycles(study))

    def rebuild(self) -> Rebuilt:
        """Empty the index and fill it from the records. Raises IndexUnusable."""
        self.database.clear()
        done = [self._bring_up_to_date(study) for study in self.archive.studies()]
        counts = [(len(entries), read, dropped) for entries, read, dropped in done]
        return Rebuilt(*(sum(column) for column in zip(*counts, strict=True))) if counts else Rebuilt(0, 0, 0)

    def _bring_up_to_date(self, study: StudyNumber) -> tuple[tuple[CycleEntry, ...], int, int]:
        cycles = self.archive.cycles(study)
        with self.database.open() as connection:
            rows = connection.execute(select(CYCLES).where(CYCLES.c.study == int(study))).mappings().all()
            held: dict[int, Row] = {row["sequence"]: dict(row) for row in rows}
            found = {cycle: self._current(cycle, held) for cycle in cycles}
            fresh = {cycle: self._read(cycle) for cycle, entry in found.items() if entry is None}
            gone = held.keys() - {cycle.sequence for cycle in cycles}
            stale = sorted({cycle.sequence for cycle in fresh} & held.keys() | gone)
            for start in range(0, len(stale), 500):
                of_study = CYCLES.c.study == int(study)
                connection.execute(delete(CYCLES).where(of_study, CYCLES.c.sequence.in_(stale[start : start + 500])))
            if fresh:
                connection.execute(insert(CYCLES), [dict(row_of(entry)) for entry in fresh.values()])
        return tuple(_all(found, fresh)), len(fresh), len(gone)

    def _current(self, cycle: CycleId, held: Mapping[int, Row]) -> CycleEntry | None:
        """The entry of a row, if the row can be believed."""
        row = held.get(cycle.sequence)
        if row is None or row["digest"] != _digest(self.archive.read_file(cycle, RECORD)):
            return None
        try:
            return entry_of_row(row)
        except (RowBroken, ValueError):
            return None

    def _read(self, cycle: CycleId) -> CycleEntry:
        content = self.archive.read_file(cycle, RECORD)
        return entry_of(wire.load(CycleRecord, content), _digest(content))


def _all(found: Mapping[CycleId, CycleEntry | None], fresh: Mapping[CycleId, CycleEntry]) -> Iterator[CycleEntry]:
    for cycle, entry in found.items():
        yield entry or fresh[cycle]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

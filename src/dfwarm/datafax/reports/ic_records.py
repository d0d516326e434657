"""
`ic_records`: every record held against the rules of its kind, and against the others of its key.

DF_ICrecords (Standard Reports Guide 5.1) checks the number of fields by the schema, study number, plate number,
creation and modification stamp of each record, duplicate primaries and orphaned secondaries. The further rules are
those of DFcmpSchema (Programmer Guide): illegal status, level and key, impossible image reference, missing last
delimiter, choices without a code, over-long records. Missed records have eleven fields of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.reports.finding import ROW, TEXTS_AT_MOST, FindingTable
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, TimePoint, sources_of, unlocated_gaps
from dfwarm.datafax.reports.rule import RULES, ReportName, Rule
from dfwarm.datafax.setup import Setup, SetupSource, infer_setup

_SUBJECT = np.uint64((1 << 48) - 1)


@dataclass(frozen=True, slots=True)
class _Found:
    """Records that break one rule: their rows in the partial, and what to say of the first of them."""

    rule: Rule
    rows: NDArray[np.intp]
    say: Callable[[int], str]


def examine_records(study: int, mode: Mode, partials: Sequence[Partial], setup: Setup, time_point: TimePoint) -> Report:
    """Hold the records of a study against the rules. A plate that the setup does not know gets an inferred count."""
    known = setup.by_number if setup.source is SetupSource.SETUP else {}
    inferred = infer_setup(field_counts(partials)).by_number
    tables: list[FindingTable] = []
    notes: list[str] = []
    for partial in partials:
        found: list[_Found] = []
        if partial.reading.kind is FileKind.PLATE:
            plate = partial.reading.plate
            setting = known.get(plate) or inferred.get(plate)
            expected = setting.field_count if setting else 0
            if plate not in known and expected:
                notes.append(f"plate {plate}: {expected} fields are expected, inferred from most of its records")
            found = [*_field_counts(partial, expected), *_relations(partial, mode)]
        tables.append(_tabulate(partial, found))
    return Report(
        name=ReportName.IC_RECORDS,
        study=study,
        mode=mode,
        records=sum(partial.records for partial in partials),
        counts=tuple(count for each in zip(partials, tables, strict=True) for count in _counts(*each, mode)),
        tables=tuple(table for table in tables if len(table)),
        gaps=unlocated_gaps(partials),
        notes=tuple(notes),
        sources=sources_of(partials),
        time_point=time_point,
    )


def field_counts(partials: Sequence[Partial]) -> dict[int, dict[int, int]]:
    """How many records of each plate, missed ones left out, have how many fields."""
    found: dict[int, dict[int, int]] = {}
    for partial in partials:
        if partial.reading.kind is FileKind.PLATE:
            numbers = np.bincount(partial.column("fields")[partial.column("status") != 0]).tolist()
            found[partial.reading.plate] = {count: number for count, number in enumerate(numbers) if number}
    return found


def _field_counts(partial: Partial, expected: int) -> Iterator[_Found]:
    fields = partial.column("fields")
    rows = np.flatnonzero((fields != expected) & (partial.column("status") != 0)) if expected else np.empty(0, np.intp)
    yield _Found(Rule.FIELD_COUNT, rows, lambda row: f"{fields[row]} fields where {expected} are expected")


def _relations(partial: Partial, mode: Mode) -> Iterator[_Found]:
    """Duplicate primaries and orphaned secondaries. In live mode what was superseded is not looked at."""
    keys, status, line = partial.column("key"), partial.column("status"), partial.column("line")
    counts = ~partial.flagged(Flag.SUPERSEDED) if mode is Mode.LIVE else np.ones(partial.records, np.bool_)
    primaries = np.flatnonzero((status <= 3) & counts)
    held = keys[primaries]
    again = primaries[1:][held[1:] == held[:-1]]
    yield _Found(
        Rule.DUPLICATE_PRIMARY, again, lambda row: f"first in line {line[primaries[np.searchsorted(held, keys[row])]]}"
    )
    secondaries = np.flatnonzero((status >= 4) & counts)
    yield _Found(Rule.ORPHAN_SECONDARY, secondaries[~_are_among(keys[secondaries], held)], lambda _: "")


def _are_among(keys: NDArray[Any], held: NDArray[Any]) -> NDArray[np.bool_]:
    """Which keys are among others, which are in order."""
    if not len(held):
        return np.zeros(len(keys), np.bool_)
    places = np.minimum(np.searchsorted(held, keys), len(held) - 1)
    are_among: NDArray[np.bool_] = held[places] == keys
    return are_among


def _tabulate(partial: Partial, found: Sequence[_Found]) -> FindingTable:
    """The faults of the file and what was found by comparing its records, in the order of lines and rules."""
    faults = partial.faults
    parts = [faults.array, *(_rows(partial, each) for each in found)]
    if not any(len(part) for part in parts[1:]):
        return faults
    rows = np.concatenate(parts)
    order = np.lexsort((rows["rule"], rows["line"]))
    ends = np.cumsum([len(part) for part in parts])
    texts = []
    for place in order[:TEXTS_AT_MOST].tolist():
        part = int(np.searchsorted(ends, place, side="right"))
        within = place - int(ends[part - 1] if part else 0)
        texts.append(found[part - 1].say(int(found[part - 1].rows[within])) if part else _text(faults, within))
    return FindingTable(partial.file, rows[order].tobytes(), tuple(texts))


def _text(faults: FindingTable, place: int) -> str:
    return faults.texts[place] if place < len(faults.texts) else ""


def _rows(partial: Partial, found: _Found) -> NDArray[Any]:
    packed = np.zeros(len(found.rows), ROW)
    keys = partial.column("key")[found.rows]
    packed["line"], packed["offset"] = partial.column("line")[found.rows], partial.column("offset")[found.rows]
    packed["rule"], packed["plate"] = RULES.index(found.rule), partial.reading.plate
    packed["visit"], packed["subject"] = keys >> np.uint64(48), (keys & _SUBJECT) + np.uint64(1)
    return packed


def _counts(partial: Partial, table: FindingTable, mode: Mode) -> Iterator[Count]:
    kind = partial.reading.kind
    group = f"plate {partial.reading.plate}" if kind is FileKind.PLATE else str(kind)
    yield Count(group, "records", NO_LEVEL, partial.records)
    if mode is Mode.LIVE and kind is FileKind.PLATE:
        yield Count(group, "superseded", NO_LEVEL, int(np.count_nonzero(partial.flagged(Flag.SUPERSEDED))))
    for rule, number in table.counts().items():
        yield Count(group, rule, NO_LEVEL, number)

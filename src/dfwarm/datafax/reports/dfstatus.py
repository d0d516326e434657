"""
`dfstatus`: how many records, queries and reasons stand at which level and status, for each plate and the study.

DFstatus "counts records by status and level" (deck); the Status View of DFexplore counts the same. Its options and
layout are in no source that we know, so only the purpose is the same. A line that is no record is found, and counted
as a faulty line.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from dfwarm.datafax.reports.finding import FindingTable
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, TimePoint, sources_of, unlocated_gaps
from dfwarm.datafax.reports.rule import NO_RECORD, RULES, ReportName

RECORDS = (
    "missed",
    "final",
    "incomplete",
    "pending",
    "secondary final",
    "secondary incomplete",
    "secondary pending",
)
"""What a data record of each status is called."""

QUERIES = (
    "pending review",
    "new",
    "in an unsent report",
    "resolved not applicable",
    "resolved irrelevant",
    "resolved corrected",
    "in a sent report",
    "deleted",
)
REASONS = ("", "approved", "rejected", "pending")
USAGES = ("of no usage", "external", "internal")
STUDY = "study"

_TABLE_AT_MOST = 1 << 24
"""Combinations that are counted in a table; more are sorted, which counts the same and takes longer."""

_FAULTY = np.array([rule in NO_RECORD for rule in RULES])


def examine_status(study: int, mode: Mode, partials: Sequence[Partial], time_point: TimePoint) -> Report:
    """Count every record of a study."""
    tables = [_uncounted(partial) for partial in partials]
    return Report(
        name=ReportName.DFSTATUS,
        study=study,
        mode=mode,
        records=sum(partial.records for partial in partials),
        counts=_with_totals([count for partial in partials for count in _counts(partial, mode)]),
        tables=tuple(table for table in tables if len(table)),
        gaps=unlocated_gaps(partials),
        notes=(),
        sources=sources_of(partials),
        time_point=time_point,
    )


def _counts(partial: Partial, mode: Mode) -> Iterator[Count]:
    match partial.reading.kind:
        case FileKind.PLATE:
            yield from _of_plate(partial, mode)
        case FileKind.NEW_QUEUE:
            for (plate,), number in _grouped(partial, ("plate",)):
                yield Count(f"plate {plate}", "new", NO_LEVEL, number)
        case FileKind.QUERIES:
            for (plate, status, code, usage), number in _grouped(partial, ("plate", "status", "code", "usage")):
                what = f"queries {QUERIES[status]}, code {code}, {USAGES[usage]}"
                yield Count(f"plate {plate}", what, NO_LEVEL, number)
        case _:
            for (plate, status), number in _grouped(partial, ("plate", "status")):
                yield Count(f"plate {plate}", f"reasons {REASONS[status]}", NO_LEVEL, number)
    if partial.faulty:
        yield Count(_group_of(partial), f"faulty lines of {_name(partial)}", NO_LEVEL, partial.faulty)


def _of_plate(partial: Partial, mode: Mode) -> Iterator[Count]:
    group = _group_of(partial)
    status, level = partial.column("status"), partial.column("level")
    if mode is Mode.LIVE:
        superseded = partial.flagged(Flag.SUPERSEDED)
        status, level = status[~superseded], level[~superseded]
    numbers = np.bincount(status.astype(np.intp) * 8 + level, minlength=8 * len(RECORDS)).tolist()
    for place, number in enumerate(numbers):
        if number:
            yield Count(group, RECORDS[place // 8], place % 8, number)
    if partial.records > len(status):
        yield Count(group, "superseded", NO_LEVEL, partial.records - len(status))
    if latin := int(np.count_nonzero(partial.flagged(Flag.NOT_UTF8))):
        yield Count(group, "records that are no UTF-8", NO_LEVEL, latin)


def _grouped(partial: Partial, names: tuple[str, ...]) -> Iterator[tuple[tuple[int, ...], int]]:
    """How many records have which values in some columns."""
    columns = [partial.column(name) for name in names]
    sizes = [int(column.max(initial=0)) + 1 for column in columns]
    packed = np.zeros(partial.records, np.uint64)
    for column, size in zip(columns, sizes, strict=True):
        packed = packed * np.uint64(size) + column
    if math.prod(sizes) <= _TABLE_AT_MOST:
        table = np.bincount(packed.astype(np.int64))
        values, numbers = np.flatnonzero(table), table[table > 0]
    else:
        values, numbers = np.unique(packed, return_counts=True)
    for value, number in zip(values.tolist(), numbers.tolist(), strict=True):
        yield _unpack(value, sizes), number


def _unpack(value: int, sizes: Sequence[int]) -> tuple[int, ...]:
    values: list[int] = []
    for size in reversed(sizes):
        value, rest = divmod(value, size)
        values.append(rest)
    return tuple(reversed(values))


def _with_totals(counts: list[Count]) -> tuple[Count, ...]:
    """The sums over the study, then the counts of each plate together, in the order of the plates."""
    totals: dict[tuple[str, int], int] = {}
    for count in counts:
        totals[count.what, count.level] = totals.get((count.what, count.level), 0) + count.number
    whole = [Count(STUDY, what, level, number) for (what, level), number in totals.items()]
    return (*sorted(whole, key=_order), *sorted(counts, key=_order))


def _order(count: Count) -> tuple[int, int, str, int]:
    """Plates by number, data records in the order of their statuses and before all else."""
    plate = int(count.group.removeprefix("plate ")) if count.group.startswith("plate ") else 0
    return plate, RECORDS.index(count.what) if count.what in RECORDS else len(RECORDS), count.what, count.level


def _group_of(partial: Partial) -> str:
    return f"plate {partial.reading.plate}" if partial.reading.kind is FileKind.PLATE else STUDY


def _name(partial: Partial) -> str:
    return partial.file.rpartition(b"/")[2].decode("ascii", "backslashreplace")


def _uncounted(partial: Partial) -> FindingTable:
    """The faults for which a line was not counted."""
    rows = partial.faults.array
    keeps = _FAULTY[rows["rule"]]
    texts = tuple(text for text, is_kept in zip(partial.faults.texts, keeps.tolist(), strict=False) if is_kept)
    return FindingTable(partial.file, rows[keeps].tobytes(), texts)

"""
`ic_queries`: queries held against the records that they ask about.

After DF_ICqcs (Standard Reports Guide 5.1): of the queries about a field (codes 21, 22 and 23 left out) those without
a data record, those that ask twice about one field, and those unresolved on a final record. Several queries on one
field are legal where the setup says `multipleQC`: then they are counted and are no finding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.query import WITHOUT_RECORD
from dfwarm.datafax.reports.asked import Asked, by_plate, look_at_queries
from dfwarm.datafax.reports.finding import FindingTable
from dfwarm.datafax.reports.packing import Lines, pack_findings
from dfwarm.datafax.reports.partial import FileKind, Partial
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, Source, TimePoint
from dfwarm.datafax.reports.rule import RULES, ReportName, Rule

STATUSES = (
    "pending review",
    "new",
    "in an unsent report",
    "resolved, not applicable",
    "resolved, irrelevant",
    "resolved, corrected",
    "in a sent report",
    "deleted",
)
"""What each status of a query is called, in the order of the numbers."""

TEXTS_AT_MOST = 50_000
_FIELD_OFFSET = 3


@dataclass(frozen=True, slots=True)
class QueryRules:
    """What the report needs to know beside the files: its study, the mode, what the setup allows, what is not known."""

    study: int
    mode: Mode
    has_multiple_queries: bool
    unread_plates: frozenset[int] = frozenset()


def examine_queries(rules: QueryRules, partials: Sequence[Partial], time_point: TimePoint) -> Report:
    """Hold the queries of a study against its records. A study without a file of queries has none."""
    plates = by_plate(partials)
    asked = [
        look_at_queries(partial, plates, rules.unread_plates, rules.mode)
        for partial in partials
        if partial.reading.kind is FileKind.QUERIES
    ]
    read = (*plates.values(), *(each.partial for each in asked))
    return Report(
        name=ReportName.IC_QUERIES,
        study=rules.study,
        mode=rules.mode,
        records=sum(each.partial.records for each in asked),
        counts=tuple(count for each in asked for count in _counts(each)),
        tables=tuple(table for each in asked if len(table := _tabulate(each, rules))),
        gaps=tuple(_gaps(asked, rules)),
        notes=tuple(_notes(asked, rules)),
        sources=tuple(Source(partial.file, partial.size, partial.content.hex()) for partial in read),
        time_point=time_point,
    )


def _counts(asked: Asked) -> Iterator[Count]:
    queries = asked.partial
    status, plate = queries.column("status"), queries.column("plate")
    about_pages = np.logical_or.reduce([queries.column("code") == number for number in WITHOUT_RECORD])
    yield Count("study", "queries", NO_LEVEL, len(status))
    yield Count("study", "queries about a field", NO_LEVEL, int((~about_pages).sum()))
    yield Count("study", "queries about a page (codes 21, 22, 23)", NO_LEVEL, int(about_pages.sum()))
    for number, many in enumerate(np.bincount(status, minlength=len(STATUSES))):
        yield Count("study", f"queries {STATUSES[number]}", NO_LEVEL, int(many))
    for number, many in enumerate(np.bincount(plate).tolist()):
        if many:
            yield Count(f"plate {number}", "queries", NO_LEVEL, many)


def _tabulate(asked: Asked, rules: QueryRules) -> FindingTable:
    """The findings in the order of lines, then of rules."""
    stands = ~_superseded(asked, rules)
    masks = (
        (Rule.FREE_FLOATING_QUERY, stands & asked.judged & ~asked.has_record),
        (Rule.DUPLICATE_QUERY, asked.is_repeated & (not rules.has_multiple_queries and rules.mode is Mode.QUIESCED)),
        (Rule.UNRESOLVED_ON_FINAL, stands & asked.judged & asked.is_final & asked.is_unresolved),
    )
    queries = asked.partial
    rows = np.concatenate([np.flatnonzero(mask) for _, mask in masks])
    numbers = np.repeat([RULES.index(rule) for rule, _ in masks], [int(mask.sum()) for _, mask in masks])
    order = np.lexsort((numbers, queries.column("line")[rows]))
    rows, numbers = rows[order], numbers[order]
    lines = Lines(queries.column("line")[rows], queries.column("offset")[rows])
    packed = pack_findings(lines, numbers, queries.column("plate")[rows], queries.column("key")[rows])
    return FindingTable(queries.file, packed, _texts(asked, rows[:TEXTS_AT_MOST], numbers))


def _superseded(asked: Asked, rules: QueryRules) -> NDArray[np.bool_]:
    """In `live` mode the last of several queries on one field holds, unless the setup allows several."""
    superseded = np.zeros(len(asked.first), bool)
    if rules.mode is Mode.LIVE and not rules.has_multiple_queries:
        line = asked.partial.column("line")
        last = np.zeros(len(line), line.dtype)
        np.maximum.at(last, asked.first, line)
        superseded = line != last[asked.first]
    return superseded


def _texts(asked: Asked, rows: NDArray[Any], numbers: NDArray[Any]) -> tuple[str, ...]:
    """The field as the record counts it, and what else a person needs to find the query."""
    queries = asked.partial
    columns = (queries.column("field")[rows], queries.column("status")[rows], queries.column("line")[asked.first[rows]])
    duplicate = RULES.index(Rule.DUPLICATE_QUERY)
    return tuple(
        f"field {field + _FIELD_OFFSET}, {STATUSES[status]}" + (f", asked in line {line}" if rule == duplicate else "")
        for field, status, line, rule in zip(*(column.tolist() for column in columns), numbers.tolist(), strict=False)
    )


def _gaps(asked: Sequence[Asked], rules: QueryRules) -> Iterator[str]:
    unread = sorted(rules.unread_plates)
    many = sum(int(np.isin(each.partial.column("plate"), unread).sum()) for each in asked)
    if many:
        yield f"{many:,} queries ask about plates that could not be read: {', '.join(map(str, unread))}"


def _notes(asked: Sequence[Asked], rules: QueryRules) -> Iterator[str]:
    if not asked:
        yield "there is no data/DFqc.dat, so the study has no queries"
    again = sum(int(each.is_repeated.sum()) for each in asked)
    if again and rules.has_multiple_queries:
        yield f"{again:,} queries ask again about a field, which the setup allows (multipleQC)"
    elif again and rules.mode is Mode.LIVE:
        yield f"{again:,} queries were superseded by a later line on the same field"

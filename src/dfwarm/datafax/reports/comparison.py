"""
Hold the reports of both sides against each other, and say in study language what differs.

Where counts differ the partials of both sides name the records. Line numbers are no part of the comparison: the same
records in another order are the same records.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm import wire
from dfwarm.datafax.reports.dfstatus import RECORDS
from dfwarm.datafax.reports.finding import FindingTable
from dfwarm.datafax.reports.partial import Partial, unpack_key
from dfwarm.datafax.reports.report import Report
from dfwarm.datafax.reports.rule import RULES

NAMED_AT_MOST = 20
"""Records or findings that a comparison names; the others are counted."""

_WHOSE = ["rule", "plate", "visit", "subject"]


def say_differences(production: Report, standby: Report) -> tuple[str, ...]:
    """What two reports of one name do not agree on; nothing where they say the same."""
    ours, theirs = _what(production), _what(standby)
    if ours != theirs:
        return (f"production's report is {ours}, the standby's is {theirs}",)
    said = (*_say_counts(production, standby), *_say_findings(production, standby))
    if said or production.records == standby.records:
        return said
    return (f"production {production.records:,} records, standby {standby.records:,}",)


def say_summary(production: Report, standby: Report) -> tuple[str, ...]:
    """The same without any record: counts that differ, and of findings how many of each rule only one side has."""
    if _what(production) != _what(standby):
        return ()
    return (*_say_counts(production, standby), *_say_rules(production, standby))


def digest_of(report: Report) -> str:
    """SHA-256 of all that two sides must agree on: what was counted and found, wherever in the files it stands."""
    found = [[wire.plain(table.file), *sorted(_whose(table).items())] for table in report.tables]
    told = [_what(report), report.records, wire.plain(report.counts), sorted(found)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def say_record_differences(production: Partial, standby: Partial) -> tuple[str, ...]:
    """Which records of a plate stand otherwise on the two sides: by key, status and level."""
    plate = production.reading.plate
    ours, theirs = _records(production), _records(standby)
    rows = np.concatenate((ours, theirs))
    signs = np.concatenate((np.ones(len(ours), np.int64), -np.ones(len(theirs), np.int64)))
    order = np.lexsort((rows["what"], rows["key"]))
    rows, signs = rows[order], signs[order]
    starts = np.flatnonzero(np.concatenate(([True], rows[1:] != rows[:-1])))[: len(rows)]
    sums = np.add.reduceat(signs, starts) if len(rows) else signs
    differing = [(rows[starts[at]], int(sums[at])) for at in np.flatnonzero(sums).tolist()]
    said: dict[int, tuple[list[str], list[str]]] = {}
    for row, surplus in differing:
        side = said.setdefault(int(row["key"]), ([], []))[surplus < 0]
        side.extend([_say_record(int(row["what"]))] * abs(surplus))
    named = [_say_key(key, plate, sides) for key, sides in list(said.items())[:NAMED_AT_MOST]]
    rest = len(said) - len(named)
    return (*named, *((f"plate {plate}: {rest:,} more records stand otherwise",) if rest else ()))


def _what(report: Report) -> str:
    return f"{report.name} of study {report.study:03d}, {report.mode}"


def _say_counts(production: Report, standby: Report) -> Iterator[str]:
    ours = {count.name: count for count in production.counts}
    theirs = {count.name: count for count in standby.counts}
    for name, count in (ours | theirs).items():
        here, there = (counts[name].number if name in counts else 0 for counts in (ours, theirs))
        if here != there:
            yield f"{count.group}: production {here:,} {count.words}, standby {there:,}"


def _say_findings(production: Report, standby: Report) -> Iterator[str]:
    ours = {table.file: table for table in production.tables}
    theirs = {table.file: table for table in standby.tables}
    for file in dict.fromkeys((*ours, *theirs)):
        here, there = (_whose(tables.get(file, FindingTable(file))) for tables in (ours, theirs))
        yield from _say_surplus(file, here - there, "production")
        yield from _say_surplus(file, there - here, "the standby")


def _say_rules(production: Report, standby: Report) -> Iterator[str]:
    ours, theirs = _by_rule(production), _by_rule(standby)
    only = {"production": ours - theirs, "the standby": theirs - ours}
    for rule in sorted({key[1] for surplus in only.values() for key in surplus}):
        said = {
            side: sum(number for key, number in surplus.items() if key[1] == rule) for side, surplus in only.items()
        }
        yield f"{RULES[rule]}: " + ", ".join(f"{number:,} on {side} alone" for side, number in said.items() if number)


def _by_rule(report: Report) -> Counter[tuple[bytes, int, int, int, int]]:
    return Counter({(table.file, *whose): number for table in report.tables for whose, number in _whose(table).items()})


def _whose(table: FindingTable) -> Counter[tuple[int, int, int, int]]:
    return Counter(table.array[_WHOSE].tolist())


def _say_surplus(file: bytes, surplus: Counter[tuple[int, int, int, int]], side: str) -> Iterator[str]:
    where = file.decode("utf-8", "backslashreplace")
    for (rule, plate, visit, subject), number in sorted(surplus.items())[:NAMED_AT_MOST]:
        key = f", plate {plate} visit {visit} subject {subject}" if subject else ""
        times = f" ({number:,} times)" if number > 1 else ""
        yield f"{where}: only {side} has {RULES[rule]}{key}{times}"
    if len(surplus) > NAMED_AT_MOST:
        yield f"{where}: only {side} has {len(surplus) - NAMED_AT_MOST:,} more findings"


def _records(partial: Partial) -> NDArray[Any]:
    """Key of each record, with status and level in one number."""
    rows = np.zeros(partial.records, [("key", "<u8"), ("what", "u1")])
    rows["key"] = partial.column("key")
    rows["what"] = partial.column("status") * np.uint8(8) + partial.column("level")
    return rows


def _say_record(what: int) -> str:
    return f"{RECORDS[what // 8]} at level {what % 8}"


def _say_key(packed: int, plate: int, sides: tuple[list[str], list[str]]) -> str:
    key = unpack_key(packed, plate)
    ours, theirs = (" and ".join(side) or "nothing" for side in sides)
    return f"plate {plate} visit {key.visit} subject {key.subject}: production {ours}, standby {theirs}"

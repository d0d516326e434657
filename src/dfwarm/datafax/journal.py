"""
Journals, `data/*.jnl`: the study's own audit trail, taken as opaque bytes that only ever grow.

What a line begins with is in no source that we know, so a journal is never parsed for evidence: its size and digest
are. Only the time of its last entry is read, leniently, to be shown beside them and marked as inferred. The rule:
at the time point every journal of the standby is production's; between cycles it is a beginning of production's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

TAIL_BYTES = 1 << 16
"""How much of a journal's end is enough to find its last line."""

_DATE = rb"(?P<century>19|20)?(?P<year>[0-9]{2})[-/.]?(?P<month>0[1-9]|1[0-2])[-/.]?(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME = rb"(?P<hour>[01][0-9]|2[0-3]):?(?P<minute>[0-5][0-9]):?(?P<second>[0-5][0-9])"
_STAMP = re.compile(rb"(?<![0-9])" + _DATE + rb"[ |T,;\t]+" + _TIME + rb"(?![0-9])")
_PIVOT = 90


class JournalFault(StrEnum):
    """What is wrong with a standby's journal, held against production's."""

    MISSING = "is missing on the standby"
    SURPLUS = "is on the standby only"
    SHRANK = "is shorter on production than on the standby: it shrank, or the standby wrote into its own"
    REWRITTEN = "has other old bytes on production than on the standby"
    BEHIND = "is not yet as long on the standby as on production"
    UNREAD = "could not be compared"


ALARMS = frozenset({JournalFault.SHRANK, JournalFault.REWRITTEN, JournalFault.SURPLUS})
"""What no cycle may pass over: history was lost or changed, or the standby made history of its own."""


@dataclass(frozen=True, slots=True)
class JournalFact:
    """What is known of one journal: its size and its SHA-256; an empty digest where its bytes were not read."""

    size: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class JournalDifference:
    """One journal that breaks the rule."""

    path: bytes
    fault: JournalFault

    @property
    def is_alarm(self) -> bool:
        """Whether history was lost, changed or made twice, and not just not carried over yet."""
        return self.fault in ALARMS


def compare_journals(
    production: Mapping[bytes, JournalFact], standby: Mapping[bytes, JournalFact]
) -> tuple[JournalDifference, ...]:
    """Hold the journals of both sides against each other at the time point: each must be the same bytes."""
    return tuple(
        JournalDifference(path, fault)
        for path in sorted({*production, *standby})
        if (fault := _fault(production.get(path), standby.get(path)))
    )


def prefixes_wanted(
    production: Mapping[bytes, JournalFact], standby: Mapping[bytes, JournalFact]
) -> tuple[tuple[bytes, int], ...]:
    """Which beginnings of production's journals have to be digested before the rule can be judged between cycles."""
    return tuple(
        (path, fact.size)
        for path, fact in sorted(standby.items())
        if path in production and 0 < fact.size < production[path].size
    )


def judge_prefixes(
    production: Mapping[bytes, JournalFact],
    standby: Mapping[bytes, JournalFact],
    prefixes: Mapping[bytes, bytes],
) -> tuple[JournalDifference, ...]:
    """
    Judge the rule between cycles: each journal of the standby is a beginning of production's.

    `prefixes` are the digests of production's first bytes, as many as the standby's journal has, as `prefixes_wanted`
    asks for them. A journal that only grew, or is new, is right; one whose beginning is not known is told.
    """
    found: list[JournalDifference] = []
    for path, old in sorted(standby.items()):
        fault = _prefix_fault(production.get(path), old, prefixes.get(path, b""))
        if fault:
            found.append(JournalDifference(path, fault))
    return tuple(found)


def last_entry(tail: bytes) -> str:
    """
    The time of a journal's last entry as `2016-07-25 13:52:55`, in the server's own zone; empty where none is seen.

    Inferred: the first thing in the last line that looks like a date and a time.
    """
    match = _STAMP.search(tail.rstrip(b"\n").rpartition(b"\n")[2])
    if not match:
        return ""
    part = {name: (text or b"").decode() for name, text in match.groupdict().items()}
    century = part["century"] or ("19" if int(part["year"]) > _PIVOT else "20")
    date = f"{century}{part['year']}-{part['month']}-{part['day']}"
    return f"{date} {part['hour']}:{part['minute']}:{part['second']}"


def _fault(production: JournalFact | None, standby: JournalFact | None) -> JournalFault | None:
    if standby is None:
        return JournalFault.MISSING
    if production is None:
        return JournalFault.SURPLUS
    if not production.digest or not standby.digest:
        return JournalFault.UNREAD
    if production == standby:
        return None
    if production.size > standby.size:
        return JournalFault.BEHIND
    return JournalFault.SHRANK if production.size < standby.size else JournalFault.REWRITTEN


def _prefix_fault(production: JournalFact | None, standby: JournalFact, prefix: bytes) -> JournalFault | None:
    if production is None or production.size <= standby.size:
        return _fault(production, standby)
    if not standby.size:
        return None
    if not prefix or not standby.digest:
        return JournalFault.UNREAD
    return None if prefix == standby.digest else JournalFault.REWRITTEN

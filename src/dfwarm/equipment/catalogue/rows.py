"""A record in short as a row of the index, and back. A row that does not fit its own check sum is no row."""

import hashlib
from collections.abc import Mapping
from typing import Any

from dfwarm.evidence.entry import CycleEntry
from dfwarm.terms import CycleId, Outcome, StudyNumber, read_time, spell_time

Row = Mapping[str, Any]


class RowBroken(Exception):
    """The row was altered, or is of another layout."""


def row_of(entry: CycleEntry) -> Row:
    """The row of an entry."""
    row = {
        "study": int(entry.cycle.study),
        "sequence": entry.cycle.sequence,
        "digest": entry.digest,
        "outcome": entry.outcome.value,
        "began_at": spell_time(entry.began_at),
        "ended_at": spell_time(entry.ended_at),
        "as_of": spell_time(entry.as_of) if entry.as_of else "",
        "failure": entry.failure,
        "reason": entry.reason,
        "held_seconds_milli": entry.held_seconds_milli,
        "files": entry.files,
        "bytes": entry.bytes,
    }
    return {**row, "checksum": _checksum(row)}


def entry_of_row(row: Row) -> CycleEntry:
    """The entry of a row. Raises RowBroken."""
    plain = {name: value for name, value in row.items() if name != "checksum"}
    if _checksum(plain) != row["checksum"]:
        raise RowBroken(f"row {row['study']}-{row['sequence']}")
    return CycleEntry(
        cycle=CycleId(StudyNumber(row["study"]), row["sequence"]),
        digest=row["digest"],
        outcome=Outcome(row["outcome"]),
        began_at=read_time(row["began_at"]),
        ended_at=read_time(row["ended_at"]),
        as_of=read_time(row["as_of"]) if row["as_of"] else None,
        failure=row["failure"],
        reason=row["reason"],
        held_seconds_milli=row["held_seconds_milli"],
        files=row["files"],
        bytes=row["bytes"],
    )


def _checksum(row: Row) -> str:
    return hashlib.sha256("\0".join(f"{name}={row[name]}" for name in sorted(row)).encode()).hexdigest()

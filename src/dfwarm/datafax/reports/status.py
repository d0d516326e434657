"""
Count the records of a study as DFstatus does: by level and status, nothing dropped.

Layouts: DFSTATUS and DFVALID are the first two fields of every record, the plate is the fifth; queries (22 fields)
carry code and usage in fields 15 and 22; reasons have 12 fields, missed records 11 (DFtoolkit 2 and 3, SAS programs
of DFsas 3.7). The vendor's own DFstatus is equivalent in purpose: its layout is in no source that we know.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a line of the data folder counts as."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    MISSED = "missed"
    NEW = "new"
    QUERY = "query"
    REASON = "reason"


class Fault(StrEnum):
    """Why a line could not be counted."""

    HALF_WRITTEN = "half-written last line"
    TOO_LONG = "over-long line"
    NUL = "NUL byte"
    CARRIAGE_RETURN = "carriage return"
    FIELD_COUNT = "wrong number of fields"
    STATUS = "illegal status"
    LEVEL = "illegal level"
    PLATE = "plate of another file"
    CODE = "illegal code"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a data file: its number from 1, its byte offset, its content without the newline."""

    number: int
    offset: int
    content: bytes
    is_ended: bool = True
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What is counted together. `code` and `usage` are those of queries, empty otherwise."""

    plate: int
    kind: Kind
    level: int
    status: int
    code: str = ""
    usage: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A line that was not counted: in which file, where, and why."""

    file: bytes
    line: int
    offset: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class FileCount:
    """One file, counted: `lines` is the sum of all groups and all findings."""

    file: bytes
    lines: int
    groups: tuple[tuple[Group, int], ...]
    findings: tuple[Finding, ...]


_DATA_FIELDS = 11
_QUERY_FIELDS = 22
_REASON_FIELDS = 12
_PLATE_DIGITS = 5
_RESERVED = {b"DFqc.dat": Kind.QUERY, b"DFreason.dat": Kind.REASON, b"DFin.dat": Kind.NEW}
_STATUSES = {Kind.QUERY: b"01234567", Kind.REASON: b"123", Kind.NEW: b"0"}
_LEVELS = {Kind.NEW: b"0"}


def is_data_file(name: bytes) -> bool:
    """Say whether a name in the data folder is a file of records."""
    return name in _RESERVED or _plate_of(name) > 0


def count_file(name: bytes, lines: Iterable[Line]) -> FileCount:
    """Count the lines of one file of the data folder, given its bare name."""
    groups: Counter[Group] = Counter()
    findings: list[Finding] = []
    number = 0
    for line in lines:
        number += 1
        group = _read(name, line)
        if isinstance(group, Fault):
            findings.append(Finding(name, line.number, line.offset, group))
        else:
            groups[group] += 1
    ordered = sorted(groups.items(), key=lambda item: repr(item[0]))
    return FileCount(name, number, tuple(ordered), tuple(findings))


def compare_counts(production: Iterable[FileCount], standby: Iterable[FileCount]) -> tuple[str, ...]:
    """Say in study language which counts differ; nothing when both sides count alike."""
    ours, theirs = _sum(production), _sum(standby)
    return tuple(
        f"{_say(group)}: production {ours[group]:,}, standby {theirs[group]:,}"
        for group in sorted({*ours, *theirs}, key=repr)
        if ours[group] != theirs[group]
    )


def _sum(counts: Iterable[FileCount]) -> Counter[Group | Finding]:
    total: Counter[Group | Finding] = Counter()
    for count in counts:
        total.update(dict(count.groups))
        total.update(count.findings)
    return total


def _say(what: Group | Finding) -> str:
    if isinstance(what, Finding):
        return f"{what.file.decode()} line {what.line}, {what.fault}"
    extra = f" code {what.code} usage {what.usage}" if what.kind is Kind.QUERY else ""
    return f"plate {what.plate}: {what.kind} status {what.status} at level {what.level}{extra}"


def _plate_of(name: bytes) -> int:
    digits = name[3:6]
    whole = len(name) == len(b"plt001.dat") and name.startswith(b"plt") and name.endswith(b".dat")
    return int(digits) if whole and digits.isdigit() else 0


def _read(name: bytes, line: Line) -> Group | Fault:
    fault = _faulty_bytes(line)
    if fault:
        return fault
    fields = line.content.removesuffix(b"|").split(b"|") if name not in _RESERVED else line.content.split(b"|")
    kind = _RESERVED.get(name) or _data_kind(fields[0])
    if kind is Fault.STATUS or not isinstance(kind, Kind):
        return Fault.STATUS
    if not _fits(kind, fields):
        return Fault.FIELD_COUNT
    return _group(kind, fields, _plate_of(name))


def _faulty_bytes(line: Line) -> Fault | None:
    if line.is_cut:
        return Fault.TOO_LONG
    if not line.is_ended:
        return Fault.HALF_WRITTEN
    if b"\0" in line.content:
        return Fault.NUL
    return Fault.CARRIAGE_RETURN if b"\r" in line.content else None


def _data_kind(status: bytes) -> Kind | Fault:
    if status == b"0":
        return Kind.MISSED
    if status in (b"1", b"2", b"3"):
        return Kind.PRIMARY
    return Kind.SECONDARY if status in (b"4", b"5", b"6") else Fault.STATUS


def _fits(kind: Kind, fields: list[bytes]) -> bool:
    # One trailing delimiter more or less on queries and reasons is in no source: both are accepted.
    size = len(fields)
    if kind is Kind.QUERY:
        return size == _QUERY_FIELDS or (size == _QUERY_FIELDS + 1 and not fields[-1])
    if kind is Kind.REASON:
        return size == _REASON_FIELDS or (size == _REASON_FIELDS + 1 and not fields[-1])
    return size == _DATA_FIELDS if kind is Kind.MISSED else size >= _DATA_FIELDS - 1


def _group(kind: Kind, fields: list[bytes], plate: int) -> Group | Fault:
    status, level, at = fields[0], fields[1], fields[4]
    if len(status) != 1 or status not in _STATUSES.get(kind, b"0123456"):
        return Fault.STATUS
    if len(level) != 1 or level not in _LEVELS.get(kind, b"01234567"):
        return Fault.LEVEL
    if not at.isdigit() or len(at) > _PLATE_DIGITS or (plate and int(at) != plate):
        return Fault.PLATE
    if kind is not Kind.QUERY:
        return Group(int(at), kind, int(level), int(status))
    code, usage = fields[14], fields[21]
    if not code.isdigit() or usage not in (b"1", b"2"):
        return Fault.CODE
    return Group(int(at), kind, int(level), int(status), code.decode(), usage.decode())

"""A native report in bytes, and back: a line of JSON, then the findings as they are packed."""

from dataclasses import dataclass, replace

from dfwarm import wire
from dfwarm.datafax.reports.finding import ROW, FindingTable
from dfwarm.datafax.reports.report import Report
from dfwarm.errors import AnswerRefused


@dataclass(frozen=True, slots=True)
class Reports:
    """The reports of one answer. In bytes the rows of their tables come after the line, in the same order."""

    reports: tuple[Report, ...]
    row_bytes: tuple[int, ...] = ()


def encode(reports: tuple[Report, ...]) -> list[bytes]:
    """The pieces of the answer."""
    tables = [table for report in reports for table in report.tables]
    bare = tuple(
        replace(report, tables=tuple(FindingTable(table.file, b"", table.texts) for table in report.tables))
        for report in reports
    )
    head = wire.dump(Reports(bare, tuple(len(table.rows) for table in tables)))
    return [head + b"\n", *(table.rows for table in tables)]


def decode(answer: bytes) -> tuple[Report, ...]:
    """Read an answer back. Raises AnswerRefused where it is not whole."""
    head, _, rest = answer.partition(b"\n")
    bare = wire.load(Reports, head)
    expected = sum(len(report.tables) for report in bare.reports)
    odd = any(size % ROW.itemsize for size in bare.row_bytes)
    if len(bare.row_bytes) != expected or sum(bare.row_bytes) != len(rest) or odd:
        raise AnswerRefused("the findings of a report are not whole")
    sizes, at = iter(bare.row_bytes), 0
    reports: list[Report] = []
    for report in bare.reports:
        tables: list[FindingTable] = []
        for table in report.tables:
            size = next(sizes)
            tables.append(FindingTable(table.file, rest[at : at + size], table.texts))
            at += size
            if tables[-1].has_unknown_rule:
                raise AnswerRefused(f"{report.name} holds a finding of a rule that is not known")
        reports.append(replace(report, tables=tuple(tables)))
    return tuple(reports)

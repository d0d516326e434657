"""A native report for programs: JSON and CSV, both complete, written piece by piece."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from dfwarm import wire
from dfwarm.datafax.reports.finding import Finding
from dfwarm.datafax.reports.report import NO_LEVEL, Report
from dfwarm.spelling import cell

COLUMNS = (
    "kind", "group", "what", "level", "number", "file", "line", "offset", "plate", "visit", "subject", "text",
)  # fmt: skip


def render_json(report: Report) -> Iterator[str]:
    """One JSON object, its findings one a line."""
    head: dict[str, Any] = {
        "name": report.name,
        "study": report.study,
        "mode": report.mode,
        "records": report.records,
        "sentence": report.time_point.say(),
        "timePoint": wire.plain(report.time_point),
        "counts": [_count(count.group, count.what, count.level, count.number) for count in report.counts],
        "found": {rule.value: number for rule, number in report.finding_counts.items()},
        "gaps": list(report.gaps),
        "notes": list(report.notes),
        "sources": wire.plain(report.sources),
    }
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "findings": ['
    between = "\n"
    for finding in report.findings:
        yield between + json.dumps(_finding(finding), ensure_ascii=False)
        between = ",\n"
    yield "]}\n"


def render_csv(report: Report) -> Iterator[str]:
    """A table with a header: a line for each count, finding, gap, note and file read."""
    yield _line(COLUMNS)
    for count in report.counts:
        yield _row("count", **_count(count.group, count.what, count.level, count.number))
    for finding in report.findings:
        told = _finding(finding)
        yield _row("finding", what=told.pop("rule"), **told)
    for kind, lines in (("gap", report.gaps), ("note", report.notes)):
        for line in lines:
            yield _row(kind, text=line)
    for source in report.sources:
        yield _row("source", file=wire.plain(source.file), number=source.size, text=source.digest)


def _count(group: str, what: str, level: int, number: int) -> dict[str, Any]:
    counted: dict[str, Any] = {"group": group, "what": what, "number": number}
    return counted if level == NO_LEVEL else counted | {"level": level}


def _finding(finding: Finding) -> dict[str, Any]:
    told: dict[str, Any] = {"rule": finding.rule, "file": wire.plain(finding.file)}
    told |= {"line": finding.line, "offset": finding.offset} if finding.line else {}
    told |= (
        {"plate": finding.key.plate, "visit": finding.key.visit, "subject": finding.key.subject}
        if finding.key.subject
        else {}
    )
    return told | ({"text": finding.text} if finding.text else {})


def _row(kind: str, **values: object) -> str:
    return _line((kind, *(values.get(column, "") for column in COLUMNS[1:])))


def _line(values: tuple[object, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(cell, values))
    return text.getvalue()

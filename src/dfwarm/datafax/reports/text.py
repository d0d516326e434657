"""A native report as text of 80 columns. The same report gives the same text; long lists end with how many more."""

import textwrap
from collections.abc import Iterable, Iterator

from dfwarm.datafax.reports.finding import Finding
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Report
from dfwarm.datafax.reports.rule import RULES

WIDTH = 80
FINDINGS_AT_MOST = 20
COUNTS_AT_MOST = 12
STUDY_COUNTS_AT_MOST = 200
LINES_AT_MOST = 20
_LABEL = 24


def render_text(report: Report) -> str:
    """The report for a person."""
    return "\n".join((*_head(report), *_counts(report), *_findings(report), *_lists(report), ""))


def _head(report: Report) -> Iterator[str]:
    size = sum(source.size for source in report.sources)
    yield f"{report.name} of study {report.study:03d}, {report.mode}: {report.records:,} records"
    yield from _wrapped(f"read {len(report.sources):,} files with {size:,} bytes; {report.time_point.say()}")
    yield "=" * WIDTH


def _counts(report: Report) -> Iterator[str]:
    groups: dict[str, list[Count]] = {}
    for count in report.counts:
        groups.setdefault(count.group, []).append(count)
    for group, counts in groups.items():
        yield group
        yield from _matrix([count for count in counts if count.level != NO_LEVEL])
        plain = [count for count in counts if count.level == NO_LEVEL]
        most = COUNTS_AT_MOST if len(groups) > 1 and group != "study" else STUDY_COUNTS_AT_MOST
        for count in plain[:most]:
            yield from _wrapped(f"{count.number:>11,}  {count.what}", hang=15)
        yield from _more(len(plain) - most, "counts")


def _matrix(counts: list[Count]) -> Iterator[str]:
    """What stands at which level: a row each, a column for each level that occurs."""
    if not counts:
        return
    numbers = {(count.what, count.level): count.number for count in counts}
    levels = sorted({count.level for count in counts})
    rows = list(dict.fromkeys(count.what for count in counts))
    width = max(len(f"{number:,}") for number in (*numbers.values(), 1_000)) + 1
    fit = max(1, (WIDTH - _LABEL) // width)
    for at in range(0, len(levels), fit):
        part = levels[at : at + fit]
        yield f"{'  level':<{_LABEL}}" + "".join(f"{level:>{width}}" for level in part)
        for row in rows:
            shown = "".join(f"{numbers.get((row, level), 0):>{width},}" for level in part)
            yield f"  {row:<{_LABEL - 2}}{shown}"


def _findings(report: Report) -> Iterator[str]:
    counts = report.finding_counts
    if not counts:
        yield "nothing was found wrong"
        return
    yield "found"
    shown: dict[str, list[Finding]] = {rule: [] for rule in counts}
    for table in report.tables:
        for rule in table.counts():
            room = FINDINGS_AT_MOST - len(shown[rule])
            shown[rule] += table.first(RULES.index(rule), room)
    for rule, number in counts.items():
        yield f"{number:>11,}  {rule}"
        for finding in shown[rule]:
            yield from _wrapped("  " + finding.say(), hang=6)
        yield from _more(number - FINDINGS_AT_MOST, "of them")


def _lists(report: Report) -> Iterator[str]:
    for title, lines in (("not examined", report.gaps), ("to know", report.notes)):
        if lines:
            yield title
            for line in lines[:LINES_AT_MOST]:
                yield from _wrapped("  " + line, hang=6)
            yield from _more(len(lines) - LINES_AT_MOST, "lines")


def _wrapped(line: str, hang: int = 4) -> Iterable[str]:
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line.lstrip(), WIDTH, initial_indent=indent, subsequent_indent=" " * hang, break_on_hyphens=False
    )


def _more(number: int, what: str) -> Iterator[str]:
    if number > 0:
        yield f"  and {number:,} more {what}"

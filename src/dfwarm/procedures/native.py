"""
The native reports of both sides: made by each host from its own files, and held against each other.

A host makes them from the listing that it noted last, so they speak of exactly the bytes that were listed, and may be
made after production was let go: what moved since then is read from the copy that was put aside, or is a gap.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

from dfwarm.datafax.reports.comparison import digest_of, say_differences, say_record_differences, say_summary
from dfwarm.datafax.reports.forms import render_json
from dfwarm.datafax.reports.partial import FileKind, PartialUnusable, read_answer
from dfwarm.datafax.reports.report import Mode, Report
from dfwarm.datafax.reports.rule import RULES_VERSION, ReportName
from dfwarm.datafax.reports.text import render_text
from dfwarm.errors import DfwarmError
from dfwarm.evidence.record import ReportRecord
from dfwarm.facts.fact import Fact, Question
from dfwarm.plan.cycle import CycleOrder
from dfwarm.plan.report_questions import ALL, native_reports, partial_of
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import Story, say_problem
from dfwarm.spelling import spell
from dfwarm.terms import Access, Side

ENGINE = f"native, rules {RULES_VERSION}"
JSON_FINDINGS_AT_MOST = 20_000
"""Findings up to which a record holds a report as JSON; its text is always there."""

GAPS_AT_MOST = 50

PLATES_AT_MOST = 10
"""Plates of which a comparison names the records."""


def begin_on(host: Host, order: CycleOrder, findings: Findings) -> None:
    """Let a host make its four reports from what it listed last; nobody waits for them here."""
    question = native_reports(order.cycle.study, ALL, _mode(findings), is_listed=True)
    findings.side(host.side).asked = _ask_beside(host, question)


def keep_from(host: Host, story: Story, findings: Findings) -> None:
    """Wait for the reports that a host was asked for. A host that can not make them leaves a gap."""
    side = findings.side(host.side)
    if side.asked is None:
        return
    try:
        fact = side.asked.result()
    except DfwarmError as error:
        findings.report_gaps.append(f"the native reports on the {host.side}: {say_problem(error)}")
        return
    story.keep(fact)
    for report in fact.value:
        side.native[report.name] = report
        findings.files[findings.names.report(report.name, host.side, "txt")] = render_text(report).encode()
        if sum(map(len, report.tables)) <= JSON_FINDINGS_AT_MOST:
            text = "".join(render_json(report))
            findings.files[findings.names.report(report.name, host.side, "json")] = text.encode()


@contextmanager
def read_ahead(order: CycleOrder, kit: Kit) -> Iterator[None]:
    """
    Let production read its data files and images while people work, beside a block that waits for rsync.

    The reports of the time point are made when people work again, and may then have to tell of bytes that are there no
    more: what moved before it was put aside, and all the rest is known from here.
    """
    asked = _ask_beside(kit.production, native_reports(order.cycle.study, ALL, Mode.LIVE, is_listed=True))
    yield
    with contextlib.suppress(DfwarmError):  # what it could not read is a gap of the reports themselves
        asked.result()


def _ask_beside(host: Host, question: Question[tuple[Report, ...]]) -> "Future[Fact[tuple[Report, ...]]]":
    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(host.ask, question)
    finally:
        pool.shutdown(wait=False)


def compare_sides(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """Hold the four reports of both sides against each other. One that a side lacks is a gap."""
    findings.reports_expected += len(ReportName)
    ours, theirs = findings.production.native, findings.standby.native
    for name in ReportName:
        missing = [side for side in Side if name not in findings.side(side).native]
        findings.report_gaps.extend(f"{name} was not made on the {side}" for side in missing)
        if not missing:
            record = _compare(ours[name], theirs[name])
            if name is ReportName.DFSTATUS and record.differences:
                named = tuple(_name_records(order, kit, story, ours[name], theirs[name]))
                record = replace(record, differences=(*record.differences, *named))
            findings.reports = (*findings.reports, record)
            findings.remarks.extend(_say_findings(ours[name]))


def _mode(findings: Findings) -> Mode:
    """Strict where nobody can have written at the time point."""
    is_closed = _was_closed(findings) or findings.production.server.access is Access.DISABLED
    return Mode.QUIESCED if is_closed else Mode.LIVE


def _was_closed(findings: Findings) -> bool:
    """Whether nobody could work at the time point, as production's host found it there."""
    return findings.captured is not None and findings.captured.state.is_stopped


def _compare(production: Report, standby: Report) -> ReportRecord:
    """The record of one report. What both sides counted is what was compared; the head counts as one line."""
    return ReportRecord(
        name=production.name,
        engine=ENGINE,
        production=digest_of(production),
        standby=digest_of(standby),
        lines=1 + min(len(production.counts), len(standby.counts)),
        differences=say_differences(production, standby),
        summary=say_summary(production, standby),
        gaps=(*_say_gaps(production, Side.PRODUCTION), *_say_gaps(standby, Side.STANDBY)),
    )


def _say_gaps(report: Report, side: Side) -> Iterator[str]:
    shown = report.gaps[:GAPS_AT_MOST]
    yield from (f"{report.name} on the {side}: {gap}" for gap in shown)
    if len(report.gaps) > len(shown):
        yield f"{report.name} on the {side}: {len(report.gaps) - len(shown):,} more gaps"


def _say_findings(production: Report) -> Iterator[str]:
    """What is wrong with the study itself, on whichever side; it is no difference where both sides have it."""
    found = ", ".join(f"{number:,} {rule}" for rule, number in production.finding_counts.items())
    if found:
        yield f"{production.name} found on production: {found}"


def _name_records(order: CycleOrder, kit: Kit, story: Story, ours: Report, theirs: Report) -> Iterator[str]:
    """Name the records that stand otherwise, of the plates whose files differ."""
    here, there = ({source.file: source.digest for source in report.sources} for report in (ours, theirs))
    files = [file for file in here if file in there and here[file] != there[file]]
    for file in files[:PLATES_AT_MOST]:
        question = partial_of(order.cycle.study, file.rpartition(b"/")[2])
        try:
            facts = kit.ask_both(question, question)
            story.keep(*facts)
            production, standby = (read_answer(fact.value) for fact in facts)
        except (DfwarmError, PartialUnusable) as error:
            yield f"{spell(file)}: the records could not be named: {say_problem(error)}"
            continue
        if production.reading.kind is FileKind.PLATE:
            yield from say_record_differences(production, standby)
    if len(files) > PLATES_AT_MOST:
        yield f"{len(files) - PLATES_AT_MOST:,} more data files differ"

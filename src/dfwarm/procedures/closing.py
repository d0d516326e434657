"""How every cycle ends, also a failed one: judge, write the record, close the ledger, send the letter."""

import contextlib
from dataclasses import replace

from dfwarm.equipment.instructions import instructions
from dfwarm.errors import DfwarmError
from dfwarm.evidence.letter import Letter
from dfwarm.evidence.record import FORMAT, CycleRecord, ErrorRecord
from dfwarm.evidence.transcripts import render_transcripts
from dfwarm.evidence.verdict import Grounds, judge
from dfwarm.facts.ledger import Act
from dfwarm.plan.cycle import STEPS, CycleOrder
from dfwarm.procedures import circumstances
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.history import log_cycle
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listings import keep_listings
from dfwarm.procedures.sealing import keep_sealed
from dfwarm.procedures.story import Story, say_problem
from dfwarm.terms import Outcome, spell_time

LETTER_STEP = 10
_STEPS_BEFORE_THE_VERDICT = len(STEPS) - 1


def close(
    order: CycleOrder, kit: Kit, story: Story, findings: Findings, interruption: BaseException | None
) -> CycleRecord:
    """Judge what was found and leave a record of it, then tell the people who wait for it."""
    content = keep_listings(order, kit, findings)
    told = circumstances.gather(order, kit, story, findings, content)
    record = replace(_make_record(order, kit, story, findings, interruption), circumstances=told)
    files = {
        **findings.files,
        **circumstances.describe(findings),
        **instructions(),
        "transcripts.jsonl": render_transcripts(tuple(story.transcripts)),
        findings.names.story: _tell(kit, order),
    }
    story.announce(Act.RECORD, outcome=record.outcome.value)
    letter = keep_sealed(kit, record, files)
    story.announce(Act.CYCLE_CLOSED, outcome=record.outcome.value)
    if record.outcome is Outcome.EQUIVALENT:
        with contextlib.suppress(OSError):  # it only helps to say later which side is wrong; the record stands
            kit.archive.proven.keep(order.cycle, findings.production.before)
    log_cycle(kit, order.cycle)
    with story.step(LETTER_STEP, STEPS[LETTER_STEP - 1]):
        story.announce(Act.LETTER, subject=letter.subject)
        delivery = _send(kit, letter) + _tell_alarms(kit, record.outcome, letter)
        kit.archive.add(order.cycle, "delivery.txt", f"{delivery}\n".encode())
    return record


def _tell(kit: Kit, order: CycleOrder) -> bytes:
    """The cycle's own lines of the ledger as a log that a person reads."""
    lines = (line for line in kit.ledger.lines if line.cycle == str(order.cycle))
    told = (
        f"{spell_time(line.at)} {line.act} {' '.join(f'{key}={value}' for key, value in line.detail.items())}"
        for line in lines
    )
    return "".join(f"{each.rstrip()}\n" for each in told).encode()


def _send(kit: Kit, letter: Letter) -> str:
    """Deliver the letter. A mail server that fails never costs a cycle its verdict: what became of it is recorded."""
    try:
        return kit.post.send(letter)
    except DfwarmError as error:
        return say_problem(error)


def _tell_alarms(kit: Kit, outcome: Outcome, letter: Letter) -> str:
    """Keep what the webhook and the dead-man's switch are to be told; it is sent once the run is over."""
    try:
        if outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS):
            kit.alarms.prove(letter.subject)
        if outcome is not Outcome.EQUIVALENT:
            kit.alarms.tell(letter.subject, letter.text)
    except OSError as error:
        return f"\nan alert could not be kept: {error.strerror}"
    return ""


def grounds_of(findings: Findings, story: Story, interruption: BaseException | None) -> Grounds:
    """Turn what was found into the grounds of the verdict."""
    trees, transfer = findings.trees, findings.transfer
    return Grounds(
        steps_expected=_STEPS_BEFORE_THE_VERDICT,
        steps_done=sum(not step.problem for step in story.steps),
        interruption=say_problem(interruption) if interruption else "",
        control_detected=findings.control_detected,
        source_moved=findings.source_moved,
        clock_problems=findings.clock_problems,
        transfer_problems=transfer.problems if transfer else ("nothing was transferred",),
        entries_expected=trees.expected if trees else 0,
        entries_compared=trees.compared if trees else 0,
        tree_differences=trees.differences if trees else (),
        tree_gaps=trees.gaps if trees else (),
        reports_expected=findings.reports_expected,
        report_lines=tuple(report.lines for report in findings.reports),
        report_differences=tuple(says for report in findings.reports for says in report.differences),
        report_numbers=tuple(says for report in findings.reports for says in report.numbers),
        report_beside=tuple(says for record in findings.beside for says in record.differences),
        report_gaps=(*findings.report_gaps, *(gap for report in findings.reports for gap in report.gaps)),
        journal_differences=findings.journal_differences,
        deviations=findings.deviations,
        scope_problems=(findings.scope.problem,) if findings.scope and findings.scope.problem else (),
    )


def _make_record(
    order: CycleOrder, kit: Kit, story: Story, findings: Findings, interruption: BaseException | None
) -> CycleRecord:
    return CycleRecord(
        format=FORMAT,
        cycle=order.cycle,
        pair=order.pair,
        study_name=findings.production.look.study_name if findings.production.look else "",
        production_host=kit.production.name,
        standby_host=kit.standby.name,
        began_at=findings.began_at,
        ended_at=kit.now(),
        as_of=findings.as_of,
        as_of_known_by=findings.as_of_known_by,
        held_seconds_milli=findings.held_seconds_milli,
        verdict=judge(grounds_of(findings, story, interruption)),
        steps=tuple(story.steps),
        activity=findings.activity,
        transfer=findings.transfer,
        trees=findings.trees,
        reports=findings.reports,
        clocks=findings.clocks,
        error=_describe(interruption),
        remarks=tuple(findings.remarks),
        config_digest=order.config_digest,
        ledger_head=kit.ledger.head,
        software=order.software,
        rpo_seconds=order.rpo_seconds,
        previous_equivalent_as_of=order.earlier.as_of,
        audit_head=kit.audit.head,
        scope=findings.scope,
        freeze=findings.freeze,
        hold=findings.hold,
        beside=findings.beside,
        authority=order.ruled.rulings[0] if order.ruled.rulings else None,
    )


def _describe(interruption: BaseException | None) -> ErrorRecord | None:
    if interruption is None:
        return None
    if isinstance(interruption, DfwarmError):
        return ErrorRecord(type(interruption).__name__, str(interruption), interruption.hint, interruption.exit_code)
    return ErrorRecord(type(interruption).__name__, str(interruption), "", 70)

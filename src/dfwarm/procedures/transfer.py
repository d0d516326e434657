"""Step 6: carry over what changed, root by root, and account for every line that rsync says."""

import os

from dfwarm import wire
from dfwarm.evidence.record import TransferRecord
from dfwarm.facts.ledger import Act
from dfwarm.facts.transfer import TransferLine, count_changes, read_transfer, say_changes
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.procedures.trees import STUDY_DIR, Pairing, pair_roots
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.log import parse_log
from dfwarm.rsync.outcome import RunOutcome, judge_run
from dfwarm.rsync.version import parse_version


def carry_over(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Transfer every root of the study.

    Raises the error that rsync's end stands for where it did not go through its list. A transfer that went through
    with problems goes on, and its problems weigh in the verdict.
    """
    lines: list[TransferLine] = []
    problems: list[str] = []
    milliseconds = 0
    outcome: RunOutcome | None = None
    for pairing in pair_roots(findings):
        argv = _plan(order, kit, findings, pairing)
        story.announce(Act.TRANSFER, root=pairing.key, argv=" ".join(argv))
        said = kit.run_rsync(argv, b"", kit.audience.heard)
        story.transcripts.append(said)
        findings.files[_log_name(findings, pairing)] = said.stdout + said.stderr
        milliseconds += int(said.seconds * 1000)
        log = parse_log(said.stdout)
        outcome = judge_run(said.status, said.stderr, log.messages)
        lines.extend(read_transfer(log))
        problems.extend(outcome.problems)
        problems.extend(f"a file went away while it was transferred: {path!r}" for path in outcome.vanished)
        findings.files["transfer.jsonl"] = b"".join(wire.dump(line) + b"\n" for line in lines)
        findings.transfer = TransferRecord(
            status=said.status,
            rule=outcome.rule.meaning,
            counts=dict(count_changes(lines)),
            says=say_changes(lines),
            problems=tuple(problems),
            seconds_milli=milliseconds,
        )
        if not outcome.is_finished:
            raise outcome.error()


def _plan(order: CycleOrder, kit: Kit, findings: Findings, pairing: Pairing) -> tuple[str, ...]:
    versions = (
        parse_version(findings.production.known_look.rsync),
        parse_version(findings.standby.known_look.rsync),
    )
    ends = Ends(
        kit.production.place(os.fsdecode(pairing.production)),
        kit.standby.place(os.fsdecode(pairing.standby)),
        kit.production.remote_shell or kit.standby.remote_shell,
    )
    exclusions = tuple(path for path, _ in order.exclusions) if pairing.key == STUDY_DIR else ()
    options = TransferOptions(exclusions, order.io_timeout_seconds, order.bandwidth_kib)
    return plan_transfer(ends, options, versions)


def _log_name(findings: Findings, pairing: Pairing) -> str:
    return findings.names.log if pairing.key == STUDY_DIR else f"{pairing.key}.{findings.names.log}"

"""Step 6: carry over what changed, root by root, and account for every line that rsync says."""

import os

from dfwarm import wire
from dfwarm.datafax.layout import within_study
from dfwarm.evidence.record import TransferRecord
from dfwarm.facts.fact import Transcript
from dfwarm.facts.ledger import Act
from dfwarm.facts.transfer import TransferLine, count_changes, read_transfer, say_changes
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.procedures.trees import STUDY_DIR, Pairing, altered_unseen, pair_roots
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.log import miscounts, parse_log
from dfwarm.rsync.outcome import RunOutcome, judge_run
from dfwarm.rsync.version import parse_version
from dfwarm.spelling import spell


def carry_over(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Transfer every root of the study.

    Raises the error that rsync's end stands for where it did not go through its list. A transfer that went through
    with problems goes on, and its problems weigh in the verdict.
    """
    tally = _Tally()
    for pairing in pair_roots(findings):
        for listed in _runs(order, findings, pairing):
            argv = _plan(order, kit, findings, pairing, is_listed=bool(listed))
            said = _run(kit, story, pairing, argv, listed)
            name = _log_name(findings, pairing, listed)
            findings.files[name] = said.stdout + said.stderr
            outcome = tally.read(said, within_study(pairing.key))
            findings.files["transfer.jsonl"] = tally.render()
            findings.transfer = tally.record(said, outcome)
            if not outcome.is_finished:
                raise outcome.error()


class _Tally:
    """What all runs of a transfer did together."""

    def __init__(self) -> None:
        self.lines: list[TransferLine] = []
        self.problems: list[str] = []
        self.milliseconds = 0

    def read(self, said: Transcript, within: bytes) -> RunOutcome:
        log = parse_log(said.stdout)
        outcome = judge_run(said.status, said.stderr, log.messages)
        self.lines.extend(read_transfer(log, within=within))
        self.problems.extend(outcome.problems)
        if outcome.is_complete:
            self.problems.extend(miscounts(log))
        self.problems.extend(f"a file went away while it was transferred: {spell(path)}" for path in outcome.vanished)
        self.milliseconds += int(said.seconds * 1000)
        return outcome

    def render(self) -> bytes:
        return b"".join(wire.dump(line) + b"\n" for line in self.lines)

    def record(self, said: Transcript, outcome: RunOutcome) -> TransferRecord:
        return TransferRecord(
            status=said.status,
            rule=outcome.rule.meaning,
            counts=dict(count_changes(self.lines)),
            says=say_changes(self.lines),
            problems=tuple(self.problems),
            seconds_milli=self.milliseconds,
        )


_EVERYTHING: tuple[bytes, ...] = ()


def _runs(order: CycleOrder, findings: Findings, pairing: Pairing) -> tuple[tuple[bytes, ...], ...]:
    """The runs for one root: the whole tree, and before it, where it was asked for, the altered files by name."""
    altered = altered_unseen(order, findings, pairing.key) if order.mends else ()
    return (altered, _EVERYTHING) if altered else (_EVERYTHING,)


def _run(kit: Kit, story: Story, pairing: Pairing, argv: tuple[str, ...], listed: tuple[bytes, ...]) -> Transcript:
    story.announce(Act.TRANSFER, root=pairing.key, argv=" ".join(argv), listed=str(len(listed)))
    said = kit.run_rsync(argv, b"\0".join(listed), kit.audience.heard)
    story.transcripts.append(said)
    return said


def _plan(order: CycleOrder, kit: Kit, findings: Findings, pairing: Pairing, *, is_listed: bool) -> tuple[str, ...]:
    looks = (findings.production.known_look, findings.standby.known_look)
    ends = Ends(
        kit.production.place(os.fsdecode(pairing.production)),
        kit.standby.place(os.fsdecode(pairing.standby)),
        kit.production.remote_shell or kit.standby.remote_shell,
    )
    exclusions = tuple(path for path, _ in order.exclusions) if pairing.key == STUDY_DIR and not is_listed else ()
    options = TransferOptions(exclusions, order.io_timeout_seconds, order.bandwidth_kib, is_listed=is_listed)
    return plan_transfer(ends, options, (parse_version(looks[0].rsync), parse_version(looks[1].rsync)))


def _log_name(findings: Findings, pairing: Pairing, listed: tuple[bytes, ...]) -> str:
    kind = "mend." if listed else ""
    root = "" if pairing.key == STUDY_DIR else f"{pairing.key}."
    return f"{kind}{root}{findings.names.log}"

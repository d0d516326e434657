"""Step 6: carry over what changed, root by root, and account for every line that rsync says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dfwarm.datafax.layout import within_study
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.errors import AnswerRefused
from dfwarm.evidence.record import TransferRecord
from dfwarm.facts.capture import CapturedRoot
from dfwarm.facts.fact import Transcript
from dfwarm.facts.ledger import Act
from dfwarm.manifest.entry import Entry
from dfwarm.manifest.listing import ACCESS_LIST, Manifest
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder
from dfwarm.plan.runs import Run, RunKind, WarmPass, plan_closing, plan_runs
from dfwarm.procedures.comparing import compare_sent
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.scope import sent_scope_of
from dfwarm.procedures.story import Story
from dfwarm.procedures.trees import Pairing, pair_roots
from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.version import RsyncVersion, parse_version
from dfwarm.spelling import spell


def carry_warm(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Carry over what differs while people work: it is nobody's time point, it only leaves little for later.

    What moves meanwhile makes complaints that prove nothing, so they weigh in no verdict; the closing pass sends those
    paths again. Raises the error that rsync's end stands for where it did not go through its list.
    """
    for pairing in pair_roots(findings):
        for run in _plan_runs(order, kit, findings, pairing):
            with _source(kit, findings, pairing, run) as source:
                argv = _plan(order, findings, pairing.key, Ends(source, *_target(kit, pairing, run)), run)
                said = _carry(kit, story, pairing, argv, run)
            findings.files[f"warm.{_log_name(findings, pairing, run)}"] = said.stdout + said.stderr
            outcome = findings.tally.read(said, within_study(pairing.key))
            if not outcome.is_finished:
                findings.transfer = findings.tally.record(said, outcome)
                raise outcome.error()
            findings.written.append(pairing.key)
            findings.transfer = findings.tally.record_warm(said, outcome)
            findings.files["transfer.jsonl"] = findings.tally.render()
    findings.tally.problems.clear()


def has_to_send(order: CycleOrder, kit: Kit, findings: Findings) -> bool:
    """Whether the two listings leave anything to carry over."""
    return any(_plan_runs(order, kit, findings, pairing) for pairing in pair_roots(findings))


def carry_rest(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Carry over what moved between the warm pass and the time point, from the copies that were made at it.

    Raises the error that rsync's end stands for where it did not go through its list. A transfer that went through
    with problems goes on, and its problems weigh in the verdict. What both passes wrote is on the standby's disk before
    the listing that proves it is taken.
    """
    for pairing in pair_roots(findings):
        for run in _plan_closing(order, findings, pairing):
            with _closing_source(kit, findings, pairing, run) as source:
                argv = _plan(order, findings, pairing.key, Ends(source, *_target(kit, pairing, run)), run)
                said = _carry(kit, story, pairing, argv, run)
            findings.files[_log_name(findings, pairing, run)] = said.stdout + said.stderr
            outcome = findings.tally.read(said, within_study(pairing.key))
            findings.vanished.extend((pairing.key, pairing.production, path) for path in outcome.vanished)
            findings.files["transfer.jsonl"] = findings.tally.render()
            findings.transfer = findings.tally.record(said, outcome)
            if not outcome.is_finished:
                raise outcome.error()
            findings.written.append(pairing.key)
    for key in dict.fromkeys(findings.written):
        story.keep(kit.standby.ask(questions.flush(order.cycle.study, key)))
    findings.transfer = findings.transfer or NOTHING_TO_DO


def _plan_closing(order: CycleOrder, findings: Findings, pairing: Pairing) -> tuple[Run, ...]:
    now, warm = findings.production.before[pairing.key], findings.warm[pairing.key]
    unsure = frozenset(gap.path for gap in warm.gaps)
    within = within_study(pairing.key)
    carried = (path[len(within) :] for path in findings.tally.new_paths() if path.startswith(within))
    staged = frozenset((*_root(findings, pairing).paths, b"."))
    comparison = compare_sent(order, findings, pairing.key, now, warm)
    return plan_closing(comparison, now, WarmPass(unsure, frozenset(carried)), staged, mends=order.mends)


def _root(findings: Findings, pairing: Pairing) -> CapturedRoot:
    if findings.captured is None:
        raise AnswerRefused("production was not caught at a time point")
    return findings.captured.root(pairing.key)


@contextmanager
def _closing_source(kit: Kit, findings: Findings, pairing: Pairing, run: Run) -> Iterator[str]:
    """The staged copies; for deletions the bare folders, as production had them at the time point."""
    if run.kind is RunKind.DELETE:
        with _source(kit, findings, pairing, run) as folder:
            yield folder
    else:
        yield kit.production.place(os.fsdecode(_root(findings, pairing).staging))


def account_for_vanished(findings: Findings) -> None:
    """
    Hold each path that went away under rsync's hands against the listings after it.

    One that neither side has any more is accounted for: it came and went between two listings. Any other becomes a
    problem of the transfer, as does one that lies outside the study's root.
    """
    lost = [path for key, root, path in findings.vanished if not _is_gone(findings, key, root, path)]
    if findings.transfer and lost:
        told = (f"a file went away while rsync ran and is not accounted for: {spell(path)}" for path in lost)
        findings.transfer = replace(findings.transfer, problems=(*findings.transfer.problems, *told))


def _is_gone(findings: Findings, key: str, root: bytes, path: bytes) -> bool:
    within = path.removeprefix(root.rstrip(b"/") + b"/")
    sides = (findings.production.after.get(key), findings.standby.after.get(key))
    return within != path and all(side is not None and side.find(within) is None for side in sides)


NOTHING_TO_DO = TransferRecord(
    status=0, rule="nothing differed, so nothing was sent", counts={}, says=(), problems=(), seconds_milli=0
)


def _plan_runs(order: CycleOrder, kit: Kit, findings: Findings, pairing: Pairing) -> tuple[Run, ...]:
    production, standby = findings.production.before[pairing.key], findings.standby.before[pairing.key]
    scope = sent_scope_of(order, pairing.key)
    if scope.omits(b"."):
        return ()
    return plan_runs(
        compare_sent(order, findings, pairing.key, production, standby),
        production,
        mends=order.mends,
        can_list=all(version.can("delete-missing-args") for version in _versions(findings)),
        source_is_remote=bool(kit.production.remote_shell),
    )


@contextmanager
def _source(kit: Kit, findings: Findings, pairing: Pairing, run: Run) -> Iterator[str]:
    """Where a run takes its files from: production; for deletions the bare folders, as production has them."""
    if run.kind is not RunKind.DELETE:
        yield kit.production.place(os.fsdecode(pairing.production))
        return
    with kit.bare_folders(tuple(_folder_entries(findings.production.before[pairing.key], run.folders))) as folder:
        yield folder


def _folder_entries(production: Manifest, folders: tuple[bytes, ...]) -> Iterator[Entry]:
    """The entries of folders, found among their neighbours: none is made of the many files below them."""
    above = {b"", *(folder.rpartition(b"/")[0] or b"." for folder in folders)}
    first_links = production.first_links()
    for block in production.blocks:
        if block.folder in above:
            yield from (entry for entry in production.entries_of(block, first_links) if entry.path in folders)


def _target(kit: Kit, pairing: Pairing, run: Run) -> tuple[str, tuple[str, ...]]:
    shell = kit.standby.remote_shell if run.kind is RunKind.DELETE else _shell(kit)
    return kit.standby.place(os.fsdecode(pairing.standby)), shell


def _shell(kit: Kit) -> tuple[str, ...]:
    return kit.production.remote_shell or kit.standby.remote_shell


def _carry(kit: Kit, story: Story, pairing: Pairing, argv: tuple[str, ...], run: Run) -> Transcript:
    listed = () if run.kind is RunKind.WHOLE else tuple(dict.fromkeys((*run.folders, *run.paths)))
    story.announce(Act.TRANSFER, root=pairing.key, argv=" ".join(argv), kind=run.kind.value, listed=str(len(listed)))
    said = kit.run_rsync(argv, b"".join(path + b"\0" for path in listed), kit.audience.heard)
    story.transcripts.append(said)
    return said


def _plan(order: CycleOrder, findings: Findings, key: str, ends: Ends, run: Run) -> tuple[str, ...]:
    is_listed = run.kind is not RunKind.WHOLE
    exclusions = () if is_listed else tuple(_anchored(order, within_study(key)))
    kinds = findings.production.before[key].attribute_kinds | findings.standby.before[key].attribute_kinds
    options = TransferOptions(
        exclusions,
        order.io_timeout_seconds,
        order.bandwidth_kib,
        is_listed=is_listed,
        has_acls=any(kind.startswith(ACCESS_LIST) for kind in kinds),
        has_xattrs=any(kind.startswith(("user.", "security.")) for kind in kinds),
    )
    return plan_transfer(ends, options, _versions(findings))


def _anchored(order: CycleOrder, within: bytes) -> Iterator[bytes]:
    """What is not sent of a root, as paths below it: the rules are written from the study directory."""
    for rule in order.scope.withheld:
        path = rule.pattern.strip(b"/")
        if path.startswith(within):
            yield b"/" + path[len(within) :]


def _versions(findings: Findings) -> tuple[RsyncVersion, RsyncVersion]:
    return (
        parse_version(findings.production.known_look.rsync),
        parse_version(findings.standby.known_look.rsync),
    )


_PREFIXES = {RunKind.WHOLE: "", RunKind.SEND: "listed.", RunKind.DELETE: "deletions."}


def _log_name(findings: Findings, pairing: Pairing, run: Run) -> str:
    root = "" if pairing.key == STUDY_DIR else f"{pairing.key}."
    return f"{_PREFIXES[run.kind]}{root}{findings.names.log}"

"""Bundles verified step by step, for `dfwarm verify BUNDLE|CYCLE|--all|--study`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.config.reading import read_config
from dfwarm.config.values import NoEvidence
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.export_reading import open_export
from dfwarm.equipment.log_key import LOG_KEYS, read_keys
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import HistoryBroken, KeyUnusable, RecordUnknown
from dfwarm.evidence.history import HistoryStep
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verification import Bundle
from dfwarm.evidence.verified import plain_verified, say_verified, verify_at, worse_code
from dfwarm.facts.audit import read_trail
from dfwarm.facts.ledger import read_ledger
from dfwarm.procedures.history import verify_study_history
from dfwarm.terms import CycleId, StudyNumber


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be verified, against what trust. No target and no study means everything on record."""

    config: Path
    targets: tuple[str, ...]
    study: StudyNumber | None
    trust: Path | None
    is_pending_accepted: bool


def verify_all(asked: Asked, *, is_json: bool) -> int:
    """Verify, print a line for each step or for each of many bundles, and give the exit code."""
    trust = _trust(asked)
    code, count, told = 0, 0, []
    for place, bundle in _bundles(asked):
        found = verify_at(place, bundle, trust)
        count += 1
        code = worse_code(code, found)
        if is_json:
            told.append(plain_verified(found))
        else:
            click.echo("\n".join(say_verified(found, is_long=bool(asked.targets))))
    if not asked.targets:
        histories = _histories(asked)
        code = code or (HistoryBroken.exit_code if any(not step.is_sound for _, step in histories) else 0)
        told += [{"study": study, "step": step} for study, step in histories]
        if histories and not is_json:
            click.echo("\n".join(_say_history(study, step) for study, step in histories))
    if is_json:
        click.echo(wire.dump_indented(told))
    elif not count:
        click.echo("no cycle is on record")
    return code


def _histories(asked: Asked) -> list[tuple[StudyNumber, HistoryStep]]:
    """What is between the bundles of each study that was asked for. Keys pinned in the trust folder come first."""
    site = Site(read_config(asked.config))
    evidence = site.config.evidence
    folder = asked.trust or (None if isinstance(evidence, NoEvidence) else evidence.trust)
    pinned = folder / LOG_KEYS if folder else None
    keys = read_keys(pinned) if pinned and pinned.exists() else site.history.key.keys
    content = site.ledger_path.read_bytes() if site.ledger_path.exists() else b""
    lines, trail = read_ledger(content[: content.rfind(b"\n") + 1]), read_trail(site.audit.content)
    return [
        (study, step)
        for study in site.archive.studies()
        if asked.study in (None, study)
        for step in verify_study_history(study, site.history, site.archive, keys, lines=lines, trail=trail)
    ]


def _say_history(study: StudyNumber, step: HistoryStep) -> str:
    if step.is_sound:
        return f"history {study:03d}  {step.number}  {step.title}: {step.proves}"
    return "\n".join(f"REFUSED  history {study:03d}  {step.number}  {step.title}: {says}" for says in step.problems)


def _bundles(asked: Asked) -> Iterator[tuple[str, Bundle]]:
    """What is to be verified: exported files as they are, and the folders of bundles."""
    for target in asked.targets:
        if Path(target).is_file():
            with open_export(Path(target)) as export:
                export.refuse_broken_bag()
                bundles = export.bundles(is_pending_accepted=asked.is_pending_accepted)
                yield from ((f"{target}: {folder.rstrip('/')}", bundle) for folder, bundle in bundles)
    for place, cycle in _folders(asked):
        yield str(place), open_bundle(place, asked=cycle, is_pending_accepted=asked.is_pending_accepted)


def _folders(asked: Asked) -> Iterator[tuple[Path, CycleId | None]]:
    if not asked.targets:
        archive = Site(read_config(asked.config)).archive
        for study in archive.studies():
            if asked.study in (None, study):
                yield from ((archive.place(cycle), cycle) for cycle in archive.cycles(study))
        return
    for target in asked.targets:
        folder = Path(target)
        if folder.is_file():
            continue
        if folder.is_dir():
            yield folder, None
            continue
        try:
            cycle = CycleId.parse(target)
        except ValueError as error:
            raise RecordUnknown(f"{target!r} is neither a bundle, nor an export, nor a cycle like 035-00042") from error
        archive = Site(read_config(asked.config)).archive
        archive.read_file(cycle, "cycle.json")
        yield archive.place(cycle), cycle


def _trust(asked: Asked) -> Trust:
    if asked.trust:
        return TrustFolder(asked.trust).read()
    evidence = read_config(asked.config).evidence
    if isinstance(evidence, NoEvidence):
        hint = "Name the folder with --trust."
        raise KeyUnusable("the configuration names no evidence key, so it trusts nobody", hint=hint)
    return TrustFolder(evidence.trust).read()

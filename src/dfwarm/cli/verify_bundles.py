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
from dfwarm.equipment.own_keys import with_own_keys
from dfwarm.equipment.proof_file import ProofResult
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import HistoryBroken, KeyUnusable, RecordUnknown
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.export.logs import verify_logs
from dfwarm.evidence.history import HistoryStep
from dfwarm.evidence.proof_files import is_proof
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import plain_verified, say_log_step, say_verified, verify_at, worse_code
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
    code, count = 0, 0
    told: list[object] = []
    for place, bundle in _bundles(asked):
        found = verify_at(place, bundle, trust)
        count += 1
        code = worse_code(code, found)
        if is_json:
            told.append(plain_verified(found))
        else:
            click.echo("\n".join(say_verified(found, is_long=bool(asked.targets))))
    histories = _exported_histories(asked, trust) if asked.targets else _histories(asked, trust)
    code = code or (HistoryBroken.exit_code if any(not step.is_sound for _, step in histories) else 0)
    told += [{"study": study, "step": step} for study, step in histories]
    if histories and not is_json:
        click.echo("\n".join(say_log_step(study, step) for study, step in histories))
    proofs = [ProofResult.of(Path(target), trust.of_logs) for target in asked.targets if is_proof(target)]
    code = code or max((each.code for each in proofs), default=0)
    told += proofs
    if is_json:
        click.echo(wire.dump_indented(told))
    elif proofs:
        click.echo("\n".join(map(str, proofs)))
    elif not count:
        click.echo("no cycle is on record")
    return code


def _histories(asked: Asked, trust: Trust) -> list[tuple[StudyNumber, HistoryStep]]:
    """What is between the bundles of each study that was asked for. Keys pinned in the trust folder come first."""
    site = Site(read_config(asked.config))
    trusted = with_own_keys(trust, site.history).of_logs
    content = site.ledger_path.read_bytes() if site.ledger_path.exists() else b""
    lines = read_ledger(content[: content.rfind(b"\n") + 1])
    return [
        (study, step)
        for study in site.archive.studies()
        if asked.study in (None, study)
        for step in verify_study_history(
            study, site.history, site.archive, trusted, lines=lines, audit=site.audit.content
        )
    ]


def _exported_histories(asked: Asked, trust: Trust) -> list[tuple[StudyNumber, HistoryStep]]:
    """What is between the bundles of each export, by the keys of the trust folder alone."""
    found = []
    for target in asked.targets:
        if Path(target).is_file() and not is_proof(target):
            with open_export(Path(target)) as export:
                logs = verify_logs(export.names, export.read, trust.of_logs)
                found += [(study, step) for study, steps in logs for step in steps]
    return found


def _bundles(asked: Asked) -> Iterator[tuple[str, Bundle]]:
    """What is to be verified: exported files as they are, and the folders of bundles."""
    for target in asked.targets:
        if Path(target).is_file() and not is_proof(target):
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

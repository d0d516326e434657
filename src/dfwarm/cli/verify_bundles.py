"""Bundles verified step by step, for `dfwarm verify BUNDLE|CYCLE|--all|--study`."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm import wire
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.equipment.verifying import Place, Told, Verifying, processors
from dfwarm.errors import HistoryBroken, KeyUnusable, RecordUnknown
from dfwarm.evidence.proof_names import is_proof
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import worse_code
from dfwarm.terms import CycleId, StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.equipment.proof_file import ProofResult
    from dfwarm.evidence.history import HistoryStep


@dataclass(frozen=True)
class Asked:
    """What is to be verified, against what trust. No target and no study means everything on record."""

    config: Path
    targets: tuple[str, ...]
    study: StudyNumber | None
    trust: Path | None
    is_pending_accepted: bool

    @cached_property
    def site(self) -> "Site":
        """The site. A bundle that is named with its trust folder needs none."""
        from dfwarm.assembly import Site
        from dfwarm.config.reading import read_config

        return Site(read_config(self.config))

    @property
    def exports(self) -> list[str]:
        """The targets that are zip files."""
        return [target for target in self.targets if Path(target).is_file() and not is_proof(target)]


def verify_all(asked: Asked, *, is_json: bool) -> int:
    """Verify, print a line for each step or for each of many bundles, and give the exit code."""
    trust = _trust(asked)
    code = 0
    told: list[object] = []
    for each in _bundles(asked, Verifying(trust, asked.is_pending_accepted, is_long=bool(asked.targets))):
        code = worse_code(code, each.code)
        told.append(each.plain)
        if not is_json:
            click.echo(each.lines)
    histories = _exported_histories(asked, trust) if asked.targets else _histories(asked, trust)
    code = code or (HistoryBroken.exit_code if any(not step.is_sound for _, step in histories) else 0)
    proofs = _proofs(asked, trust)
    code = code or max((each.code for each in proofs), default=0)
    if is_json:
        click.echo(wire.dump_indented([*told, *({"study": study, "step": step} for study, step in histories), *proofs]))
    else:
        _say(histories, proofs, is_nothing=not told)
    return code


def _say(histories: "list[tuple[StudyNumber, HistoryStep]]", proofs: "list[ProofResult]", *, is_nothing: bool) -> None:
    for study, step in histories:
        from dfwarm.evidence.history import say_log_step

        click.echo(say_log_step(study, step))
    for proof in proofs:
        click.echo(str(proof))
    if is_nothing and not proofs:
        click.echo("no cycle is on record")


def _histories(asked: Asked, trust: Trust) -> "list[tuple[StudyNumber, HistoryStep]]":
    """What is between the bundles of each study that was asked for. Keys pinned in the trust folder come first."""
    from dfwarm.equipment.own_keys import with_own_keys
    from dfwarm.facts.ledger import read_ledger
    from dfwarm.procedures.history import verify_study_history

    site = asked.site
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


def _exported_histories(asked: Asked, trust: Trust) -> "list[tuple[StudyNumber, HistoryStep]]":
    """What is between the bundles of each export, by the keys of the trust folder alone."""
    found: list[tuple[StudyNumber, HistoryStep]] = []
    for target in asked.exports:
        from dfwarm.equipment.export_reading import open_export
        from dfwarm.evidence.export.logs import verify_logs

        with open_export(Path(target)) as export:
            logs = verify_logs(export.names, export.read, trust.of_logs)
            found += [(study, step) for study, steps in logs for step in steps]
    return found


def _proofs(asked: Asked, trust: Trust) -> "list[ProofResult]":
    if not any(map(is_proof, asked.targets)):
        return []
    from dfwarm.equipment.proof_file import ProofResult

    return [ProofResult.of(Path(target), trust.of_logs) for target in asked.targets if is_proof(target)]


def _bundles(asked: Asked, verifying: Verifying) -> Iterator[Told]:
    """What is to be verified: exported files as they are, and the folders of bundles."""
    for target in asked.exports:
        from dfwarm.equipment.export_reading import open_export

        with open_export(Path(target)) as export:
            export.refuse_broken_bag()
            for folder, bundle in export.bundles(is_pending_accepted=asked.is_pending_accepted):
                yield verifying.told(f"{target}: {folder.rstrip('/')}", bundle)
    yield from verifying.each(list(_folders(asked)), workers=processors())


def _folders(asked: Asked) -> Iterator[Place]:
    if not asked.targets:
        archive = asked.site.archive
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
        asked.site.archive.read_file(cycle, "cycle.json")
        yield asked.site.archive.place(cycle), cycle


def _trust(asked: Asked) -> Trust:
    if asked.trust:
        return TrustFolder(asked.trust).read()
    from dfwarm.config.values import NoEvidence

    evidence = asked.site.config.evidence
    if isinstance(evidence, NoEvidence):
        hint = "Name the folder with --trust."
        raise KeyUnusable("the configuration names no evidence key, so it trusts nobody", hint=hint)
    return TrustFolder(evidence.trust).read()

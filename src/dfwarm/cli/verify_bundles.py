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
from dfwarm.equipment.log_key import LOG_KEYS, read_keys
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer, HistoryBroken, KeyUnusable, RecordUnknown
from dfwarm.evidence.history import HistoryStep
from dfwarm.evidence.reviews import ALL_STEPS
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verification import Bundle, StepResult, verify_bundle
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


@dataclass(frozen=True, slots=True)
class Verified:
    """A bundle and how its steps went; none were taken where it is not sealed."""

    place: str
    steps: tuple[StepResult, ...]
    bundle: Bundle

    @property
    def error(self) -> DfwarmError | None:
        """What refused it."""
        return self.steps[-1].error if self.steps else BundleRefused("it is not sealed")


def verify_all(asked: Asked, *, is_json: bool) -> int:
    """Verify, print a line for each step or for each of many bundles, and give the exit code."""
    trust = _trust(asked)
    code, count, told = 0, 0, []
    for place, asked_for in _folders(asked):
        found = _verify(place, asked_for, trust, asked)
        count += 1
        if isinstance(found.error, FormatNewer):
            code = code or FormatNewer.exit_code
        elif found.error:
            code = BundleRefused.exit_code
        if is_json:
            told.append(_plain(found))
        else:
            click.echo("\n".join(_say(found, is_long=bool(asked.targets))))
    if not asked.targets:
        histories = _histories(asked)
        code = code or (HistoryBroken.exit_code if any(not step.is_sound for _, step in histories) else 0)
        told += [{"study": study, "step": step} for study, step in histories]
        if not is_json:
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


def _verify(place: Path, asked_for: CycleId | None, trust: Trust, asked: Asked) -> Verified:
    bundle = open_bundle(place, asked=asked_for, is_pending_accepted=asked.is_pending_accepted)
    is_sealed = STATEMENT in bundle.files.names or not (place / "cycle.json").exists()
    return Verified(str(place), verify_bundle(bundle, trust, ALL_STEPS) if is_sealed else (), bundle)


def _folders(asked: Asked) -> Iterator[tuple[Path, CycleId | None]]:
    if not asked.targets:
        archive = Site(read_config(asked.config)).archive
        for study in archive.studies():
            if asked.study in (None, study):
                yield from ((archive.place(cycle), cycle) for cycle in archive.cycles(study))
        return
    for target in asked.targets:
        folder = Path(target)
        if folder.is_dir():
            yield folder, None
            continue
        try:
            cycle = CycleId.parse(target)
        except ValueError as error:
            raise RecordUnknown(f"{target!r} is neither the folder of a bundle nor a cycle like 035-00042") from error
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


def _say(found: Verified, *, is_long: bool) -> Iterator[str]:
    if is_long:
        yield from (_say_step(step) for step in found.steps)
    if found.error:
        step = found.steps[-1] if found.steps else None
        at = f" at step {step.number}, {step.name}" if step else ""
        yield f"REFUSED{at}: {found.error}  [{found.place}]"
    else:
        claim = found.bundle.claim
        late = ", sealed late" if claim.is_late else ""
        pending = ", TIME-STAMP PENDING" if found.bundle.missing_tokens else ""
        yield f"GENUINE  {claim.cycle}  its verdict is {claim.outcome}{late}{pending}"


def _say_step(step: StepResult) -> str:
    word = "REFUSED" if step.error else "holds  "
    return f"{step.number:>2}  {step.name:<10}  {word}  {step.proves} ({step.saw or step.problem})"


def _plain(found: Verified) -> dict[str, object]:
    return {
        "bundle": found.place,
        "isGenuine": found.error is None,
        "verdict": found.bundle.claim.outcome.value if found.error is None else "",
        "problem": str(found.error or ""),
        "steps": [
            {"number": step.number, "name": step.name, "proves": step.proves, "saw": step.saw, "problem": step.problem}
            for step in found.steps
        ],
    }

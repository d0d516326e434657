"""`dfwarm drill`: write down a rehearsed failover that people held, and list those on record."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import AuditBroken, ConfigInvalid
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.facts.drill import Drill

_KINDS = ("tabletop", "walkthrough", "simulation", "failover")
_RESULTS = {"passed": "PASSED", "conditions": "CONDITIONS", "failed": "FAILED"}


@click.group()
def drill() -> None:
    """Write down a drill that people held, and list those on record."""


@drill.command(epilog=exit_status(ConfigInvalid, AuditBroken))
@click.option("--study", "studies", type=STUDY, multiple=True, help="For this study.  [default: the whole pair]")
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="How much of a failover was rehearsed.")
@click.option("--result", type=click.Choice(list(_RESULTS)), required=True, help="What came of it.")
@click.option(
    "--held-at", type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M")), required=True, help="When it was held, UTC."
)
@click.option("--recovery-minutes", type=click.IntRange(1), default=None, help="The recovery time achieved.")
@click.option("--protocol", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its protocol.")
@click.option("--by", required=True, help="Who led it.")
@click.option("--reason", required=True, help="What was found.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def record(  # noqa: PLR0917 - one for each word of the command
    path: Path,
    studies: tuple[StudyNumber, ...],
    kind: str,
    result: str,
    held_at: datetime,
    recovery_minutes: int | None,
    protocol: Path | None,
    by: str,
    reason: str,
    is_json: bool,
) -> None:
    """
    Write down a drill in the audit trail.

    dfwarm was not there: what stands on record is a person's word. Of a protocol its SHA-256 is kept, so that it can be
    held against the paper; the file stays where it is.
    """
    from dfwarm import wire
    from dfwarm.assembly import Site, now
    from dfwarm.config.reading import read_config
    from dfwarm.facts.drill import DRILL_RECORDED, NOT_MEASURED, Drill, DrillKind, DrillResult

    moment = held_at.replace(tzinfo=UTC)
    if moment > now():
        raise click.BadParameter("the drill lies in the future", param_hint="--held-at")
    held = Drill(
        studies=tuple(map(int, sorted(set(studies)))),
        kind=DrillKind[kind.upper()],
        result=DrillResult[_RESULTS[result]],
        held_at=moment,
        recovery_minutes=NOT_MEASURED if recovery_minutes is None else recovery_minutes,
        by=_said(by),
        reason=_said(reason),
        protocol=hashlib.sha256(protocol.read_bytes()).hexdigest() if protocol else "",
    )
    subject = ", ".join(f"study {study:03d}" for study in held.studies) or "pair"
    site = Site(read_config(path))
    site.audit.append(DRILL_RECORDED, subject, by=held.by, reason=held.reason, after=wire.dump(held).decode())
    click.echo(wire.dump_indented(held) if is_json else _line(held))


@drill.command("list", epilog=exit_status(ConfigInvalid, AuditBroken))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(path: Path, is_json: bool) -> None:
    """List the drills on record, oldest first."""
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config
    from dfwarm.facts.audit import read_trail
    from dfwarm.facts.drill import read_drills
    from dfwarm.wire import dump_indented

    drills = read_drills(read_trail(Site(read_config(path)).audit.content))
    if is_json:
        click.echo(dump_indented({"drills": drills}))
        return
    for each in drills:
        click.echo(_line(each))
    if not drills:
        click.echo("no drill is on record")


def _line(held: "Drill") -> str:
    from dfwarm.facts.drill import NOT_MEASURED

    studies = ", ".join(f"{study:03d}" for study in held.studies) or "all"
    took = f", recovered in {held.recovery_minutes} min" if held.recovery_minutes != NOT_MEASURED else ""
    return f"{held.held_at:%Y-%m-%d %H:%M} UTC  {studies}  {held.kind}, {held.result}{took}  {held.by}: {held.reason}"


def _said(text: str) -> str:
    if not text.strip():
        raise click.BadParameter("a drill needs a name and what was found")
    return " ".join(text.split())

"""`dfwarm deviation`: accept a difference by name, for a time."""

import re
from datetime import timedelta
from pathlib import Path

import click

from dfwarm.assembly import Site, now
from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.errors import AuditBroken, PairBusy
from dfwarm.plan.deviation import Deviation
from dfwarm.spelling import unspell
from dfwarm.terms import StudyNumber

_DAYS = re.compile(r"([1-9]\d{0,2})d")
_MOST_DAYS = 366


@click.group()
def deviation() -> None:
    """Accept a difference by name, with a reason and an end."""


@deviation.command(epilog=exit_status(PairBusy, AuditBroken))
@click.argument("study", type=STUDY)
@click.option("--path", "name", required=True, help="The path as the letter spells it; all below it counts.")
@click.option("--reason", required=True, help="Why the difference is acceptable.")
@click.option("--approver", required=True, help="Who answers for it.")
@click.option("--expires", required=True, help="After how many days it ends, as 90d; at most 366d.")
@click.option("--root", default=STUDY_DIR, show_default=True, help="The key of the root that the path lies below.")
@click.pass_obj
def add(  # noqa: PLR0917 - one for each word of the command
    path: Path, study: StudyNumber, name: str, reason: str, approver: str, expires: str, root: str
) -> None:
    """Accept a difference. Cycles then end EQUIVALENT WITH DEVIATIONS, and every letter names it."""
    begin = now()
    accepted = Deviation(root, _read_path(name), _said(reason), _said(approver), begin, begin + _read_days(expires))
    site = Site(read_config(path))
    with site.locked():
        subject = f"study {study:03d}, {root}, {name}"
        site.audit.append("deviation added", subject, by=approver, reason=reason, after=accepted.say())
        site.deviations.add(study, accepted)
    click.echo(accepted.say())


@deviation.command("list")
@click.argument("study", type=STUDY)
@click.pass_obj
def list_(path: Path, study: StudyNumber) -> None:
    """List the accepted differences of a study, also those that are over."""
    for each in Site(read_config(path)).deviations.of(study):
        click.echo(each.say() + (", over" if each.expires_at <= now() else ""))


def _read_path(name: str) -> bytes:
    try:
        path = unspell(name).removeprefix(b"./").rstrip(b"/")
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--path") from error
    if path in (b"", b".") or path.startswith(b"/"):
        raise click.BadParameter("name a path below the root; the whole root cannot be accepted", param_hint="--path")
    return path


def _read_days(text: str) -> timedelta:
    match = _DAYS.fullmatch(text)
    if not match or int(match[1]) > _MOST_DAYS:
        raise click.BadParameter(f"{text!r} is not a number of days from 1d to {_MOST_DAYS}d", param_hint="--expires")
    return timedelta(days=int(match[1]))


def _said(text: str) -> str:
    if not text.strip():
        raise click.BadParameter("a deviation needs a reason and an approver")
    return " ".join(text.split())

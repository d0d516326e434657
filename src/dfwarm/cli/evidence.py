"""`dfwarm evidence`: let the time-stamps of old evidence last, and say how long those of now do."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import (
    AuditBroken,
    BundleRefused,
    HistoryBroken,
    KeyUnusable,
    PairBusy,
    RecordUnknown,
    TokenRefused,
    ToolMissing,
)
from dfwarm.terms import StudyNumber, spell_time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dfwarm.assembly import Site
    from dfwarm.procedures.renewing import Lasting, Renewing
    from dfwarm.terms import CycleId

_STUDY = click.option("--study", type=STUDY, help="This study alone.  [default: every study on record]")


@click.group()
def evidence() -> None:
    """Renew the time-stamps of old evidence; say how long those of now last."""


@evidence.command(
    epilog=exit_status(
        PairBusy, RecordUnknown, KeyUnusable, TokenRefused, BundleRefused, HistoryBroken, AuditBroken, ToolMissing
    )
)
@_STUDY
@click.option("--full", "is_full", is_flag=True, help="Take every file of every bundle again, by SHA-512.")
@click.option("--by", required=True, help="Who renews.")
@click.option("--reason", required=True, help="Why.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def renew(path: Path, study: StudyNumber | None, is_full: bool, by: str, reason: str, is_json: bool) -> None:  # noqa: PLR0917
    """
    Put a new time-stamp over old ones, before their algorithm or their certificate ends.

    What does not hold now is not renewed. Each renewal covers the one before it, so that the newest token vouches for
    everything; do it once a year. With --full it also replaces SHA-256 as the digest that everything hangs on.
    """
    if not by.strip() or not reason.strip():
        raise click.BadParameter("a renewal needs a name and a reason")
    site = _site(path)
    done = []
    with site.locked():
        renewing = _renewing(site)
        for each in (study,) if study else site.archive.studies():
            logged = site.history.logged(each, site.archive, 0, expired=_expired(site), audit=site.audit.content)
            done.append(renewing.renew(each, logged, by=by, reason=reason, is_full=is_full))
    if is_json:
        from dfwarm.wire import dump_indented

        told = [{"log": one.origin, "number": one.number, "files": len(one.files)} for one in done]
        click.echo(dump_indented(told))
    else:
        for one in done:
            click.echo(f"{one.origin}: renewal {one.number} over {one.size} statements, {len(one.files)} files new")
        if not done:
            click.echo("no cycle is on record")


@evidence.command(epilog=exit_status(KeyUnusable, HistoryBroken))
@_STUDY
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(path: Path, study: StudyNumber | None, is_json: bool) -> None:
    """Say what is renewed, and when the first certificate ends that the evidence rests on."""
    site = _site(path)
    renewing = _renewing(site)
    found = tuple(renewing.lasting(each) for each in ((study,) if study else site.archive.studies()))
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"studies": found}))
    else:
        click.echo("\n".join(map(_say, found)) or "no cycle is on record")


def _say(found: "Lasting") -> str:
    renewed = f"last on {spell_time(found.renewed_at)}" if found.renewed_at else "none"
    ends = (
        f"the first certificate ends on {spell_time(found.ends_at)}" if found.ends_at else "no certificate is in them"
    )
    return (
        f"study {found.study:03d}: {found.statements} statements, {found.renewals} renewals ({renewed}), "
        f"{found.unrenewed} not renewed; {ends}"
    )


def _expired(site: "Site") -> "Mapping[CycleId, str]":
    from dfwarm.facts.audit import read_trail
    from dfwarm.procedures.expiry import expired_in

    return expired_in(read_trail(site.audit.content))


def _renewing(site: "Site") -> "Renewing":
    from dfwarm.assembly import now
    from dfwarm.config.values import NoEvidence
    from dfwarm.equipment.own_keys import with_own_keys
    from dfwarm.procedures.renewing import Renewing

    evidence = site.config.evidence
    if isinstance(evidence, NoEvidence):
        hint = 'Write a table [evidence] with key_file = "/var/lib/dfwarm/keys/evidence".'
        raise KeyUnusable("the configuration names no evidence key", hint=hint)
    trust = with_own_keys(site.trust(evidence).read(), site.history)
    return Renewing(site.history, site.archive, site.audit, site.authorities(evidence), trust, now)


def _site(path: Path) -> "Site":
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    return Site(read_config(path))

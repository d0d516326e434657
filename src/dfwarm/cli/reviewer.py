"""`dfwarm reviewer`: who may sign for cycles."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site, now
from dfwarm.cli.desk import desk_of
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import AuditBroken, KeyUnusable, PairBusy, ReviewRefused
from dfwarm.evidence.signers import Signer
from dfwarm.terms import spell_time

_USER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CODES = exit_status(PairBusy, KeyUnusable, ReviewRefused, AuditBroken)


@click.group()
def reviewer() -> None:
    """Enrol who may sign for cycles, list them, end an enrolment."""


@reviewer.command(epilog=_CODES)
@click.argument("user")
@click.option("--name", required=True, help="The printed name, as it stands on every certificate.")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="The reviewer's public key.")
@click.option("--by", required=True, help="Who looked at the person's identity, and enrols her.")
@click.option("--reason", required=True, help="How identity and training were checked, and where that is on record.")
@click.pass_obj
def add(  # noqa: PLR0917 - one for each word of the command
    path: Path, user: str, name: str, key: Path, by: str, reason: str
) -> None:
    """Enrol a reviewer. A name that was enrolled once is never given to somebody else."""
    from dfwarm.equipment.reviewer import read_public_key
    from dfwarm.evidence.review import NAMESPACE
    from dfwarm.evidence.security_key import is_security_key

    if not _USER.fullmatch(user) or not name.strip() or name != " ".join(name.split()) or not name.isprintable():
        raise click.BadParameter("a user is lower case letters, digits, dots and hyphens; a name is printable")
    site = Site(read_config(path))
    public = read_public_key(key)
    if not is_security_key(public) and not site.config.review.software_keys:
        raise ReviewRefused(
            "the key is no security key, and this site takes no others for reviews",
            hint="Make one with `ssh-keygen -t ed25519-sk -O verify-required`, or allow software_keys in [review].",
        )
    with site.locked():
        trust = desk_of(site).trust
        _refuse_another_person(trust.reviewers(), user, name)
        _refuse_another_name(trust.reviewers(), user, name, public)
        signer = Signer(user, public, (NAMESPACE,), valid_after=now().replace(microsecond=0), comment=name)
        site.audit.append("reviewer enrolled", f"{name} ({user})", by=by, reason=reason, after=signer.fingerprint)
        trust.enrol(signer)
    click.echo(f"{name} ({user}) may sign with {signer.fingerprint}")


@reviewer.command(epilog=_CODES)
@click.argument("user")
@click.option("--by", required=True, help="Who ends the enrolment.")
@click.option("--reason", required=True, help="Why it ends.")
@click.pass_obj
def end(path: Path, user: str, by: str, reason: str) -> None:
    """End an enrolment. What was signed before stays signed."""
    site = Site(read_config(path))
    with site.locked():
        trust = desk_of(site).trust
        open_ones = [each for each in trust.reviewers() if each.principal == user and each.valid_before is None]
        if not open_ones:
            raise ReviewRefused(f"nobody is enrolled as {user!r} now")
        moment = now().replace(microsecond=0)
        site.audit.append("reviewer ended", user, by=by, reason=reason, before=open_ones[0].fingerprint)
        trust.write_reviewers(
            tuple(replace(each, valid_before=moment) if each in open_ones else each for each in trust.reviewers())
        )
    click.echo(f"{user} signs no more from {spell_time(moment)}")


@reviewer.command("list", epilog=_CODES)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(path: Path, is_json: bool) -> None:
    """List who is enrolled, also those who were."""
    told = [
        {
            "user": each.principal,
            "name": each.comment,
            "fingerprint": each.fingerprint,
            "validAfter": each.valid_after,
            "validBefore": each.valid_before,
        }
        for each in desk_of(Site(read_config(path))).trust.reviewers()
    ]
    if is_json:
        click.echo(wire.dump_indented({"reviewers": told}))
        return
    for each in told:
        until = f" until {_say(each['validBefore'])}" if each["validBefore"] else ""
        click.echo(f"{each['user']}  {each['name']}  {each['fingerprint']}  from {_say(each['validAfter'])}{until}")


def _say(moment: object) -> str:
    return spell_time(moment) if isinstance(moment, datetime) else "the beginning"


def _refuse_another_person(reviewers: tuple[Signer, ...], user: str, name: str) -> None:
    taken = {each.comment for each in reviewers if each.principal == user}
    if taken and name not in taken:
        raise ReviewRefused(f"{user} was enrolled for {min(taken)}, and is never given to somebody else")


def _refuse_another_name(reviewers: tuple[Signer, ...], user: str, name: str, key: bytes) -> None:
    """One person has one key and one name, or a second person would be somebody who signs twice."""
    for each in reviewers:
        if each.principal != user and (each.key == key or each.comment.casefold() == name.casefold()):
            same = "the key" if each.key == key else "the name"
            raise ReviewRefused(
                f"{same} is that of {each.comment} ({each.principal}), and nobody is enrolled under two names",
                hint="Enrol each person once, with a key of the person's own; tell namesakes apart by their names.",
            )

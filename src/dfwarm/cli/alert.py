"""`dfwarm alert`: what tells people without being asked, its test, and who answers."""

import hashlib
import secrets
import socket
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import AlertUndelivered, AuditBroken, ConfigInvalid, MailUndelivered
from dfwarm.spelling import printable_lines

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.evidence.letter import Letter

_ERRORS = (ConfigInvalid, MailUndelivered, AuditBroken, AlertUndelivered)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@click.group()
def alert() -> None:
    """Tell people: send what waits, test that it arrives, give signs of life."""


@alert.command(epilog=exit_status(*_ERRORS))
@click.pass_obj
def test(path: Path) -> None:
    """Send a test by every way. Whoever gets it acknowledges its code; if nobody does, it is escalated."""
    _test(_site(path))


@alert.command(epilog=exit_status(*_ERRORS))
@click.argument("code")
@click.option("--by", required=True, help="Who got the test.")
@click.pass_obj
def acknowledge(path: Path, code: str, by: str) -> None:
    """Say that a test arrived, by the code that stands in it."""
    site = _site(path)
    with site.locked():
        calendar, name = site.alarms.calendar(), " ".join(by.split())
        if not name or not calendar.code or calendar.code != _digest(code):
            raise AlertUndelivered("this is not the code of the last test", hint="Read it again; case does not matter.")
        site.audit.append("alert acknowledged", f"pair {site.config.pair.name}", by=name)
        site.alarms.note(replace(calendar, acknowledged_by=name, acknowledged_at=site.alarms.now()))
    click.echo(f"acknowledged by {name}")


@alert.command(epilog=exit_status(*_ERRORS))
@click.pass_obj
def digest(path: Path) -> None:
    """Send the sign of life now: how old each study's last proven time point is."""
    _digest_now(_site(path))


@alert.command(epilog=exit_status(*_ERRORS))
@click.pass_obj
def due(path: Path) -> None:
    """Do what is due: weekly digest, quarterly test, escalation, figures, and what waits. For a daily timer."""
    from dfwarm.plan.alerts import Duty, due_duties

    site = _site(path)
    acts = {Duty.DIGEST: _digest_now, Duty.TEST: _test, Duty.ESCALATION: _escalate}
    within = timedelta(seconds=site.acknowledge_within_seconds)
    for duty in due_duties(site.alarms.calendar(), site.alarms.now(), within):
        acts[duty](site)
    site.write_metrics()
    _refuse_waiting(site)


@alert.command(epilog=exit_status(*_ERRORS))
@click.pass_obj
def retry(path: Path) -> None:
    """Send what waits."""
    _refuse_waiting(_site(path))


@alert.command(name="list", epilog=exit_status(ConfigInvalid))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(path: Path, *, is_json: bool) -> None:
    """List the alerts that wait, and why."""
    from dfwarm.wire import dump_indented

    waiting = _site(path).alarms.waiting()
    if is_json:
        click.echo(dump_indented({"waiting": waiting}))
    for each in () if is_json else waiting:
        click.echo(f"{each.way}  {each.subject}\n  tried {each.tries} times: {each.reason or 'not tried yet'}")
    if not waiting and not is_json:
        click.echo("no alert waits")


@alert.command(epilog=exit_status(ConfigInvalid))
@click.pass_obj
def metrics(path: Path) -> None:
    """Print the figures for Prometheus."""
    click.echo(_site(path).metrics(), nl=False)


def _site(path: Path) -> "Site":
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    return Site(read_config(path))


def _test(site: "Site") -> None:
    from dfwarm.evidence.notice import write_alert_test

    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    pair, at = site.config.pair.name, site.alarms.now()
    with site.locked():
        site.audit.append("alert tested", f"pair {pair}", after=f"code sha256 {_digest(code)}")
        earlier = site.alarms.calendar()
        fresh = replace(earlier, test_at=at, code=_digest(code), acknowledged_by="", acknowledged_at=None)
        site.alarms.note(replace(fresh, escalated_at=None))
        _tell(site, write_alert_test(socket.gethostname(), pair, at, code))


def _digest_now(site: "Site") -> None:
    from dfwarm.evidence.notice import write_digest

    at = site.alarms.now()
    with site.locked():
        _tell(site, write_digest(socket.gethostname(), site.config.pair.name, at, site.life_lines()))
        site.alarms.note(replace(site.alarms.calendar(), digest_at=at))


def _escalate(site: "Site") -> None:
    from dfwarm.evidence.notice import write_escalation

    with site.locked():
        calendar, at = site.alarms.calendar(), site.alarms.now()
        if not calendar.test_at:
            return
        site.audit.append("alert escalated", f"pair {site.config.pair.name}", reason="nobody acknowledged the test")
        letter = write_escalation(socket.gethostname(), site.config.pair.name, at, calendar.test_at)
        click.echo(site.postman(is_escalated=True).send(letter))
        site.alarms.tell(letter.subject, letter.text)
        site.alarms.note(replace(calendar, escalated_at=at))
    site.alarms.send_within_deadline()


def _tell(site: "Site", letter: "Letter") -> None:
    click.echo(site.postman().send(letter))
    site.alarms.tell(letter.subject, letter.text)
    site.alarms.send_within_deadline()


def _refuse_waiting(site: "Site") -> None:
    left = site.alarms.send()
    for each in left:
        click.echo(printable_lines(f"{each.way}: {each.subject}: {each.reason}"), err=True)
    if left:
        raise AlertUndelivered(f"alerts that wait: {len(left)}")
    sys.stdout.flush()


def _digest(code: str) -> str:
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()

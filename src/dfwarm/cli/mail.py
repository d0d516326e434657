"""`dfwarm mail`: send what waits in the spool, send a test letter, tell of a failed unit."""

import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import ConfigInvalid, MailUndelivered

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.equipment.mail import Route
    from dfwarm.equipment.postman import Delivery
    from dfwarm.equipment.spool import Damaged, WaitingLetter

_NO_MAIL_HINT = "Write a [mail] table into the configuration."


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting letter as `mail list` shows it; a damaged file has its name as subject."""

    identity: str
    subject: str
    written_at: str
    tries: int
    accepted: tuple[str, ...]
    reason: str


@click.group()
def mail() -> None:
    """Send what waits in the spool, or a test letter."""


@mail.command(epilog=exit_status(ConfigInvalid, MailUndelivered))
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def retry(path: Path, *, is_json: bool) -> None:
    """Try every waiting letter, oldest first."""
    from dfwarm.equipment.postman import retry_waiting

    site = _site(path)
    postman = site.postman()
    deliveries = retry_waiting(_route(site), postman.spool, postman.now)
    _say_deliveries(deliveries, is_json=is_json)
    if left := len(postman.spool.waiting()):
        raise MailUndelivered(f"letters that wait in the spool: {left}", hint="`dfwarm mail list` says why.")


@mail.command(name="list", epilog=exit_status(ConfigInvalid))
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def list_(path: Path, *, is_json: bool) -> None:
    """List the letters that wait, and why."""
    waiting = tuple(map(_show, _site(path).postman().spool.waiting()))
    if is_json:
        _print_json({"waiting": waiting})
        return
    for entry in waiting:
        click.echo(f"{entry.identity}  {entry.written_at}  {entry.tries} tries  {entry.subject}\n  {entry.reason}")
    if not waiting:
        click.echo("no letter waits")


@mail.command(epilog=exit_status(ConfigInvalid, MailUndelivered))
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def test(path: Path, *, is_json: bool) -> None:
    """Send a test letter now. It is never kept in the spool."""
    from dfwarm.equipment.mail import carry
    from dfwarm.evidence.envelope import write_message
    from dfwarm.evidence.notice import write_test_letter

    site = _site(path)
    route, at = _route(site), site.postman().now()
    letter = write_test_letter(socket.gethostname(), site.config.pair.name, at)
    answer = carry(write_message(letter, route.sender, route.recipients, at), route, route.recipients)
    if is_json:
        _print_json(answer)
    else:
        for address in answer.accepted:
            click.echo(f"taken by {route.host}:{route.port} for {address}; ask there whether it arrived")
    if len(answer.accepted) < len(route.recipients):
        refused = (f"{refusal.address}: {refusal.says}" for refusal in answer.refused)
        raise MailUndelivered(answer.reason or "; ".join(refused), hint="Correct the [mail] table and test again.")


@mail.command(epilog=exit_status(ConfigInvalid, MailUndelivered))
@click.argument("unit")
@click.pass_obj
def alert(path: Path, unit: str) -> None:
    """Tell people that a systemd unit failed; its OnFailure= calls this."""
    from dfwarm.evidence.notice import UnitFailure, write_alert

    postman = _site(path).postman()
    result, status = (os.environ.get(f"MONITOR_{name}", "") for name in ("SERVICE_RESULT", "EXIT_STATUS"))
    failure = UnitFailure(unit, socket.gethostname(), postman.now(), result, status)
    click.echo(postman.send(write_alert(failure)))


def _site(path: Path) -> "Site":
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    return Site(read_config(path))


def _route(site: "Site") -> "Route":
    from dfwarm.equipment.mail import Route

    route = site.postman().route
    if not isinstance(route, Route):
        raise MailUndelivered("the configuration has no [mail] table", hint=_NO_MAIL_HINT)
    return route


def _show(entry: "WaitingLetter | Damaged") -> Waiting:
    from dfwarm.equipment.spool import Damaged
    from dfwarm.terms import spell_time

    if isinstance(entry, Damaged):
        return Waiting("", str(entry.path), "", 0, (), f"this file is damaged: {entry.reason}")
    refused = (f"{refusal.address}: {refusal.says}" for refusal in entry.refused)
    reason = entry.reason or "; ".join(refused) or "not tried yet"
    return Waiting(
        entry.identity, entry.letter.subject, spell_time(entry.written_at), entry.tries, entry.accepted, reason
    )


def _say_deliveries(deliveries: "tuple[Delivery, ...]", *, is_json: bool) -> None:
    if is_json:
        _print_json({"deliveries": deliveries})
        return
    for delivery in deliveries:
        click.echo(f"{delivery.subject}\n  {delivery.say()}")
    if not deliveries:
        click.echo("no letter waits")


def _print_json(value: object) -> None:
    from dfwarm.wire import dump_indented

    click.echo(dump_indented(value))

"""`dfwarm authority`: who rules the pair, and let the other side rule."""

from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site, now
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import AuditBroken, AuthorityRefused, DfwarmError, HostUnreachable, PairBusy
from dfwarm.facts.ruling import CONTROLLER, MOVED, Ruled, Ruling, spell_words
from dfwarm.plan import questions
from dfwarm.terms import Side

_SIDE = click.Choice([side.value for side in Side])


@click.group()
def authority() -> None:
    """Say which side rules the pair, by a number that only grows."""


@authority.command(epilog=exit_status(AuthorityRefused))
@click.option("--json", "is_json", is_flag=True, help="Print what each keeper has on record as JSON.")
@click.pass_obj
def show(path: Path, is_json: bool) -> None:
    """Show what both sides and the controller have on record. Exit 50 where they do not agree."""
    site = Site(read_config(path))
    _finish(_look(site), is_json=is_json)


@authority.command(epilog=exit_status(HostUnreachable, PairBusy, AuditBroken, AuthorityRefused))
@click.option("--to", "ruler", type=_SIDE, required=True, help="The side that rules from now on.")
@click.option("--by", required=True, help="Who decides it.")
@click.option("--reason", required=True, help="Why.")
@click.option("--without", "absent", type=_SIDE, help="A side that is lost: it is told when it comes back.")
@click.option("--json", "is_json", is_flag=True, help="Print what each keeper has on record as JSON.")
@click.pass_obj
def move(path: Path, *, ruler: str, by: str, reason: str, absent: str | None, is_json: bool) -> None:
    """
    Let a side rule from now on, by the next epoch. While the standby rules, no cycle can write to it.

    It is recorded in the audit trails of both ends, and refused while somebody writes to the standby. The same command
    again, with the same ruler, brings the news to a side that was lost.
    """
    by, reason = " ".join(by.split()), " ".join(reason.split())
    _refuse_long(by, reason)
    site = Site(read_config(path))
    with site.locked():
        known = _look(site)
        sides = tuple(side for side in (Side.STANDBY, Side.PRODUCTION) if side.value != absent)
        if lost := [side for side in sides if isinstance(known[side.value], str)]:
            raise HostUnreachable(
                f"the {lost[0]} does not answer: {known[lost[0].value]}",
                hint=f"Where it is lost for now, say --without {lost[0]}.",
            )
        epoch = 1 + max(each.epoch for each in known.values() if isinstance(each, Ruled))
        ruling = Ruling(site.config.pair.name, epoch, Side(ruler), now().replace(microsecond=0), by, reason)
        for side in sides:
            _tell(site, side, ruling)
        before = known[CONTROLLER]
        site.audit.append(
            MOVED,
            f"pair {ruling.pair}",
            by=by,
            reason=reason,
            before=before if isinstance(before, str) else before.say(),
            after=ruling.say(),
        )
        site.rulings.keep(ruling)
        found = _look(site)
        if absent:
            del found[absent]
    _finish(found, is_json=is_json)


def _look(site: Site) -> dict[str, Ruled | str]:
    """What each keeper has on record; of one that does not answer, why."""
    found: dict[str, Ruled | str] = {CONTROLLER: site.rulings.find(site.config.pair.name)}
    for side in Side:
        host = site.host(side)
        try:
            found[side.value] = host.ask(questions.ruling(site.config.pair.name)).value
        except DfwarmError as error:
            found[side.value] = str(error)
        finally:
            host.close()
    return found


def _tell(site: Site, side: Side, ruling: Ruling) -> None:
    host = site.host(side)
    try:
        host.ask(questions.rule(ruling))
    finally:
        host.close()


def _refuse_long(by: str, reason: str) -> None:
    if not by or not reason:
        raise click.UsageError("--by and --reason may not be blank")
    try:
        spell_words(f"{by}\n{reason}")
    except ValueError as error:
        raise click.UsageError(f"--by and --reason are too long: {error}") from error


def _finish(found: dict[str, Ruled | str], *, is_json: bool) -> None:
    if is_json:
        click.echo(wire.dump_indented({keeper: _ruling_of(said) for keeper, said in found.items()}))
    else:
        for keeper, said in found.items():
            click.echo(f"{keeper:<12}{said if isinstance(said, str) else _say(said)}")
    rulings = {(said.epoch, said.say()) if isinstance(said, Ruled) else (-1, said) for said in found.values()}
    if len(rulings) != 1 or any(epoch < 1 for epoch, _ in rulings):
        raise AuthorityRefused("both sides and the controller do not agree on who rules")


def _ruling_of(said: Ruled | str) -> object:
    if isinstance(said, str):
        return {"problem": said}
    return said.rulings[0] if said.rulings else None


def _say(said: Ruled) -> str:
    if not said.rulings:
        return said.say()
    ruling = said.rulings[0]
    by = f", by {ruling.by}" if ruling.by else ""
    return f"{ruling.say()} since {ruling.at:%Y-%m-%d %H:%M UTC}{by}: {ruling.reason}"

"""`dfwarm adopt`: say which folders of which hosts are the study, once, after looking at both."""

from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.errors import AuditBroken, HostUnreachable, IdentityRefused, PairBusy, StudyUnknown
from dfwarm.facts.identity import Identified, entanglement
from dfwarm.facts.ruling import Ruled
from dfwarm.plan import questions
from dfwarm.spelling import spell
from dfwarm.terms import Side, StudyNumber


@click.command(epilog=exit_status(HostUnreachable, StudyUnknown, PairBusy, IdentityRefused, AuditBroken))
@click.argument("study", type=STUDY)
@click.option("--by", default="", help="Who looked at both sides and answers for it.")
@click.option("--reason", default="", help="Why these folders are the study.")
@click.option("--standby-host", default="", help="The standby's host name, typed as it is shown.")
@click.option("--json", "is_json", is_flag=True, help="Print what is there as JSON.")
@click.pass_obj
def adopt(  # noqa: PLR0917 - one for each word of the command
    path: Path, study: StudyNumber, by: str, reason: str, standby_host: str, is_json: bool
) -> None:
    """
    Show what each side's study is, and adopt it.

    Without --by, --reason and --standby-host nothing is adopted: both sides are shown. Do not adopt a folder to get
    rid of an error: if a disk is not mounted, mount it.
    """
    by, reason = " ".join(by.split()), " ".join(reason.split())
    if len({bool(by), bool(reason), bool(standby_host)}) > 1:
        raise click.UsageError("to adopt, say --by, --reason and --standby-host")
    site = Site(read_config(path))
    with site.locked():
        seen = _look(site, study)
        if by:
            _refuse(seen, standby_host)
            before = "; ".join(_say(side, found) for side, found in seen.items() if found.is_adopted)
            after = "; ".join(_say(side, found) for side, found in seen.items())
            site.audit.append("adopted", f"study {study:03d}", by=by, reason=reason, before=before, after=after)
            seen = _adopt(site, study)
            _take_over(site)
    if is_json:
        click.echo(wire.dump_indented({side.value: found for side, found in seen.items()}))
    else:
        click.echo("\n".join(_say(side, found) for side, found in seen.items()))
    problems = [problem for found in seen.values() for problem in found.problems]
    if problems:
        raise IdentityRefused(f"study {study:03d} is not adopted as it is: {'; '.join(problems)}")


def _look(site: Site, study: StudyNumber) -> dict[Side, Identified]:
    return {side: _ask(site, side, study, "identify") for side in Side}


def _adopt(site: Site, study: StudyNumber) -> dict[Side, Identified]:
    return {side: _ask(site, side, study, "adopt") for side in Side}


def _take_over(site: Site) -> None:
    """Let this controller go by the highest epoch that either side knows: of a new pair the first one."""
    pair = site.config.pair.name
    known = [_ruled(site, side) for side in Side]
    highest = max((each for ruled in known for each in ruled.rulings), key=lambda each: each.epoch)
    if site.rulings.find(pair).epoch < highest.epoch:
        site.rulings.keep(highest)


def _ruled(site: Site, side: Side) -> Ruled:
    host = site.host(side)
    try:
        return host.ask(questions.ruling(site.config.pair.name)).value
    finally:
        host.close()


def _ask(site: Site, side: Side, study: StudyNumber, verb: str) -> Identified:
    ask = questions.adopt if verb == "adopt" else questions.identify
    host = site.host(side)
    try:
        return host.ask(ask(study, site.config.pair.name)).value
    finally:
        host.close()


def _refuse(seen: dict[Side, Identified], standby_host: str) -> None:
    production, standby = seen[Side.PRODUCTION], seen[Side.STANDBY]
    if entangled := entanglement(production, standby):
        raise IdentityRefused("; ".join(entangled), hint="Correct the configuration; nothing was adopted.")
    if standby_host != standby.host:
        raise IdentityRefused(
            f"the standby is {standby.host}, and {standby_host!r} was typed",
            hint="Look which host you mean. What the standby holds will be replaced by production's.",
        )


def _say(side: Side, found: Identified) -> str:
    roots = "; ".join(
        f"{root.key} {spell(root.real)} on {root.file_system}, {root.entries:,} entries in it" for root in found.roots
    )
    state = "as adopted" if not found.problems else "; ".join(found.problems)
    return f"{side} on {found.host}: {roots} ({state}; {found.rules})"

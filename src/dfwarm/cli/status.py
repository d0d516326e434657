"""`dfwarm status`: how old the last proven time point of each study is."""

import sys
from datetime import datetime
from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site, now
from dfwarm.config.reading import read_config
from dfwarm.config.values import NamedStudies
from dfwarm.facts.growth import Shipped
from dfwarm.facts.ledger import read_ledger
from dfwarm.plan.recovery import OpenCycle, plan_recovery
from dfwarm.plan.schedule import next_due
from dfwarm.procedures.freshness import Freshness, look_at_freshness
from dfwarm.terms import spell_duration, spell_time

WARNING, CRITICAL = 1, 2


@click.command(epilog="Exit codes: 0 every study is within its RPO, 2 one is not, or a cycle was cut off.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(path: Path, is_json: bool) -> None:
    """Say how old the last proven time point of each study is."""
    site = Site(read_config(path))
    chosen = site.config.pair.studies
    named = chosen.numbers if isinstance(chosen, NamedStudies) else ()
    studies = sorted({*named, *site.archive.studies()})
    seen = tuple(
        look_at_freshness(
            site.archive,
            study,
            lambda wanted: site.catalogue.entries(wanted),  # noqa: PLW0108  (its libraries are loaded when it is asked)
            now=now(),
            rpo_seconds=site.config.pair.rpo_seconds,
        )
        for study in studies
    )
    content = site.ledger_path.read_bytes() if site.ledger_path.exists() else b""
    whole = content[: content.rfind(b"\n") + 1]
    found = plan_recovery(read_ledger(whole))
    open_cycle = str(found.cycle) if isinstance(found, OpenCycle) else ""
    is_good = bool(seen) and not open_cycle and all(each.is_within_rpo for each in seen)
    ruled = site.rulings.find(site.config.pair.name)
    if is_json:
        click.echo(
            wire.dump_indented(
                {
                    "pair": site.config.pair.name,
                    "authority": ruled.rulings[0] if ruled.rulings else None,
                    "studies": seen,
                    "openCycle": open_cycle,
                    "seals": {study: seal.state for study, seal in site.seals(studies).items()},
                    "shipped": _shipped(site, seen),
                    "warnings": site.key_warnings,
                    "nextDueAt": next_due(site.schedule, now()),
                }
            )
        )
    else:
        _print(site, seen, open_cycle)
    sys.exit(0 if is_good else CRITICAL)


def _print(site: Site, seen: tuple[Freshness, ...], open_cycle: str) -> None:
    every = site.config.schedule.every
    click.echo(
        f"Pair {site.config.pair.name}    promised recovery point {spell_duration(site.config.pair.rpo_seconds)}"
    )
    click.echo(f"Authority: {site.rulings.find(site.config.pair.name).say()}")
    due = spell_time(next_due(site.schedule, now()))[:19].replace("T", " ")
    click.echo(f"Cycles run at {every} {site.config.schedule.zone}; next due {due} UTC\n")
    click.echo("study  proven as of             age          against RPO  last cycle  verdict")
    for each in seen:
        as_of = _instant(each.proven_as_of) if each.proven_as_of else "never"
        age = spell_duration(each.age_seconds) if each.age_seconds >= 0 else "-"
        within = "within" if each.is_within_rpo else "BREACHED"
        columns = (f"{each.study:03d}", as_of, age, within, each.last_cycle or "-", each.last_outcome or "none yet")
        click.echo("{:<5}  {:<23}  {:<11}  {:<11}  {:<10}  {}".format(*columns))
    _print_shipped(site, seen)
    _print_seals(site, seen)
    if not seen:
        click.echo("no study has a record yet")
    if open_cycle:
        click.echo(f"\nCycle {open_cycle} was cut off or is running. If none runs: dfwarm recover")


def _shipped(site: Site, seen: tuple[Freshness, ...]) -> tuple[Shipped, ...]:
    """What lies on the standby ahead of the last proven time point."""
    found = ((each, site.shipped.read(each.study)) for each in seen)
    return tuple(
        shipped
        for each, shipped in found
        if shipped and each.proven_by == shipped.proven_by and each.proven_as_of
        if shipped.shipped_until > each.proven_as_of or shipped.remark
    )


def _print_shipped(site: Site, seen: tuple[Freshness, ...]) -> None:
    ahead = _shipped(site, seen)
    if ahead:
        click.echo("\nNot proven, but shipped since (page images and journals alone):")
    for each in ahead:
        age = spell_duration(max(0, int((now() - each.shipped_until).total_seconds())))
        remark = f"; {each.remark}" if each.remark else ""
        click.echo(
            f"{each.study:<5}  until {_instant(each.shipped_until)}, {age} ago: {each.pages:,} page images, "
            f"{each.journals:,} continuations of journals, {each.bytes:,} bytes{remark}"
        )


def _print_seals(site: Site, seen: tuple[Freshness, ...]) -> None:
    seals = site.seals(each.study for each in seen)
    if seals:
        click.echo("\nSeal of the last cycle:")
    for study, seal in seals.items():
        late = ", late" if seal.is_late else ""
        click.echo(f"{study:<5}  {seal.state}{late}{f': {seal.problem}' if seal.problem else ''}")
    for warning in site.key_warnings:
        click.echo(warning)


def _instant(moment: datetime) -> str:
    return spell_time(moment)[:19].replace("T", " ") + " UTC"

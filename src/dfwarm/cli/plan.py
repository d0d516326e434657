"""`dfwarm plan`: what a cycle would do now, and whether its freeze fits its budget."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.errors import (
    ChangesHeld,
    FreezeRefused,
    HostUnreachable,
    IdentityRefused,
    PairBusy,
    SourceRefused,
    StudyUnknown,
)
from dfwarm.hosts import open_hosts
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.plan.forecast import Forecast

_ERRORS = (HostUnreachable, StudyUnknown, PairBusy, SourceRefused, ChangesHeld, FreezeRefused, IdentityRefused)


@click.command(epilog=exit_status(*_ERRORS))
@click.argument("studies", type=STUDY, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every study of the pair.")
@click.option("--json", "is_json", is_flag=True, help="Print the plans as JSON.")
@click.pass_obj
def plan(path: Path, studies: tuple[StudyNumber, ...], is_all: bool, is_json: bool) -> None:
    """Say what a cycle would do now, and how long it would keep people out. Nothing is stopped or written."""
    if bool(studies) == is_all:
        raise click.UsageError("name studies, or say --all")
    config = read_config(path)
    hosts = open_hosts(config)
    from rich.console import Console

    from dfwarm import wire
    from dfwarm.assembly import Site
    from dfwarm.cli.live import Screen
    from dfwarm.plan.forecast import render_forecast
    from dfwarm.procedures.forecast import forecast_now

    site = Site(config, hosts)
    try:
        with site.locked(), Screen(Console(stderr=True)) as screen, site.kit(screen) as kit:
            found = tuple(forecast_now(site.order(kit.ledger, study), kit) for study in studies or site.studies())
    finally:
        for host in hosts.values():
            host.close()
    if is_json:
        told = [
            {
                "plan": each,
                "isRefused": each.is_refused,
                "reasons": each.reasons(),
                "freezeMilli": each.estimate.total_milli,
            }
            for each in found
        ]
        click.echo(wire.dump_indented({"plans": tuple(told)}))
    else:
        click.echo(f"Authority: {site.rulings.find(config.pair.name).say()}, by this controller's record")
        click.echo("\n\n".join("\n".join(render_forecast(each)) for each in found))
    sys.exit(max(map(_exit_code, found), default=0))


def _exit_code(found: "Forecast") -> int:
    """The code with which the cycle itself would be refused."""
    if found.refusals:
        return ChangesHeld.exit_code if found.is_held else SourceRefused.exit_code
    return FreezeRefused.exit_code if found.is_over_budget else 0

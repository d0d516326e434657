"""`dfwarm recover`: tie up a cycle that was cut off."""

import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.cli.live import Screen
from dfwarm.config.reading import read_config
from dfwarm.errors import HostUnreachable, LedgerBroken, PairBusy, ServerStuck
from dfwarm.plan.recovery import NothingOpen
from dfwarm.procedures.recover import find_open
from dfwarm.procedures.recover import recover as tie_up


@click.command(epilog=exit_status(PairBusy, HostUnreachable, ServerStuck, LedgerBroken))
@click.option("--json", "is_json", is_flag=True, help="Print the record as JSON.")
@click.pass_obj
def recover(path: Path, is_json: bool) -> None:
    """Start what a cut-off cycle left stopped, and close it as INCONCLUSIVE."""
    site = Site(read_config(path))
    with site.locked(), Screen(Console(stderr=True)) as screen, site.kit(screen) as kit:
        found = find_open(kit)
        if isinstance(found, NothingOpen):
            click.echo("{}" if is_json else "nothing to recover: every cycle that was begun is closed")
            return
        before = f"cut off after '{found.last.act}'"
        site.audit.append("cycle recovered", str(found.cycle), before=before, after="closed")
        order = replace(site.order(kit.ledger, found.cycle.study), cycle=found.cycle)
        record = tie_up(order, kit, found)
    if is_json:
        click.echo(wire.dump_indented(record))
    else:
        started = ", ".join(side.value for side in found.to_start) or "nothing had to be started"
        click.echo(f"cycle {record.cycle} is closed as {record.outcome}; started again: {started}")
        click.echo(f"record: {site.archive.place(record.cycle)}")
    sys.exit(record.outcome.exit_code)

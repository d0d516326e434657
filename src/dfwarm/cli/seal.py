"""`dfwarm seal`: seal what was left unsealed, and ask again for time-stamps that are still pending."""

import sys
from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.cycle_name import CYCLE
from dfwarm.cli.exits import exit_status
from dfwarm.cli.live import Silence
from dfwarm.config.reading import read_config
from dfwarm.errors import KeyUnusable, PairBusy, RecordUnknown, SealFailed, TokenRefused
from dfwarm.evidence.seal import SealState
from dfwarm.procedures.sealing import Completed, complete_pending, seal_later
from dfwarm.terms import CycleId


@click.command(epilog=exit_status(PairBusy, RecordUnknown, SealFailed, TokenRefused, KeyUnusable))
@click.argument("cycles", nargs=-1, type=CYCLE)
@click.option("--pending", "is_pending", is_flag=True, help="Ask for every time-stamp that is still pending.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def seal(path: Path, cycles: tuple[CycleId, ...], is_pending: bool, is_json: bool) -> None:
    """Seal cycles that were left unsealed, marked as late; complete those that wait for a time-stamp."""
    if not cycles and not is_pending:
        raise click.UsageError("name the cycles, as 035-00042, or say --pending")
    site = Site(read_config(path))
    with site.locked(), site.kit(Silence()) as kit:
        done = [Completed(cycle, seal_later(kit, cycle)) for cycle in cycles]
        done += complete_pending(kit) if is_pending else []
    if is_json:
        click.echo(
            wire.dump_indented(
                [{"cycle": str(each.cycle), "state": each.seal.state, "problem": each.seal.problem} for each in done]
            )
        )
    else:
        for each in done:
            click.echo(f"{each.cycle}  {each.seal.say()}")
        if not done:
            click.echo("nothing is pending")
    states = {each.seal.state for each in done}
    if SealState.UNSEALED in states:
        sys.exit(SealFailed.exit_code)
    sys.exit(TokenRefused.exit_code if SealState.TOKEN_PENDING in states else 0)

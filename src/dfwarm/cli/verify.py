"""`dfwarm verify`: hold both trees of a study against each other now."""

import sys
from pathlib import Path

import click
from rich.console import Console

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.cli.live import Screen
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.errors import HostUnreachable, PairBusy, PathUnreadable, StudyUnknown
from dfwarm.evidence.proof import render_proof
from dfwarm.procedures.proof import prove
from dfwarm.terms import StudyNumber


@click.command(epilog=exit_status(HostUnreachable, StudyUnknown, PairBusy, PathUnreadable))
@click.argument("study", type=STUDY)
@click.option("--full", "is_full", is_flag=True, help="Read every byte of both sides; nothing is remembered.")
@click.option("--json", "is_json", is_flag=True, help="Print the proof as JSON.")
@click.pass_obj
def verify(path: Path, study: StudyNumber, is_full: bool, is_json: bool) -> None:
    """
    Hold both trees of a study against each other now; change nothing.

    The exit code is that of the outcome. This is no cycle: it leaves no record, and production is not held.
    """
    site = Site(read_config(path))
    with site.locked(), Screen(Console(stderr=True)) as screen, site.kit(screen) as kit:
        proof = prove(site.order(kit.ledger, study), kit, is_full=is_full)
    click.echo(wire.dump_indented(proof) if is_json else render_proof(proof))
    sys.exit(proof.outcome.exit_code)

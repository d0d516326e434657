"""Both trees of a study held against each other now, for `dfwarm verify STUDY`."""

import sys
from pathlib import Path

import click
from rich.console import Console

from dfwarm import wire
from dfwarm.assembly import Site
from dfwarm.cli.live import Screen
from dfwarm.config.reading import read_config
from dfwarm.evidence.proof import render_proof
from dfwarm.procedures.proof import prove
from dfwarm.terms import StudyNumber


def prove_now(path: Path, study: StudyNumber, *, is_full: bool, is_json: bool) -> None:
    """Prove, print, and end with the outcome's code."""
    site = Site(read_config(path))
    with site.locked(), Screen(Console(stderr=True)) as screen, site.kit(screen) as kit:
        proof = prove(site.order(kit.ledger, study), kit, is_full=is_full)
    click.echo(wire.dump_indented(proof) if is_json else render_proof(proof))
    sys.exit(proof.outcome.exit_code)

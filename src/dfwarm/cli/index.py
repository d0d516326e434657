"""`dfwarm index`: the rebuildable index of the records."""

from pathlib import Path

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import IndexUnusable


@click.group()
def index() -> None:
    """Make the index of the records anew. It is never the truth: each answer is held against the records."""


@index.command(epilog=exit_status(IndexUnusable))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rebuild(path: Path, is_json: bool) -> None:
    """Throw the index away and fill it from the records."""
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    done = Site(read_config(path)).catalogue.rebuild()
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented(done))
    else:
        click.echo(f"the index holds {done.records} records")

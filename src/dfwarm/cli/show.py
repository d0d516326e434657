"""`dfwarm show`: the record of a cycle."""

import sys
from pathlib import Path

import click

from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import RecordUnknown
from dfwarm.terms import CycleId


@click.command(epilog=exit_status(RecordUnknown))
@click.argument("cycle")
@click.option("--json", "is_json", is_flag=True, help="Print the record as JSON.")
@click.option("--file", "name", help="Print one file of the record.")
@click.option("--files", "is_list", is_flag=True, help="List the files of the record.")
@click.pass_obj
def show(path: Path, cycle: str, is_json: bool, name: str | None, is_list: bool) -> None:
    """Show the record of a cycle, as 035-00042."""
    archive = Site(read_config(path)).archive
    try:
        wanted = CycleId.parse(cycle)
    except ValueError as error:
        raise RecordUnknown(f"{cycle!r} is not a cycle; cycles are named like 035-00042") from error
    place = archive.place(wanted)
    if is_list:
        archive.read(wanted)
        for file in sorted(each for each in place.rglob("*") if each.is_file()):
            click.echo(f"{file.stat().st_size:>12,}  {file.relative_to(place)}")
    elif name:
        if (place / name).resolve().is_relative_to(place.resolve()):
            sys.stdout.buffer.write(archive.read_file(wanted, name))
        else:
            raise RecordUnknown(f"{name!r} is not a file of the record")
    else:
        click.echo(archive.read_file(wanted, "cycle.json" if is_json else "letter.txt").decode(), nl=False)

"""`dfwarm show`: the record of a cycle."""

import sys
from pathlib import Path

import click

from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.equipment.archive import Archive
from dfwarm.errors import RecordUnknown
from dfwarm.spelling import printable_lines
from dfwarm.terms import CycleId, StudyNumber
from dfwarm.wire import dump_indented


@click.command(epilog=exit_status(RecordUnknown))
@click.argument("cycle", required=False)
@click.option("--list", "lists_cycles", is_flag=True, help="List the recorded cycles of the pair.")
@click.option("--study", type=STUDY, help="With --list: only this study.")
@click.option("--json", "is_json", is_flag=True, help="Print the record, or the list, as JSON.")
@click.option("--file", "name", help="Print one file of the record.")
@click.option("--files", "is_list", is_flag=True, help="List the files of the record.")
@click.pass_obj
def show(path: Path, /, cycle: str | None, *, study: StudyNumber | None, name: str | None, **flags: bool) -> None:
    """Show the record of a cycle, as 035-00042."""
    if flags["lists_cycles"] == bool(cycle):
        raise click.UsageError("name a cycle, or say --list")
    site = Site(read_config(path))
    if cycle:
        _show(site.archive, cycle, name, is_json=flags["is_json"], is_list=flags["is_list"])
    else:
        _list(site, (study,) if study else site.archive.studies(), is_json=flags["is_json"])


def _list(site: Site, studies: tuple[StudyNumber, ...], *, is_json: bool) -> None:
    entries = tuple(entry for study in studies for entry in site.catalogue.entries(study))
    if is_json:
        click.echo(dump_indented({"cycles": entries}))
        return
    for each in entries:
        click.echo(
            f"{each.cycle}  {each.began_at:%Y-%m-%d %H:%M} UTC  {each.outcome:<26}  {each.failure or each.reason}"
        )
    click.echo(f"Authority now: {site.rulings.find(site.config.pair.name).say()}, by this controller's record")


def _show(archive: Archive, cycle: str, name: str | None, *, is_json: bool, is_list: bool) -> None:
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
            _put(archive.read_file(wanted, name))
        else:
            raise RecordUnknown(f"{name!r} is not a file of the record")
    else:
        click.echo(archive.read_file(wanted, "cycle.json" if is_json else "letter.txt").decode(), nl=False)


def _put(content: bytes) -> None:
    """The very bytes of a file; on a terminal, what shows of them."""
    if sys.stdout.isatty():
        click.echo(printable_lines(content.decode("utf-8", "surrogateescape")), nl=False)
    else:
        sys.stdout.buffer.write(content)

"""`dfwarm simulate`: simulated studies and pairs to learn and to test with."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dfwarm.cli.campaign import campaign
from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import RecordUnknown, SourceRefused
from dfwarm.simulator.damage import damage_unseen
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.faults import FAULTS
from dfwarm.simulator.plan import DECK, ENTRY, LARGE, SMALL
from dfwarm.simulator.setup import is_simulated
from dfwarm.simulator.stage import BESIDE, Setting, Stage, end_pair, open_pair, write_pair
from dfwarm.simulator.study import write_study
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

PRESETS = {"small": SMALL, "deck": DECK, "entry": ENTRY, "large": LARGE}

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def simulate() -> None:
    """Write simulated studies and pairs. Nothing of this touches a real server."""


@simulate.command(epilog=exit_status(SourceRefused))
@click.argument("folder", type=FOLDER)
@click.option("--preset", type=click.Choice(list(PRESETS)), default="small", show_default=True)
@click.option("--seed", type=int, help="Another seed, another study.")
@click.option("--plates", type=click.IntRange(1, 500), help="Plates, instead of the preset's.")
@click.option("--subjects", type=click.IntRange(1, 1_000_000), help="Subjects, instead of the preset's.")
@click.option("--visits", type=click.IntRange(1, 1_000), help="Visits, instead of the preset's.")
@click.option("--queries", type=click.IntRange(0), help="Queries, instead of the preset's.")
def study(folder: Path, preset: str, **sizes: Any) -> None:
    """Write one study directory, of any size."""
    _refuse_existing(folder)
    asked = {name: value for name, value in sizes.items() if value is not None}
    plan = replace(PRESETS[preset], **asked)
    write_study(folder.resolve(), plan)
    click.echo(f"study {plan.number:03d} with {plan.records:,} records is in {folder}")


@simulate.command()
@click.argument("folder", type=FOLDER)
def pair(folder: Path) -> None:
    """Write a production and a standby server, start them, and write a configuration for both."""
    _refuse_existing(folder)
    write_pair(folder.resolve(), Setting(arrangement="local", plans=(SMALL,), activity="skip", labels=BESIDE))
    click.echo(f"two servers with study {SMALL.number:03d}")
    click.echo(f"configuration: {folder / 'dfwarm.toml'}")


@simulate.command()
@click.argument("folder", type=FOLDER)
@click.argument("number", metavar="STUDY", type=STUDY)
def day(folder: Path, number: StudyNumber) -> None:
    """Let a day of work pass in a study of a pair's production."""
    production = _open(folder).production
    done = len(list((production.study_dir(number) / "dfschema").iterdir()))
    log = let_a_day_pass(production, number, day=done)
    click.echo(
        f"{len(log.new_images)} pages arrived, {spell(log.deleted_crf)} was deleted, setup {log.schema} was saved"
    )


@simulate.command()
@click.argument("folder", type=FOLDER)
@click.argument("number", metavar="STUDY", type=STUDY)
def damage(folder: Path, number: StudyNumber) -> None:
    """Flip one bit of an image on the standby; its size and time stay."""
    click.echo(f"one bit of {spell(damage_unseen(_open(folder).standby.study_dir(number)))} is flipped")


@simulate.command()
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def faults(is_json: bool) -> None:
    """List the faults that can be put into a study, each with the finding that it must cause."""
    if is_json:
        click.echo(json.dumps({fault.name: fault.expects for fault in FAULTS}, indent=2))
        return
    for fault in FAULTS:
        click.echo(f"{fault.name:<36}  {fault.expects}")


@simulate.command("fault", epilog=exit_status(SourceRefused, RecordUnknown))
@click.argument("folder", type=FOLDER)
@click.argument("name", type=click.Choice([fault.name for fault in FAULTS]))
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed harms the same place.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def inject(folder: Path, name: str, seed: int, is_json: bool) -> None:
    """Put a fault into a simulated study directory, and say what has to be found where."""
    if not is_simulated(folder):
        raise SourceRefused(f"{folder} is no simulated study", hint="`dfwarm simulate study FOLDER` writes one.")
    fault = next(fault for fault in FAULTS if fault.name == name)
    try:
        place = fault.inject(folder, seed)
    except LookupError as error:
        raise RecordUnknown(f"{folder}: {error}", hint="Take a larger study.") from error
    said = {"fault": name, "finding": fault.expects.value, "path": spell(place.path), "line": place.line}
    where = f"{spell(place.path)} line {place.line}" if place.line else spell(place.path)
    click.echo(json.dumps(said) if is_json else f"{fault.expects}: {where}")


simulate.add_command(campaign)


@simulate.command()
@click.argument("folder", type=FOLDER)
def end(folder: Path) -> None:
    """Stop a pair's servers and remove its folder."""
    end_pair(_open(folder))
    shutil.rmtree(folder)
    click.echo(f"{folder} is removed")


def _open(folder: Path) -> Stage:
    if not (folder / "dfwarm.toml").is_file() or not (folder / "production" / "datafax").is_dir():
        raise RecordUnknown(f"{folder} holds no simulated pair", hint="`dfwarm simulate pair FOLDER` writes one.")
    return open_pair(folder.resolve(), (SMALL,))


def _refuse_existing(folder: Path) -> None:
    if folder.exists():
        raise SourceRefused(f"folder {folder} is there already", hint="Name a folder that is not there yet.")

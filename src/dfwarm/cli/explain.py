"""`dfwarm explain`: what differs at a path, in plain words."""

from pathlib import Path

import click

from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.config.reading import read_config
from dfwarm.errors import DfwarmError, RecordUnknown
from dfwarm.evidence.differences import DIFFERENCES, RootDifference, parse_differences
from dfwarm.evidence.explanation import explain as explain_difference
from dfwarm.plan.wrong_side import judge_side
from dfwarm.procedures.first_byte import say_first_byte
from dfwarm.spelling import unspell
from dfwarm.terms import CycleId, Side, StudyNumber


@click.command(epilog=exit_status(RecordUnknown))
@click.argument("cycle")
@click.option("--path", "name", required=True, help="The path as the letter spells it.")
@click.pass_obj
def explain(path: Path, cycle: str, name: str) -> None:
    """Say in plain words what differs at a path in the trees of a cycle, as 035-00042."""
    site = Site(read_config(path))
    archive = site.archive
    try:
        wanted, place = CycleId.parse(cycle), unspell(name.removeprefix("./"))
    except ValueError as error:
        raise RecordUnknown(f"{error}; cycles are named like 035-00042, paths as the letter spells them") from error
    archive.read(wanted)
    found = parse_differences(archive.read_file(wanted, DIFFERENCES))
    paths = frozenset(each.difference.path for each in found)
    here = [each for each in found if each.difference.path == place]
    if not here:
        raise RecordUnknown(f"cycle {cycle} found no difference at {name}")
    for each in here:
        proven = tuple(manifest.find(place) for manifest in archive.proven.find(wanted.study, each.root, wanted))
        judgement = judge_side(each.difference, tuple(entry for entry in proven if entry))
        click.echo("\n".join(explain_difference(each.difference, paths, judgement)))
        if said := _first_byte(site, wanted.study, each):
            click.echo(said)


def _first_byte(site: Site, study: StudyNumber, found: RootDifference) -> str:
    """Ask both hosts from which byte on the files differ. A host that does not answer costs that sentence alone."""
    production, standby = site.host(Side.PRODUCTION), site.host(Side.STANDBY)
    try:
        return say_first_byte((production, standby), study, found.root, found.difference)
    except DfwarmError as error:
        return f"From which byte on they differ could not be asked: {error}."
    finally:
        production.close()
        standby.close()

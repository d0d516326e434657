"""`dfwarm preflight`: check both sides before acting."""

import sys
from pathlib import Path

import click

from dfwarm import wire
from dfwarm.assembly import CLOCK_LIMIT_MS, Site, now
from dfwarm.cli.key_lines import door_lines
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.errors import KeyUnusable, LineUnreadable
from dfwarm.facts.hostkey import pinned_keys
from dfwarm.facts.reach import SshReach
from dfwarm.plan.checks.host import key_pinned
from dfwarm.plan.checks.result import CheckResult, Terms
from dfwarm.plan.preflight import NOTHING_CHECKED, Preflight, render_nagios, render_table
from dfwarm.procedures.earlier import last_carried
from dfwarm.procedures.preflight import DoorOrder, PreflightOrder, run_preflight
from dfwarm.terms import Side, StudyNumber


@click.command(
    epilog="Exit status: 0 every check is OK, 1 one warns, 2 one fails, 3 nothing was checked (the states of Nagios), "
    "10 ConfigInvalid, 64 usage."
)
@click.argument("studies", type=STUDY, nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Every study of the pair.")
@click.option("--json", "is_json", is_flag=True, help="Print the results as JSON.")
@click.option("--nagios", "is_nagios", is_flag=True, help="Print one line a study for Nagios.")
@click.pass_obj
def preflight(path: Path, studies: tuple[StudyNumber, ...], is_all: bool, is_json: bool, is_nagios: bool) -> None:
    """Check both sides before acting. Nothing is changed on either of them."""
    if bool(studies) == is_all:
        raise click.UsageError("name studies, or say --all")
    if is_json and is_nagios:
        raise click.UsageError("--json and --nagios exclude each other")
    site = Site(read_config(path))
    found: list[Preflight] = []
    if not (is_json or is_nagios):
        click.echo(f"Authority: {site.rulings.find(site.config.pair.name).say()}, by this controller's record")
    for study in studies or site.studies():
        done = preflight_of(site, study)
        found.append(done)
        if not is_json:
            click.echo(render_nagios(done) if is_nagios else render_table(done), nl=False)
    if is_json:
        click.echo(wire.dump_indented({"preflights": tuple(found)}))
    sys.exit(max((done.exit_code for done in found), default=NOTHING_CHECKED))


def preflight_of(site: Site, study: StudyNumber) -> Preflight:
    """Examine both sides of a configured pair."""
    production, standby = site.host(Side.PRODUCTION), site.host(Side.STANDBY)
    try:
        return run_preflight(_order(site, study), production, standby, now)
    finally:
        production.close()
        standby.close()


def examine_pair(site: Site, study: StudyNumber) -> tuple[str, ...]:
    """The lines that preflight prints for a study."""
    return tuple(render_table(preflight_of(site, study)).splitlines())


def _order(site: Site, study: StudyNumber) -> PreflightOrder:
    config = site.config
    transfer, scope = config.transfer, site.scope()
    remote = {side: reach for side in Side if isinstance(reach := config.side(side).reach, SshReach)}
    terms = Terms(
        exclusions=tuple(exclusion.path for exclusion in transfer.exclusions),
        clock_limit_ms=CLOCK_LIMIT_MS,
        limits=config.limits,
        remote=tuple(remote),
        scope=f"{scope.policy.name}, version {scope.policy.version},",
        scope_problem=scope.problem,
        studies=site.named_studies,
        transport=transfer.transport,
        carried=last_carried(site.archive, study),
    )
    return PreflightOrder(
        config.pair.name,
        study,
        terms,
        tuple(_key(side, reach) for side, reach in remote.items()),
        tuple(_doors(site, side) for side in remote),
    )


def _doors(site: Site, side: Side) -> DoorOrder:
    terms = site.config.side(side).doors
    try:
        return DoorOrder(side, terms, door_lines(site.config, side))
    except KeyUnusable as error:
        return DoorOrder(side, terms, (), str(error))


def _key(side: Side, reach: SshReach) -> CheckResult:
    try:
        keys = pinned_keys(reach.known_hosts.read_bytes(), reach.host, reach.port)
    except OSError as error:
        return key_pinned(side, reach.host, (), f"{reach.known_hosts} cannot be read: {error.strerror}")
    except LineUnreadable as error:
        return key_pinned(side, reach.host, (), str(error))
    return key_pinned(side, reach.host, keys)

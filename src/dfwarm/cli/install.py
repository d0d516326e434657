"""`dfwarm install`: put the schedule into systemd, or print the crontab line."""

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import ConfigInvalid, LineUnreadable, StudyUnknown, ToolMissing

if TYPE_CHECKING:
    from dfwarm.config.values import Config
    from dfwarm.plan.installation import Installation

_UNIT_DIR = Path("/etc/systemd/system")
_STARTERS = frozenset({"systemctl", "systemd-run", "service"})


@dataclass(frozen=True, slots=True)
class Installed:
    """What was put where, what to type next, and what a person should know."""

    units: tuple[str, ...]
    crontab: str
    next_commands: tuple[str, ...]
    remarks: tuple[str, ...]


@click.command(epilog=exit_status(ConfigInvalid, StudyUnknown, LineUnreadable, ToolMissing))
@click.option("--systemd", "wants_systemd", is_flag=True, help="Write units, or fail where systemd does not run.")
@click.option("--cron", "wants_cron", is_flag=True, help="Print the crontab line.")
@click.option(
    "--unit-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help=f"Where units are written, also where systemd does not run.  [default: {_UNIT_DIR}]",
)
@click.option("--name", default="dfwarm", show_default=True, help="The units' name; each pair on a host needs its own.")
@click.option(
    "--writable",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    help="A further folder that a cycle writes to.",
)
@click.option(
    "--mail-password",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file behind `password_credential`.  [default: /etc/dfwarm/NAME]",
)
@click.option("--force", "replaces", is_flag=True, help="Replace units that are there and are others.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def install(
    path: Path,
    /,
    unit_dir: Path | None,
    name: str,
    writable: tuple[Path, ...],
    mail_password: Path | None,
    **flags: bool,
) -> None:
    """Put the schedule into systemd, or print the crontab line where there is no systemd."""
    from dfwarm.cli.unit_needs import plan_installation
    from dfwarm.config.reading import read_config
    from dfwarm.plan.crontab import render_crontab

    if flags["wants_systemd"] and flags["wants_cron"]:
        raise click.UsageError("say --systemd or --cron")
    config = read_config(path)
    _check_name(name)
    wanted = plan_installation(config, name, writable, mail_password)
    if flags["wants_cron"]:
        _say(Installed((), render_crontab(wanted), ("crontab -e",), ()), is_json=flags["is_json"])
    elif unit_dir is None and not _systemd_runs():
        if flags["wants_systemd"]:
            raise ToolMissing("systemd does not run on this host", hint="Say --cron, or name a --unit-dir.")
        remark = "systemd does not run on this host, so this is the line for cron"
        _say(Installed((), render_crontab(wanted), ("crontab -e",), (remark,)), is_json=flags["is_json"])
    else:
        _say(_write(config, wanted, unit_dir or _UNIT_DIR, replaces=flags["replaces"]), is_json=flags["is_json"])


def _systemd_runs() -> bool:
    from dfwarm.equipment.units import SYSTEMD_RUNS

    return SYSTEMD_RUNS.is_dir()


def _check_name(name: str) -> None:
    from dfwarm.config.mistake import Refused
    from dfwarm.config.names import pair_name

    try:
        pair_name(name)
    except Refused as refusal:
        raise click.UsageError("--name takes small letters, digits and hyphens") from refusal


def _write(config: "Config", wanted: "Installation", folder: Path, *, replaces: bool) -> Installed:
    from dfwarm.equipment.units import write_units
    from dfwarm.plan.units import plan_units

    written = write_units(folder, plan_units(wanted), replaces=replaces)
    missing = [item for item in wanted.credentials if not Path(item.file).exists()]
    return Installed(
        units=tuple(f"{unit.path} ({unit.state})" for unit in written),
        crontab="",
        next_commands=(
            *_missing_state(config.pair.state),
            "systemctl daemon-reload",
            f"systemctl enable --now {wanted.name}.timer",
            *((f"systemctl enable --now {wanted.name}-alerts.timer",) if wanted.has_alerts else ()),
            *((f"systemctl enable --now {wanted.name}-archive.timer",) if wanted.copies else ()),
            *((f"systemctl enable --now {wanted.name}-follow.service",) if wanted.follows else ()),
        ),
        remarks=(
            *(f"{item.file} is not there; until it is, {item.lack}" for item in missing),
            *_sandbox_remarks(config),
        ),
    )


def _missing_state(state: Path) -> tuple[str, ...]:
    """A unit does not start while a folder that it may write to is missing; a disk that is not mounted shows so too."""
    return () if state.is_dir() else (shlex.join(("install", "-d", "-m", "700", str(state))),)


def _sandbox_remarks(config: "Config") -> tuple[str, ...]:
    """DataFax that a control command starts inside the unit would live in the unit's sandbox."""
    from dfwarm.cli.unit_needs import local_sites
    from dfwarm.facts.site import StopScope

    return tuple(
        f"{site.side}: DataFax would be started inside the unit's sandbox; let `commands.start` go through systemctl "
        "or systemd-run (see docs/how-to/schedule.md)"
        for site in local_sites(config)
        if site.stop is StopScope.SERVER and Path(next(iter(site.commands.start), "")).name not in _STARTERS
    )


def _say(installed: Installed, *, is_json: bool) -> None:
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented(installed))
        return
    for remark in installed.remarks:
        click.echo(f"note: {remark}", err=True)
    for unit in installed.units:
        click.echo(f"wrote {unit}" if "(unchanged)" not in unit else f"left {unit}")
    click.echo(installed.crontab, nl=False)
    click.echo(f"next: {' && '.join(installed.next_commands)}", err=True)

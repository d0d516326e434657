"""`dfwarm install`: put the schedule into systemd, or print the crontab line."""

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import ConfigInvalid, LineUnreadable, StudyUnknown, ToolMissing

if TYPE_CHECKING:
    from dfwarm.config.values import Config
    from dfwarm.facts.site import HostSite
    from dfwarm.plan.units import Credential, Installation

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
    from dfwarm.config.reading import read_config
    from dfwarm.plan.crontab import render_crontab

    if flags["wants_systemd"] and flags["wants_cron"]:
        raise click.UsageError("say --systemd or --cron")
    config = read_config(path)
    _check_name(name)
    wanted = _plan(config, name, writable, _credentials(config, mail_password))
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


def _plan(
    config: "Config", name: str, writable: tuple[Path, ...], credentials: "tuple[Credential, ...]"
) -> "Installation":
    from dfwarm.plan.schedule import Schedule
    from dfwarm.plan.units import Installation
    from dfwarm.terms import Side

    sites = _local_sites(config)
    studies = tuple(folder for site in sites if site.side is Side.STANDBY for folder in _study_folders(site, writable))
    folders = (*(os.fsdecode(site.datafax_dir) for site in sites), *studies, *map(str, writable))
    state = str(config.pair.state)
    return Installation(
        name=name,
        pair=config.pair.name,
        program=(sys.executable, "-I", "-m", "dfwarm", "--config", str(config.path.absolute())),
        schedule=Schedule.parse(config.schedule.every, config.schedule.zone),
        writable=tuple(dict.fromkeys((state, *folders, *(str(file.parent) for file in config.alerts.metrics)))),
        needed=(sys.executable, __file__, str(config.path.absolute()), state, *folders, *_key_files(config)),
        credentials=credentials,
        has_alerts=config.alerts.is_wanted,
        writes_standby=any(site.side is Side.STANDBY for site in sites),
        follows=config.follow.is_wanted,
    )


def _local_sites(config: "Config") -> "tuple[HostSite, ...]":
    from dfwarm.config.values import LocalReach

    reaches = (config.production.reach, config.standby.reach)
    return tuple(reach.site for reach in reaches if isinstance(reach, LocalReach))


def _study_folders(site: "HostSite", writable: tuple[Path, ...]) -> tuple[str, ...]:
    """Where rsync writes: the study folders that this host registers. With --writable the operator knows better."""
    from dfwarm.datafax.registration import parse_studies_db

    studies_db = Path(os.fsdecode(site.datafax_dir), "lib", "DFstudies.db")
    try:
        registrations = parse_studies_db(studies_db.read_bytes())
    except OSError as error:
        if writable:
            return ()
        hint = "Run this on the host itself, or name the folders of the studies with --writable."
        raise StudyUnknown(f"{studies_db} cannot be read: {error.strerror}", hint=hint) from error
    return tuple(os.fsdecode(registration.study_dir) for registration in registrations)


def _key_files(config: "Config") -> tuple[str, ...]:
    from dfwarm.config.secret import alert_secrets, mail_secret, place_secrets
    from dfwarm.config.values import AuthorityFile, MailConfig
    from dfwarm.facts.reach import SshReach

    reaches = [side.reach for side in (config.production, config.standby) if isinstance(side.reach, SshReach)]
    files = [str(file) for reach in reaches for file in (reach.identity_file, reach.known_hosts)]
    if isinstance(config.mail, MailConfig) and isinstance(config.mail.authorities, AuthorityFile):
        files.append(str(config.mail.authorities.path))
    return (
        *files,
        *(str(secret.path) for secret in (*mail_secret(config), *place_secrets(config), *alert_secrets(config))),
    )


def _credentials(config: "Config", file: Path | None) -> "tuple[Credential, ...]":
    from dfwarm.config.values import MailConfig, MailLogin, SystemdCredential
    from dfwarm.plan.units import Credential

    addresses = (each for each in (*config.alerts.webhook, *config.alerts.ping) if isinstance(each, SystemdCredential))
    alerts = tuple(Credential(each.name, f"/etc/dfwarm/{each.name}") for each in addresses)

    match config.mail:
        case MailConfig(login=MailLogin(password=SystemdCredential(name=name))):
            return (Credential(name, str(file.absolute() if file else Path("/etc/dfwarm", name))), *alerts)
        case _ if file:
            raise click.UsageError("--mail-password is for a password_credential, and the configuration names none")
        case _:
            return alerts


def _write(config: "Config", wanted: "Installation", folder: Path, *, replaces: bool) -> Installed:
    from dfwarm.equipment.units import write_units
    from dfwarm.plan.units import plan_units

    written = write_units(folder, plan_units(wanted), replaces=replaces)
    missing = (item.file for item in wanted.credentials if not Path(item.file).exists())
    return Installed(
        units=tuple(f"{unit.path} ({unit.state})" for unit in written),
        crontab="",
        next_commands=(
            *_missing_state(config.pair.state),
            "systemctl daemon-reload",
            f"systemctl enable --now {wanted.name}.timer",
            *((f"systemctl enable --now {wanted.name}-alerts.timer",) if wanted.has_alerts else ()),
            *((f"systemctl enable --now {wanted.name}-follow.service",) if wanted.follows else ()),
        ),
        remarks=(
            *(f"{file} is not there; until it is, letters wait in the spool" for file in missing),
            *_sandbox_remarks(config),
        ),
    )


def _missing_state(state: Path) -> tuple[str, ...]:
    """A unit does not start while a folder that it may write to is missing; a disk that is not mounted shows so too."""
    return () if state.is_dir() else (shlex.join(("install", "-d", "-m", "700", str(state))),)


def _sandbox_remarks(config: "Config") -> tuple[str, ...]:
    """DataFax that a control command starts inside the unit would live in the unit's sandbox."""
    from dfwarm.facts.site import StopScope

    return tuple(
        f"{site.side}: DataFax would be started inside the unit's sandbox; let `commands.start` go through systemctl "
        "or systemd-run (see docs/how-to/schedule.md)"
        for site in _local_sites(config)
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

"""`dfwarm init`: look at this host and write a first configuration."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.datafax.registration import Registration, parse_studies_db
from dfwarm.datafax.serverconf import parse_server_conf
from dfwarm.errors import ConfigInvalid, LineUnreadable, StudyUnknown
from dfwarm.spelling import spell
from dfwarm.terms import Side

if TYPE_CHECKING:
    from dfwarm.config.writing import FoundStudy

_USUAL_FOLDERS = (Path("/opt/dfdiscover"), Path("/opt/datafax"), Path("/usr/local/apps/datafax"))
_STUDIES = Path("lib", "DFstudies.db")


@dataclass(frozen=True, slots=True)
class Written:
    """What was written, and what is still to be decided."""

    file: str
    datafax_dir: str
    studies: tuple[str, ...]
    decisions: tuple[str, ...]


@click.command(epilog=exit_status(ConfigInvalid, StudyUnknown, LineUnreadable))
@click.option(
    "--datafax-dir",
    "folders",
    type=click.Path(path_type=Path, file_okay=False),
    multiple=True,
    help="Where DataFax is installed on this host. Left out: the usual places are tried.",
)
@click.option(
    "--here",
    type=click.Choice([side.value for side in Side]),
    default=Side.STANDBY.value,
    show_default=True,
    help="The side that this host is.",
)
@click.option("--other-host", default="", help="The host of the other side. Left out: it stays open.")
@click.option("--pair", default="main", show_default=True, help="The name of the pair.")
@click.option("--gate", "is_gate", is_flag=True, help="Write only what this host's own gate reads.")
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def init(
    path: Path, folders: tuple[Path, ...], here: str, other_host: str, pair: str, *, is_gate: bool, is_json: bool
) -> None:
    """Write a commented configuration to the file that --config names. Choices that can hurt stay open."""
    from dfwarm.config.writing import Found, render_first_config, render_gate_config

    side, folder = Side(here), _find_folder(folders or _USUAL_FOLDERS)
    _check_names(folder, pair, other_host)
    registrations = _read_registrations(folder)
    found = Found(pair, side, str(folder), tuple(map(_look_at, registrations)), other_host)
    _write_new(path, render_gate_config(found) if is_gate else render_first_config(found))
    studies = tuple(f"{registration.number:03d}" for registration in registrations)
    _say(Written(str(path), str(folder), studies, _open_decisions(path, side, is_gate=is_gate)), is_json=is_json)


def _find_folder(candidates: tuple[Path, ...]) -> Path:
    for folder in candidates:
        if (folder / _STUDIES).exists():
            return folder
    tried = ", ".join(map(str, candidates))
    raise StudyUnknown(f"no {_STUDIES} in {tried}", hint="Name the folder of DataFax with --datafax-dir.")


def _check_names(folder: Path, pair: str, other_host: str) -> None:
    from dfwarm.config.mistake import Refused
    from dfwarm.config.names import host_name, pair_name
    from dfwarm.config.paths import absolute_path

    try:
        absolute_path(str(folder))
        pair_name(pair)
        if other_host:
            host_name(other_host)
    except Refused as refusal:
        raise click.UsageError(f"a value of the options {refusal}. {refusal.hint}") from refusal


def _read_registrations(folder: Path) -> tuple[Registration, ...]:
    try:
        return parse_studies_db((folder / _STUDIES).read_bytes())
    except OSError as error:
        raise StudyUnknown(f"{folder / _STUDIES} cannot be read: {error.strerror}") from error


def _look_at(registration: Registration) -> "FoundStudy":
    from dfwarm.config.writing import FoundStudy

    label = spell(registration.label) or "without a label"
    return FoundStudy(
        registration.number,
        ", ".join((label, spell(registration.study_dir), *_remarks(registration))),
        registration.is_enabled,
    )


def _remarks(registration: Registration) -> tuple[str, ...]:
    """What a person should know of a study before it is taken in."""
    reason = (f"disabled: {spell(registration.reason)}",) if not registration.is_enabled else ()
    try:
        conf = parse_server_conf(Path(os.fsdecode(registration.server_conf)).read_bytes())
    except OSError as error:
        return (*reason, f"its DFserver.cf cannot be read: {error.strerror}")
    stated = conf.expand("STUDY_NUMBER")
    if stated.lstrip(b"0") != str(registration.number).encode():
        return (*reason, f"its DFserver.cf says STUDY_NUMBER={spell(stated)}")
    return reason


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigInvalid(f"{path}: is there already", hint="Move it aside; init never overwrites.") from None
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be written: {error.strerror}", hint="Name another --config.") from error


def _open_decisions(path: Path, side: Side, *, is_gate: bool) -> tuple[str, ...]:
    from dfwarm.config.mistake import MistakesFound
    from dfwarm.config.reading import read_config, read_host_site

    decisions: tuple[str, ...] = ()
    try:
        _ = read_host_site(path, side) if is_gate else read_config(path)
    except MistakesFound as found:
        decisions = tuple(f"{mistake.key}: {mistake.message}" for mistake in found.mistakes)
    return decisions


def _say(written: Written, *, is_json: bool) -> None:
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented(written))
        return
    click.echo(f"wrote {written.file} for DataFax in {written.datafax_dir}")
    click.echo(f"studies registered here: {', '.join(written.studies) or 'none'}")
    click.echo("still to be decided, see the comments there:")
    for decision in written.decisions:
        click.echo(f"  {decision}")

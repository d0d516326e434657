"""`dfwarm keys ssh`: the exact lines that let this pair's keys in on the other host, and the keys themselves."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import ConfigInvalid, KeyUnusable, LineUnreadable
from dfwarm.facts.doors import KeyFunction, key_fingerprint
from dfwarm.facts.reach import SshReach
from dfwarm.plan.doors import DROP, READ_BACK, DoorLine, DoorTerms, drop_line, gate_line, read_back_line
from dfwarm.terms import Side

if TYPE_CHECKING:
    from dfwarm.config.values import Config


@click.command(epilog=exit_status(ConfigInvalid, KeyUnusable))
@click.option("--make", "makes", is_flag=True, help="Make the keys that are not there yet.")
@click.option("--drop-folder", help="Print the lines for drop boxes too, which add below this folder there.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def ssh(path: Path, *, makes: bool, drop_folder: str | None, is_json: bool) -> None:
    """Print the lines of authorized_keys that let this pair in, one key a function."""
    from dfwarm.config.reading import read_config

    config = read_config(path)
    if makes:
        _make(config)
    for side in Side:
        if isinstance(config.side(side).reach, SshReach):
            _refuse_missing(config.side(side).doors)
    found = {side: door_lines(config, side) for side in Side if isinstance(config.side(side).reach, SshReach)}
    lines = {f"{side}, {config.side(side).reach.host}": each for side, each in found.items()}  # type: ignore[union-attr]
    lines |= _drop_lines(config, drop_folder) if drop_folder else {}
    _say(lines, is_json=is_json)


def door_lines(config: "Config", side: Side) -> tuple[DoorLine, ...]:
    """The lines of a side that is reached over ssh. Raises KeyUnusable where the configuration lacks what they need."""
    told = config.side(side)
    assert isinstance(told.reach, SshReach)  # noqa: S101  (the caller asks for such sides alone)
    if told.doors.missing:
        return ()
    if not told.reach.transfer_identity_files:
        return (_gate_line(told.doors, side, KeyFunction.ALL, told.reach.identity_file),)
    transfer = _gate_line(told.doors, side, KeyFunction.of_transfer(side), told.reach.transfer_identity_files[0])
    return (_gate_line(told.doors, side, KeyFunction.CONTROL, told.reach.identity_file), transfer)


def _gate_line(terms: DoorTerms, side: Side, function: KeyFunction, key: Path) -> DoorLine:
    public = _public(key)
    return DoorLine(function, key_fingerprint(public.encode()), gate_line(terms, side, function, public))


def _drop_lines(config: "Config", folder: str) -> dict[str, tuple[DoorLine, ...]]:
    """The lines of drop boxes. The addresses and the day are those of the first side that names them."""
    from dfwarm.config.values import DropBoxPlace

    terms = next((each for side in Side if not (each := config.side(side).doors).missing), DoorTerms())
    _refuse_missing(terms)
    lines: dict[str, tuple[DoorLine, ...]] = {}
    for place in config.archive.places:
        if isinstance(place, DropBoxPlace):
            public = _public(place.reach.identity_file)
            drop = DoorLine(DROP, key_fingerprint(public.encode()), drop_line(terms, folder, public))
            back = (_read_back(terms, folder, _public(key)) for key in place.readers)
            lines[f"{place.name}, {place.reach.host}"] = (drop, *back)
    return lines


def _read_back(terms: DoorTerms, folder: str, public: str) -> DoorLine:
    return DoorLine(READ_BACK, key_fingerprint(public.encode()), read_back_line(terms, folder, public))


def _say(lines: dict[str, tuple[DoorLine, ...]], *, is_json: bool) -> None:
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"hosts": lines}))
        return
    for host, each in lines.items():
        click.echo(f"# {host}: {', '.join(line.function for line in each)}")
        click.echo("".join(f"{line.text}\n" for line in each), nl=False)


def _refuse_missing(terms: DoorTerms) -> None:
    if terms.missing:
        hint = "Write them into the table of the side that is reached over ssh."
        raise KeyUnusable(f"the configuration does not say {', '.join(terms.missing)}", hint=hint)


def _make(config: "Config") -> None:
    """Make the keys that are not there. They are for this account alone and never shown."""
    from dfwarm.equipment.key_file import make_key_file

    for file in _key_files(config):
        if not file.exists():
            make_key_file(file, f"dfwarm {config.pair.name}")
            click.echo(f"made {file}", err=True)


def _key_files(config: "Config") -> tuple[Path, ...]:
    from dfwarm.config.values import DropBoxPlace

    reaches = [told.reach for side in Side if isinstance((told := config.side(side)).reach, SshReach)]
    gates = [file for reach in reaches for file in (reach.identity_file, *reach.transfer_identity_files)]
    drops = [place for place in config.archive.places if isinstance(place, DropBoxPlace)]
    return (*gates, *(file for place in drops for file in (place.reach.identity_file, *place.readers)))


def _public(key: Path) -> str:
    file = Path(f"{os.fspath(key)}.pub")
    try:
        public = file.read_text().strip()
        key_fingerprint(public.encode())
    except (OSError, UnicodeDecodeError, LineUnreadable) as error:
        hint = f"`dfwarm keys ssh --make` makes keys; `ssh-keygen -y -f {key}` prints the public half of one."
        raise KeyUnusable(f"the public half {file} cannot be read: {error}", hint=hint) from error
    return public

"""`dfwarm config`: check the file, or print its schema."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import ConfigInvalid
from dfwarm.terms import Side


@dataclass(frozen=True, slots=True)
class FoundMistake:
    """One mistake as the JSON twin shows it; line and column are 0 where the file as a whole is meant."""

    line: int
    column: int
    key: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check found."""

    file: str
    digest: str
    is_valid: bool
    mistakes: tuple[FoundMistake, ...]


@click.group()
def config() -> None:
    """Check the configuration, or print its schema."""


@config.command(epilog=exit_status(ConfigInvalid))
@click.option(
    "--gate",
    "gate_sides",
    type=click.Choice([side.value for side in Side]),
    multiple=True,
    help="Read only what the gate of this side reads, as on a host that just answers.",
)
@click.option("--json", "is_json", is_flag=True, help="Print one JSON document.")
@click.pass_obj
def check(path: Path, gate_sides: tuple[str, ...], *, is_json: bool) -> None:
    """Read the file and list every mistake with its place."""
    try:
        digest = _read(path, tuple(map(Side, gate_sides)))
    except ConfigInvalid as error:
        if not is_json:
            raise
        _print_json(Checked(str(path), "", is_valid=False, mistakes=_mistakes(error)))
        sys.exit(error.exit_code)
    if is_json:
        _print_json(Checked(str(path), digest, is_valid=True, mistakes=()))
    else:
        click.echo(f"{path} is in order (sha256 {digest})")


@config.command()
def schema() -> None:
    """Print the JSON Schema of the file, for editors."""
    from dfwarm.config.reference import render_schema

    click.echo(render_schema(), nl=False)


def _read(path: Path, gate_sides: tuple[Side, ...]) -> str:
    from dfwarm.config.reading import check_secrets, config_digest, read_config, read_host_site

    if gate_sides:
        for side in gate_sides:
            read_host_site(path, side)
        return config_digest(path)
    read = read_config(path)
    check_secrets(read)
    return read.digest


def _mistakes(error: ConfigInvalid) -> tuple[FoundMistake, ...]:
    from dfwarm.config.mistake import MistakesFound

    if not isinstance(error, MistakesFound):
        return (FoundMistake(0, 0, "", str(error), error.hint),)
    return tuple(
        FoundMistake(mistake.place.line, mistake.place.column, mistake.key, mistake.message, mistake.hint)
        for mistake in error.mistakes
    )


def _print_json(checked: Checked) -> None:
    from dfwarm.wire import dump_indented

    click.echo(dump_indented(checked))

"""Unit files on this host: written whole, and never over one that somebody changed."""

import difflib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import ConfigInvalid
from dfwarm.plan.installation import Unit

SYSTEMD_RUNS = Path("/run/systemd/system")
"""Is there where systemd is the init system: sd_booted(3)."""


class UnitState(StrEnum):
    """What became of a unit file."""

    NEW = "new"
    SAME = "unchanged"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class WrittenUnit:
    """One unit file and what became of it."""

    path: str
    state: UnitState


def write_units(folder: Path, units: tuple[Unit, ...], *, replaces: bool) -> tuple[WrittenUnit, ...]:
    """Write all of the units or none. Raises ConfigInvalid with the differences where one is there and is another."""
    found = {unit.name: _read(folder / unit.name) for unit in units}
    states = {unit.name: _compare(found[unit.name], unit) for unit in units}
    if not replaces and UnitState.REPLACED in states.values():
        raise ConfigInvalid(
            "\n".join((f"units in {folder} are there already and are others:", *_differ(folder, found, units))),
            hint="Read the differences; --force replaces the files. Changes of your own belong into a .d folder.",
        )
    for unit in units:
        if states[unit.name] is not UnitState.SAME:
            _write(folder / unit.name, unit.text)
    return tuple(WrittenUnit(str(folder / unit.name), states[unit.name]) for unit in units)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}", hint="Look what is there.") from error


def _write(path: Path, text: str) -> None:
    try:
        write_durably(path, text.encode(), mode=0o644)
    except OSError as error:
        hint = "Run as root, or name another --unit-dir."
        raise ConfigInvalid(f"{path}: cannot be written: {error.strerror}", hint=hint) from error


def _compare(found: bytes, unit: Unit) -> UnitState:
    if not found:
        return UnitState.NEW
    return UnitState.SAME if found == unit.text.encode() else UnitState.REPLACED


def _differ(folder: Path, found: dict[str, bytes], units: tuple[Unit, ...]) -> tuple[str, ...]:
    lines: list[str] = []
    for unit in units:
        if found[unit.name]:
            before = found[unit.name].decode("utf-8", "backslashreplace").splitlines()
            names = (str(folder / unit.name), "as dfwarm would write it")
            lines += difflib.unified_diff(before, unit.text.splitlines(), *names, lineterm="")
    return tuple(lines)

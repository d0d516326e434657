"""The lines that let dfwarm's keys in, and only them: restricted, from where, until when, to which function."""

import shlex
from dataclasses import dataclass
from datetime import date

from dfwarm.facts.doors import KeyFunction
from dfwarm.terms import Side

DROP = "drop"
READ_BACK = "read back"


@dataclass(frozen=True, slots=True)
class DoorTerms:
    """
    What the configuration says of the doors of a host; empty where it says nothing.

    From where the pair's keys may come, until which day they may, and how the gate is started there.
    """

    sources: tuple[str, ...] = ()
    expires: str = ""
    gate: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of the configuration without which no line can be written."""
        named = (("allowed_from", self.sources), ("keys_expire", self.expires), ("gate_command", self.gate))
        return tuple(name for name, value in named if not value)


NO_TERMS = DoorTerms()


@dataclass(frozen=True, slots=True)
class DoorLine:
    """One line as it has to stand in a host's authorized_keys, and what for."""

    function: str
    fingerprint: str
    text: str


def gate_line(terms: DoorTerms, side: Side, function: KeyFunction, public: str) -> str:
    """The line of a key that opens the gate of a side for one function."""
    return _line(terms, (*terms.gate, "--side", side, "--function", function), public)


def drop_line(terms: DoorTerms, folder: str, public: str) -> str:
    """The line of a key that adds evidence below a folder and does nothing else."""
    return _line(terms, ("/usr/bin/rrsync", "-wo", "-no-del", "-no-overwrite", folder), public)


def read_back_line(terms: DoorTerms, folder: str, public: str) -> str:
    """The line of a key that reads evidence below a folder."""
    return _line(terms, ("/usr/bin/rrsync", "-ro", "-no-lock", folder), public)


def days_left(expires: str, today: date) -> int:
    """How many days the keys of a host are let in yet."""
    return (date.fromisoformat(expires) - today).days


def _line(terms: DoorTerms, command: tuple[str, ...], public: str) -> str:
    forced = shlex.join(command).replace('"', '\\"')
    until = terms.expires.replace("-", "")
    options = f'restrict,command="{forced}",from="{",".join(terms.sources)}",expiry-time="{until}"'
    return f"{options} {' '.join(public.split()[:2])} dfwarm"

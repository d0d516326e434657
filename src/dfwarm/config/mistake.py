"""A mistake in the configuration: what is wrong, where, and the way out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from dfwarm.errors import ConfigInvalid

KeyPath = tuple[str | int, ...]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Refused(ValueError):
    """A text that does not say what its key needs."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line and a column of the file, both counted from one; the column counts characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A mistake before its place in the file is known."""

    key: KeyPath
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake as it is shown: `line:column: key: message`."""

    place: Place
    key: str
    message: str
    hint: str


class MistakesFound(ConfigInvalid):
    """The configuration file with every mistake in it."""

    def __init__(self, file: str, mistakes: Iterable[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: mistake.place))
        super().__init__("\n".join(line for mistake in self.mistakes for line in _lines(file, mistake)))


def spell_key(key: KeyPath) -> str:
    """Write a key as TOML does, with the places of arrays in brackets: `transfer.exclude[0].path`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part if _BARE_KEY.fullmatch(part) else ascii(part)}"
    return text.removeprefix(".")


def _lines(file: str, mistake: Mistake) -> Iterable[str]:
    where = f"{file}:{mistake.place.line}:{mistake.place.column}"
    yield f"{where}: {mistake.key}: {mistake.message}" if mistake.key else f"{where}: {mistake.message}"
    if mistake.hint:
        yield f"    {mistake.hint}"

"""
What production uses and the standby must have too: accounts, groups, programs.

The standby is asked by words of the gate's grammar: a letter for the kind, a dot, and the name in base64url.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.errors import AnswerRefused

WORDS_AT_MOST = 10
_LENGTH_AT_MOST = 200


class WantedKind(StrEnum):
    """What is looked for."""

    OWNER = "u"
    GROUP = "g"
    SYSTEM_PROGRAM = "s"
    ABSOLUTE_PROGRAM = "a"
    PATH_PROGRAM = "p"


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """One thing that the standby must have."""

    kind: WantedKind
    name: bytes

    @property
    def word(self) -> str:
        """The thing as a word of the gate's grammar."""
        return f"{self.kind}.{base64.urlsafe_b64encode(self.name).decode().rstrip('=')}"

    @property
    def can_be_asked(self) -> bool:
        """Whether the word is short enough for the gate."""
        return len(self.word) <= _LENGTH_AT_MOST


@dataclass(frozen=True, slots=True)
class Had:
    """What a host has of what was wanted. `sha256` and `path` are of a program; `problem` says why it is not there."""

    wanted: Wanted
    path: bytes
    sha256: str
    problem: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """The answer to one question."""

    had: tuple[Had, ...]


def read_word(word: str) -> Wanted:
    """Read a word. Raises AnswerRefused."""
    kind, _, name = word.partition(".")
    try:
        wanted = Wanted(WantedKind(kind), base64.b64decode(name + "=" * (-len(name) % 4), b"-_", validate=True))
    except (ValueError, binascii.Error) as error:
        raise AnswerRefused(f"not a word for what is wanted: {word[:60]!r}") from error
    if wanted.word != word or b"\0" in wanted.name or not wanted.name:
        raise AnswerRefused(f"not a word for what is wanted: {word[:60]!r}")
    return wanted


def batches(wanted: tuple[Wanted, ...]) -> tuple[tuple[Wanted, ...], ...]:
    """What can be asked, in questions that the gate takes."""
    asked = tuple(one for one in wanted if one.can_be_asked)
    return tuple(asked[first : first + WORDS_AT_MOST] for first in range(0, len(asked), WORDS_AT_MOST))

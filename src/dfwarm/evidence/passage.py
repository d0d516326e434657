"""What a letter is made of: passages of lines. The text and the page are two renderings of the same passages."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.terms import Outcome

_HARMFUL = frozenset("\u2028\u2029\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


class Manner(StrEnum):
    """How a line is set."""

    SAYING = "saying"
    ITEM = "item"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is said. `label` names it where it is one of several facts."""

    says: str
    manner: Manner = Manner.SAYING
    label: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Lines under a title."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Content:
    """All that a letter says: the word, the sentence that explains it, and the passages."""

    word: str
    sentence: str
    passages: tuple[Passage, ...]

    @property
    def symbol(self) -> str:
        """One character for the word, so that colour is never the only signal."""
        return _SYMBOLS.get(self.word, "!")


_SYMBOLS: dict[str, str] = {
    Outcome.EQUIVALENT: "=",
    Outcome.EQUIVALENT_WITH_DEVIATIONS: "~",
    Outcome.DISCREPANT: "*",
    Outcome.INCONCLUSIVE: "?",
}


def fact(label: str, says: str) -> Line:
    """A fact with its name."""
    return Line(says, label=label)


def item(says: str) -> Line:
    """One of several things of a kind."""
    return Line(says, Manner.ITEM)


def command(says: str) -> Line:
    """A command that the reader can type."""
    return Line(says, Manner.COMMAND)


def printable(text: str) -> str:
    r"""
    Text without a character that could act: controls, bidirectional marks and lone surrogates become `\uNNNN`.

    Names of study files are spelled already; this holds for words that come from elsewhere, as a server's answer.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if character.isprintable() and character not in _HARMFUL else f"\\u{ord(character):04x}"
        for character in text
    )

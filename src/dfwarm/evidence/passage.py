"""What a letter is made of: passages of lines. The text and the page are two renderings of the same passages."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.spelling import printable
from dfwarm.terms import Outcome

__all__ = ["Content", "Line", "Manner", "Passage", "command", "fact", "item", "printable"]


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

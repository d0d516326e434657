"""The differences of a cycle as its record keeps them: one JSON line each, with the entries of both sides."""

from collections.abc import Iterable
from dataclasses import dataclass

from dfwarm import wire
from dfwarm.manifest.difference import Difference

DIFFERENCES = "differences.jsonl"
"""The name of the file in the record."""


@dataclass(frozen=True, slots=True)
class RootDifference:
    """A difference, and the key of the root that it was found below."""

    root: str
    difference: Difference


def render_differences(differences: Iterable[RootDifference]) -> bytes:
    """Write them a line each."""
    return b"".join(wire.dump_line(each) for each in differences)


def parse_differences(text: bytes) -> tuple[RootDifference, ...]:
    """Read them back. Raises AnswerRefused for a line that is none."""
    return tuple(wire.load(RootDifference, line) for line in text.splitlines())

"""Ask a host for the digests of the first bytes of its journals, and read the answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.facts.fact import Question
from dfwarm.terms import StudyNumber

VERB = "beginnings"
AT_ONCE = 8
PATH_AT_MOST = 80
"""Bytes of a journal's path that one word of the gate's grammar holds."""

_WORD = re.compile(r"((?:[0-9a-f]{2})+)\.([0-9]{1,18})")
_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first bytes of a file: its path relative to the root, and how many."""

    path: bytes
    size: int

    def say(self) -> str:
        """The beginning as one word of the gate's grammar."""
        return f"{self.path.hex()}.{self.size}"

    @classmethod
    def read(cls, word: str) -> "Beginning":
        """Read a word. Raises AnswerRefused."""
        match = _WORD.fullmatch(word)
        if not match or len(match[1]) > 2 * PATH_AT_MOST:
            raise AnswerRefused(f"not a beginning of a file: {word[:80]!r}")
        path = bytes.fromhex(match[1])
        if b"\0" in path or path.startswith(b"/") or {b"", b".", b".."} & set(path.split(b"/")):
            raise AnswerRefused(f"not a path below a root: {path[:80]!r}")
        return cls(path, int(match[2]))


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The SHA-256 of each beginning that was asked for, in hex; empty where the file is shorter or cannot be read."""

    digests: tuple[str, ...]


def ask_for(
    study: StudyNumber, root: str, wanted: Sequence[Beginning]
) -> Iterator[tuple[tuple[Beginning, ...], Question[Beginnings]]]:
    """The questions for some beginnings, each with those that it asks for."""
    for start in range(0, len(wanted), AT_ONCE):
        asked = tuple(wanted[start : start + AT_ONCE])
        words = (VERB, f"{study:03d}", root, *(each.say() for each in asked))
        yield asked, Question(words, _read, _SECONDS)


def _read(answer: bytes) -> Beginnings:
    return wire.load(Beginnings, answer)

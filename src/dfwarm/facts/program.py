"""The programs that a study's edit checks depend on, as found on a host."""

from dataclasses import dataclass
from enum import StrEnum


class Origin(StrEnum):
    """Where a program is found: the order is the order of the search."""

    STUDY = "the study's ecbin"
    SYSTEM = "the system's ecbin"
    ABSOLUTE = "its own path"
    PATH = "PATH"
    NOWHERE = "nowhere"


class Part(StrEnum):
    """What a program does for the edit checks."""

    CALLED = "called"
    INTERPRETER = "interpreter"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Program:
    """
    One program: its name as it is written, who names it, and the file that it comes down to.

    `sha256` is empty where `problem` says why the file cannot be read or is not there.
    """

    part: Part
    name: bytes
    named_by: str
    origin: Origin
    path: bytes
    sha256: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something in the edit checks that reading cannot settle: where, and what."""

    where: str
    says: str


@dataclass(frozen=True, slots=True)
class NamedHere:
    """A line that names this host or its folders: the file relative to the study, the line, the word."""

    path: bytes
    line: int
    word: bytes


@dataclass(frozen=True, slots=True)
class EditCheckFacts:
    """What the sources, the programs and the configuration of a study say. `mention_count` counts beyond those kept."""

    sources: int
    programs: tuple[Program, ...]
    doubts: tuple[Doubt, ...]
    mentions: tuple[NamedHere, ...]
    mention_count: int

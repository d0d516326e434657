"""What a clause of the rule of readiness is, and how it says what it found."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.evidence.readiness.facts import PairMonth, StudyMonth

NAMED_AT_MOST = 5


class Effect(StrEnum):
    """What a clause that speaks does to the word."""

    BLOCK = "block"
    REMARK = "remark"


class Word(StrEnum):
    """What a report says in one word."""

    READY = "READY"
    REMARKS = "READY WITH REMARKS"
    NOT_READY = "NOT READY"


@dataclass(frozen=True, slots=True)
class Clause:
    """One demand. `says` tells, one sentence each, how a study fails it in the month."""

    name: str
    effect: Effect
    says: Callable[[PairMonth, StudyMonth], Iterable[str]]


@dataclass(frozen=True, slots=True)
class PairClause:
    """One demand on the pair as a whole."""

    name: str
    effect: Effect
    says: Callable[[PairMonth], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the word is not READY. `study` is 0 where it is about the pair."""

    study: int
    clause: str
    effect: Effect
    says: str


def named(cycles: list[str], what: str) -> Iterator[str]:
    """Cycles by their names, a few of them."""
    if cycles:
        more = f" and {len(cycles) - NAMED_AT_MOST} more" if len(cycles) > NAMED_AT_MOST else ""
        yield f"{what}: {', '.join(cycles[:NAMED_AT_MOST])}{more}"


def some(sentences: list[str], thing: str) -> Iterator[str]:
    """A few sentences, and how many more there are."""
    yield from sentences[:NAMED_AT_MOST]
    rest = len(sentences) - NAMED_AT_MOST
    if rest > 0:
        yield f"{count(rest, f'more {thing}')}; the report's data names each of them"


def count(number: int, thing: str, things: str = "") -> str:
    """A number of things in words."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"

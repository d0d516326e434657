"""
Who rules a pair: one side, by a number that only grows.

Both gates and the controller keep the number, each for itself. Whoever is written to compares the writer's number with
its own at the moment of the call, so that nobody writes who slept through a change.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from dfwarm.errors import AnswerRefused, AuthorityRefused
from dfwarm.terms import Side

FIRST_EPOCH = 1
CONTROLLER = "controller"
"""The third keeper, beside the two sides."""

MOVED = "authority moved"
"""The act under which the controller's audit trail tells of a change; `after` is what the new ruling says."""

CLAIMED = frozenset({"stop", "hold", "freeze"})
"""Verbs of the gate that keep people out, so that they say by which epoch. What opens a study is never refused."""

_CLAIM = re.compile(r"epoch:(?P<pair>[a-z0-9][a-z0-9-]{0,62}):(?P<epoch>[1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Ruling:
    """Which side of a pair rules, since when, by whose word."""

    pair: str
    epoch: int
    ruler: Side
    at: datetime
    by: str
    reason: str

    def say(self) -> str:
        """Who rules, in a few words."""
        return f"{self.ruler} rules, epoch {self.epoch}"


@dataclass(frozen=True, slots=True)
class Ruled:
    """What one keeper has on record; nothing where it was never told."""

    rulings: tuple[Ruling, ...]

    @property
    def epoch(self) -> int:
        """The number; 0 where nothing is on record."""
        return max((each.epoch for each in self.rulings), default=0)

    def say(self) -> str:
        """Who rules by this keeper, in a few words."""
        return self.rulings[0].say() if self.rulings else "nothing on record"


@dataclass(frozen=True, slots=True)
class Claim:
    """A writer's word for itself: of which pair, by which number."""

    pair: str
    epoch: int

    @property
    def word(self) -> str:
        """The claim as a word of the gate's grammar."""
        return f"epoch:{self.pair}:{self.epoch}"


def read_claim(word: str) -> Claim | None:
    """The claim that a word is, if it is one."""
    match = _CLAIM.fullmatch(word)
    return Claim(match["pair"], int(match["epoch"])) if match else None


def admit(claim: Claim | None, kept: Ruled) -> None:
    """
    Raise AuthorityRefused unless production rules, and the writer knows the number that this keeper knows.

    A writer without a number is an older one, and one with a higher number is news that nobody brought here.
    """
    if not kept.rulings:
        raise AuthorityRefused("nothing is on record here of who rules", hint="Run `dfwarm adopt STUDY` once.")
    ruling = kept.rulings[0]
    if ruling.ruler is not Side.PRODUCTION:
        raise AuthorityRefused(f"the {ruling.say()} since {ruling.at:%Y-%m-%d %H:%M UTC}: no cycle may write to it")
    if claim is None:
        raise AuthorityRefused(f"the writer does not say by which epoch it writes, and epoch {ruling.epoch} holds here")
    if claim.pair != ruling.pair or claim.epoch != ruling.epoch:
        raise AuthorityRefused(
            f"the writer goes by epoch {claim.epoch} of pair {claim.pair}, and epoch {ruling.epoch} of pair "
            f"{ruling.pair} holds here"
        )


def spell_ruling(ruling: Ruling) -> tuple[str, ...]:
    """A ruling as words of the gate's grammar. Raises ValueError where its text is too long."""
    moment = str(int(ruling.at.timestamp()))
    return ruling.pair, str(ruling.epoch), ruling.ruler.value, moment, *spell_words(f"{ruling.by}\n{ruling.reason}")


def read_ruling(words: tuple[str, ...]) -> Ruling:
    """Read a ruling back. Raises AnswerRefused."""
    try:
        pair, epoch, ruler, moment, *text = words
        claim = _CLAIM.fullmatch(f"epoch:{pair}:{epoch}")
        by, reason = bytes.fromhex("".join(text)).decode().split("\n")
        at = datetime.fromtimestamp(int(moment), UTC)
        return Ruling(claim["pair"], int(claim["epoch"]), Side(ruler), at, by, reason)  # type: ignore[index]
    except (ValueError, TypeError, OverflowError, OSError) as error:
        raise AnswerRefused(f"not a ruling: {' '.join(words)[:80]!r}") from error


def spell_words(text: str) -> tuple[str, ...]:
    """A text as words of the gate's grammar, at most eight. Raises ValueError for a longer one."""
    code = text.encode().hex()
    words = tuple(code[at : at + _WORD_DIGITS] for at in range(0, len(code), _WORD_DIGITS))
    if not 1 <= len(words) <= _WORDS_AT_MOST:
        raise ValueError(f"{len(text.encode()):,} bytes of text, {_WORDS_AT_MOST * _WORD_DIGITS // 2} are the most")
    return words


_WORD_DIGITS = 190
_WORDS_AT_MOST = 8

"""Which side of a difference is wrong: said from what was proven before, never guessed."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.manifest.entry import Entry


class WrongSide(StrEnum):
    """Which side does not hold what it should."""

    STANDBY = "the standby"
    PRODUCTION = "production"
    BEHIND = "neither: production went on and the standby is behind"
    BOTH = "both"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class SideJudgement:
    """Which side is wrong, and the ground for saying so."""

    side: WrongSide
    ground: str


def judge_side(difference: Difference, proven: tuple[Entry, ...]) -> SideJudgement:
    """
    Say which side is wrong.

    `proven` is production's entry in the last EQUIVALENT cycle, or nothing where there was none.
    """
    if difference.kind in (DifferenceKind.MISSING, DifferenceKind.SURPLUS):
        return _judge_presence(difference, is_proven=bool(proven))
    if not proven or difference.production is None or difference.standby is None:
        return SideJudgement(WrongSide.UNKNOWN, "no earlier cycle proved what belongs here")
    before, ours, theirs = proven[0], difference.production, difference.standby
    if _is_same(ours, before):
        return SideJudgement(
            WrongSide.STANDBY, "production holds what the last equivalent cycle proved, the standby does not"
        )
    if ours.mtime_ns != before.mtime_ns or ours.size != before.size or ours.kind is not before.kind:
        if _is_same(theirs, before):
            return SideJudgement(
                WrongSide.BEHIND, "the standby holds what was proven, production has written since then"
            )
        return SideJudgement(
            WrongSide.UNKNOWN, "production has written since the last proof, and the standby holds neither state"
        )
    if _is_same(theirs, before):
        return SideJudgement(
            WrongSide.PRODUCTION,
            "the standby holds what the last equivalent cycle proved; production's bytes are others though its size "
            "and time are those of the proof",
        )
    return SideJudgement(WrongSide.BOTH, "neither holds what was proven, and production's size and time did not move")


def _judge_presence(difference: Difference, *, is_proven: bool) -> SideJudgement:
    if difference.kind is DifferenceKind.MISSING:
        if is_proven:
            return SideJudgement(WrongSide.STANDBY, "it was on both sides at the last proof and is gone there")
        return SideJudgement(WrongSide.BEHIND, "it was not on production at the last proof, or none is known")
    if is_proven:
        return SideJudgement(WrongSide.BEHIND, "production had it at the last proof and has deleted or renamed it")
    return SideJudgement(WrongSide.UNKNOWN, "no proof knows it: it was made on the standby, or came and went between")


def _is_same(one: Entry, other: Entry) -> bool:
    """Whether two entries hold the same: metadata does not decide which side is wrong."""
    return (one.kind, one.size, one.digest, one.target) == (other.kind, other.size, other.digest, other.target)

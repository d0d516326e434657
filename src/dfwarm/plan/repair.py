"""What would make a difference go away: offered as a plan, never done unasked."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.plan.wrong_side import SideJudgement, WrongSide


class Remedy(StrEnum):
    """What is offered."""

    SEND = "let production's entry replace the standby's"
    DELETE = "let the standby's entry go"
    KEEP_ASIDE = "keep the standby's entry aside as the only proven one, and have a person restore production"
    ASK = "have a person decide: nothing says which side is right"


@dataclass(frozen=True, slots=True)
class Repair:
    """What is offered for one difference, and why."""

    difference: Difference
    remedy: Remedy
    ground: str


def plan_repair(difference: Difference, judgement: SideJudgement) -> Repair:
    """Offer a remedy. Production is never written to, and the only proven copy of something is never overwritten."""
    if judgement.side is WrongSide.PRODUCTION:
        remedy = Remedy.KEEP_ASIDE
    elif judgement.side in (WrongSide.UNKNOWN, WrongSide.BOTH):
        remedy = Remedy.ASK
    else:
        remedy = Remedy.DELETE if difference.kind is DifferenceKind.SURPLUS else Remedy.SEND
    return Repair(difference, remedy, judgement.ground)

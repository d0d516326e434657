"""
A transfer that was held back, and the approval that lets exactly its plan through, once.

What was approved is taken out of the next plan; whatever is left has to keep the budgets by itself. So a plan that
does nothing more than the approved one passes, and one that does more is held again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import ApprovalRefused
from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.budget import Breach, Changes, Items, Limits, judge_changes
from dfwarm.terms import CycleId, Outcome, StudyNumber

HOLD = "hold.json"
"""The file of a record that holds the plan that was held back."""

SUBJECT, USED = "hold", "hold used"
"""What lines of the ledger that approve a held plan, and that use up such an approval, name as their subject."""

_PROVEN = frozenset({Outcome.EQUIVALENT.value, Outcome.EQUIVALENT_WITH_DEVIATIONS.value})


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that breached the budgets: by which rules and limits, root by root, and what was said of it."""

    rules_version: str
    limits: Limits
    roots: tuple[Changes, ...]
    breaches: tuple[Breach, ...]

    def encode(self) -> bytes:
        """The bytes of its file. Their SHA-256 is what a person approves."""
        return wire.dump_indented(self).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class HoldApproval:
    """A person's word that a held plan may be carried out."""

    held: CycleId
    digest: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """An approval with the plan that it is about."""

    approval: HoldApproval
    plan: HeldPlan


def digest_of(content: bytes) -> str:
    """The digest of a held plan's file."""
    return hashlib.sha256(content).hexdigest()


def read_plan(approval: HoldApproval, content: bytes) -> ApprovedPlan:
    """Read the plan that an approval is about. Raises ApprovalRefused where it is not the very plan."""
    if digest_of(content) != approval.digest:
        raise ApprovalRefused(f"the plan of {approval.held} is not the one that {approval.by} approved")
    return ApprovedPlan(approval, wire.load(HeldPlan, content))


def judge_beyond(plans: Iterable[Changes], approved: HeldPlan | None, limits: Limits) -> tuple[Breach, ...]:
    """Every breach of the plans in what goes beyond an approved one."""
    known = {each.root: each for each in approved.roots} if approved else {}
    return tuple(
        breach
        for each in plans
        for breach in judge_changes(_without(each, known[each.root]) if each.root in known else each, limits)
    )


def _without(changes: Changes, approved: Changes) -> Changes:
    """Take what was approved out of a plan."""
    return replace(
        changes,
        deletes=_left(changes.deletes, approved.deletes),
        journal_deletes=_left(changes.journal_deletes, approved.journal_deletes),
        data_deletes=_left(changes.data_deletes, approved.data_deletes),
        setup_deletes=_left(changes.setup_deletes, approved.setup_deletes),
        changed=_left(changes.changed, approved.changed),
        broken_journals=_left(changes.broken_journals, approved.broken_journals),
        garbled_images=_left(changes.garbled_images, approved.garbled_images),
        strange_images=_left(changes.strange_images, approved.strange_images),
        lost_folders=_left(changes.lost_folders, approved.lost_folders),
        forgiven_entries=max(0, approved.lost_entries),
        forgiven_bytes=max(0, approved.lost_bytes),
    )


def _left(items: Items, approved: Items) -> Items:
    known = set(approved)
    return tuple(each for each in items if each not in known)


def open_approval(ledger: tuple[Line, ...], study: StudyNumber) -> HoldApproval | None:
    """
    The approval of a held plan of a study that no cycle has used yet, if there is one.

    Once a cycle proved equality it is void: the plan that it was about is no more.
    """
    for line in reversed(ledger):
        subject = line.detail.get("subject") if line.act is Act.APPROVAL else ""
        if subject == USED and _study_of(line.cycle) == study:
            return None
        if subject == SUBJECT and CycleId.parse(line.detail["held"]).study == study:
            held = CycleId.parse(line.detail["held"])
            return HoldApproval(held, line.detail["digest"], line.detail["by"], line.detail["reason"], line.at)
        is_closed = line.act is Act.CYCLE_CLOSED and line.detail.get("outcome") in _PROVEN
        if is_closed and _study_of(line.cycle) == study:
            return None
    return None


def refuse_approval(ledger: tuple[Line, ...], held: CycleId, by: str, known: frozenset[str]) -> None:
    """
    Raise ApprovalRefused where a plan may not be approved, or not by this person.

    `known` are the names of those who ran the cycle or changed the configuration last, as the system and they
    themselves said them.
    """
    if _fold(by) in {_fold(name) for name in known if name}:
        raise ApprovalRefused(f"{by} ran the cycle or wrote its configuration, so somebody else has to approve it")
    later = [line for line in ledger if line.act is Act.CYCLE_CLOSED and _study_of(line.cycle) == held.study]
    if any(
        CycleId.parse(line.cycle).sequence > held.sequence and line.detail.get("outcome") in _PROVEN for line in later
    ):
        raise ApprovalRefused(f"a later cycle than {held} proved equality, so its plan is no more")
    for line in ledger:
        if line.act is Act.APPROVAL and line.detail.get("subject") == SUBJECT and line.detail["held"] == str(held):
            raise ApprovalRefused(f"the plan of {held} was approved by {line.detail['by']} already, and once is all")


def describe_hold_approval(held: CycleId, digest: str, *, by: str, reason: str) -> dict[str, str]:
    """What the line of the ledger that approves a held plan says."""
    return {"subject": SUBJECT, "held": str(held), "digest": digest, "by": by, "reason": reason}


def describe_use(approval: HoldApproval) -> dict[str, str]:
    """What the line of the ledger that uses up an approval says."""
    return {"subject": USED, "held": str(approval.held), "digest": approval.digest, "by": approval.by}


def _study_of(cycle: str) -> int:
    return CycleId.parse(cycle).study if cycle else 0


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()

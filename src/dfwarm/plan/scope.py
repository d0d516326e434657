"""The scope policy of a study, who approved it, and what a policy that nobody approved forbids."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dfwarm import wire
from dfwarm.datafax.layout import LAYOUT
from dfwarm.errors import AnswerRefused
from dfwarm.facts.ledger import Act, Line
from dfwarm.manifest.policy import EVERY_ROOT, Policy, Rule
from dfwarm.terms import Treatment

NAME, VERSION = "built-in", "1"

HOSTS_OWN = Rule(Treatment.EXCLUDE, b"/lib/DFserver.cf", "each host has its own")
LEFT_TO_THE_LAYOUT = (Treatment.REPLICATE, Treatment.BY_RECORDS)

SUBJECT = "scope"
"""What a line of the ledger that approves a scope policy names as its subject."""

DIGEST, BUILT_IN = "scopeDigest", "scopeIsBuiltIn"
"""What the line of the ledger that begins a cycle says of the policy."""


def built_in_policy() -> Policy:
    """The policy of a pair that writes none: what the layout of a study directory says of its parts."""
    return Policy(NAME, VERSION, EVERY_ROOT, (HOSTS_OWN, *layout_rules(*LEFT_TO_THE_LAYOUT)))


def layout_rules(*treatments: Treatment) -> tuple[Rule, ...]:
    """The rules for such parts of a study as the layout treats so."""
    return tuple(
        Rule(place.treatment, glob, place.content)
        for place in LAYOUT
        if place.treatment in treatments
        for glob in place.globs
    )


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved which policy, when and why. The built-in policy is approved by nobody until it changes."""

    digest: str
    by: str
    reason: str
    at: datetime | None
    policy: Policy


@dataclass(frozen=True, slots=True)
class ScopeOrder:
    """The policy that a cycle goes by, and the approval that was the last to be given."""

    policy: Policy
    approval: Approval

    @property
    def is_approved(self) -> bool:
        """Whether it is the very policy that was approved."""
        return self.policy.digest == self.approval.digest

    @property
    def problem(self) -> str:
        """Why the policy cannot carry a verdict; empty where it can."""
        if self.is_approved:
            return ""
        return (
            f"scope policy not approved: {self.policy.name} version {self.policy.version} (sha256 "
            f"{self.policy.digest[:16]}) is not the one approved last (sha256 {self.approval.digest[:16]})"
        )

    @property
    def withheld(self) -> tuple[Rule, ...]:
        """What is not sent: what the policy excludes, and until it is approved what the approved one excludes too."""
        return tuple(dict.fromkeys((*self.policy.exclusions, *self.approval.policy.exclusions)))

    def changes(self) -> Iterator[str]:
        """Say the policy against the approved one, a rule a line: `+` is new, `-` is gone."""
        old, new = self.approval.policy.say(), self.policy.say()
        yield from (f"- {line}" for line in old if line not in new)
        yield from (f"+ {line}" for line in new if line not in old)


def order_scope(policy: Policy, ledger: tuple[Line, ...]) -> ScopeOrder:
    """Hold a policy against the last approval in the ledger. Raises AnswerRefused where that cannot be read."""
    return ScopeOrder(policy, last_approval(ledger))


def last_approval(ledger: tuple[Line, ...]) -> Approval:
    """
    The approval that holds.

    A named person's last one; before there is any the built-in policy counts as approved, as it was when the first
    cycle went by it: one of a later release is a changed policy.
    """
    for line in reversed(ledger):
        if line.act is Act.APPROVAL and line.detail.get("subject") == SUBJECT:
            policy = wire.load(Policy, line.detail["policy"].encode())
            if policy.digest != line.detail["digest"]:
                raise AnswerRefused("an approval in the ledger does not fit the policy that it names")
            return Approval(policy.digest, line.detail["by"], line.detail["reason"], line.at, policy)
    built_in = built_in_policy()
    begun = (line for line in ledger if line.act is Act.CYCLE_BEGUN and line.detail.get(BUILT_IN) == "true")
    first = next((line.detail[DIGEST] for line in begun), built_in.digest)
    return Approval(first, "", "built-in, never changed", None, built_in)


def describe_scope(order: ScopeOrder) -> dict[str, str]:
    """What the line of the ledger that begins a cycle says of the policy."""
    is_built_in = order.policy == built_in_policy() and order.is_approved
    return {DIGEST: order.policy.digest, BUILT_IN: str(is_built_in).lower()}


def describe_approval(order: ScopeOrder, *, by: str, reason: str) -> dict[str, str]:
    """What the line of the ledger that approves a policy says: by whom, why, instead of which, and the whole of it."""
    return {
        "subject": SUBJECT,
        "by": by,
        "reason": reason,
        "digest": order.policy.digest,
        "previous": order.approval.digest,
        "policy": wire.dump(order.policy).decode(),
    }

"""What a cycle's record says of its scope: the policy, who approved it, and everything that was left out."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from dfwarm import wire
from dfwarm.manifest.difference import SetAside
from dfwarm.plan.scope import ScopeOrder
from dfwarm.spelling import spell

SET_ASIDE = "set-aside.jsonl"
"""The name of the file in the record with a line for each entry that was left out."""

COVERAGE = "coverage.json"
"""The name of the file in the record with the whole policy and what it covered."""

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class RootRecord:
    """One root of the study by its key, and where it lies on each side."""

    key: str
    production: str
    standby: str


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """One rule of the policy, and how many entries it left out on each side."""

    treatment: str
    pattern: str
    reason: str
    production: int
    standby: int


@dataclass(frozen=True, slots=True)
class ScopeRecord:
    """
    The policy that a cycle went by.

    `problem` says why it cannot carry a verdict. The two digests are SHA-256 over path and content of all that was left
    out on a side; `unscoped_studies` are those that production registers and the pair does not keep.
    """

    name: str
    version: str
    digest: str
    approved_by: str
    approved_reason: str
    approved_at: datetime | None
    problem: str
    roots: tuple[RootRecord, ...]
    rules: tuple[RuleRecord, ...]
    production_set_aside: str
    standby_set_aside: str
    unscoped_studies: tuple[str, ...]

    @property
    def left_out(self) -> int:
        """How many entries were left out on either side, the larger count of the two."""
        return max(sum(rule.production for rule in self.rules), sum(rule.standby for rule in self.rules))


@dataclass(frozen=True, slots=True)
class RootSetAside:
    """An entry that was left out, and the key of the root that it lies below."""

    root: str
    entry: SetAside


def record_scope(
    order: ScopeOrder,
    roots: tuple[RootRecord, ...],
    left_out: tuple[RootSetAside, ...],
    unscoped_studies: tuple[str, ...],
) -> ScopeRecord:
    """Write down the policy, its approval and what it left out."""
    policy, approval = order.policy, order.approval
    ours = Counter(each.entry.rule for each in left_out if each.entry.production != NOTHING)
    theirs = Counter(each.entry.rule for each in left_out if each.entry.standby != NOTHING)
    return ScopeRecord(
        name=policy.name,
        version=policy.version,
        digest=policy.digest,
        approved_by=approval.by if order.is_approved else "",
        approved_reason=approval.reason if order.is_approved else "",
        approved_at=approval.at if order.is_approved else None,
        problem="; ".join(filter(None, (order.problem, policy.wrong_roots(tuple(root.key for root in roots))))),
        roots=roots,
        rules=tuple(
            RuleRecord(rule.treatment.value, spell(rule.pattern), rule.reason, ours[rule], theirs[rule])
            for rule in dict.fromkeys((*policy.rules, *order.withheld))
        ),
        production_set_aside=_digest(left_out, lambda entry: entry.production),
        standby_set_aside=_digest(left_out, lambda entry: entry.standby),
        unscoped_studies=unscoped_studies,
    )


def render_set_aside(left_out: Iterable[RootSetAside]) -> bytes:
    """Write a line for each entry that was left out, with its digest on both sides."""
    return b"".join(wire.dump_line(each) for each in left_out)


def render_coverage(order: ScopeOrder, record: ScopeRecord, checked: tuple[str, ...]) -> bytes:
    """Write the whole policy and what it covered."""
    told = {"policy": order.policy, "scope": record, "checked": checked}
    return wire.dump_indented(told).encode() + b"\n"


def _digest(left_out: tuple[RootSetAside, ...], side: Callable[[SetAside], str]) -> str:
    """SHA-256 over root, path and content of what a side has of it, a line each."""
    digest = hashlib.sha256()
    for each in left_out:
        if side(each.entry) != NOTHING:
            digest.update(f"{each.root} {spell(each.entry.path)} {side(each.entry)}\n".encode())
    return digest.hexdigest()

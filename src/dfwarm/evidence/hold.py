"""What the record of a cycle says of the change budgets."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """
    A plan that went beyond the budgets.

    It `is_held` where nothing was written for it. `plan_digest` is the SHA-256 of `hold.json`, which a second person
    approves. Where an approval let it through the last four say whose.
    """

    rules_version: str
    plan_digest: str
    breaches: tuple[str, ...]
    is_held: bool
    ran_by: tuple[str, ...] = ()
    approved_cycle: str = ""
    approved_by: str = ""
    approved_reason: str = ""
    approved_digest: str = ""

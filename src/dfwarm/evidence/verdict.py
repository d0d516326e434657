"""
The verdict rule, version 3: data with a version, judged without looking at anything but its grounds.

Three kinds of breach, in this order of weight. *Invalid*: the cycle cannot speak about equality at all.
*Difference*: the two sides are known not to be the same. *Gap*: something was not examined. Only where there is
none of them does a cycle say EQUIVALENT; a difference that a named person accepted is a deviation.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome

RULE_VERSION = "3"


@dataclass(frozen=True, slots=True)
class Grounds:
    """
    What a verdict is judged from.

    Counts are of entries; tuples hold one sentence for each thing found. `reports_expected` counts the reports that
    the configuration asks for, `report_lines` the lines that each of them printed on both sides.
    """

    steps_expected: int
    steps_done: int
    interruption: str
    control_detected: bool
    source_moved: tuple[str, ...]
    clock_problems: tuple[str, ...]
    transfer_problems: tuple[str, ...]
    entries_expected: int
    entries_compared: int
    tree_differences: tuple[str, ...]
    tree_gaps: tuple[str, ...]
    reports_expected: int
    report_lines: tuple[int, ...]
    report_differences: tuple[str, ...]
    report_gaps: tuple[str, ...]
    journal_differences: tuple[str, ...]
    deviations: tuple[str, ...]
    scope_problems: tuple[str, ...] = ()
    report_numbers: tuple[str, ...] = ()
    report_beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One demand of the rule. `breaches` says, one sentence each, how the grounds fail it."""

    name: str
    demand: str
    weight: Weight
    breaches: Callable[[Grounds], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Reason:
    """One breach of one clause."""

    clause: str
    weight: Weight
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one cycle established about one study at one time point."""

    outcome: Outcome
    rule_version: str
    reasons: tuple[Reason, ...]
    entries_expected: int
    entries_compared: int
    report_lines: int


def judge(grounds: Grounds) -> Verdict:
    """Judge by every clause. Comparing nothing is not agreement."""
    reasons = tuple(Reason(clause.name, clause.weight, says) for clause in RULE for says in clause.breaches(grounds))
    weights = {reason.weight for reason in reasons}
    outcome = next((result for weight, result in PRECEDENCE if weight in weights), Outcome.EQUIVALENT)
    return Verdict(
        outcome,
        RULE_VERSION,
        reasons,
        grounds.entries_expected,
        grounds.entries_compared,
        sum(grounds.report_lines),
    )


PRECEDENCE: tuple[tuple[Weight, Outcome], ...] = (
    (Weight.INVALID, Outcome.INCONCLUSIVE),
    (Weight.DIFFERENCE, Outcome.DISCREPANT),
    (Weight.GAP, Outcome.INCONCLUSIVE),
    (Weight.DEVIATION, Outcome.EQUIVALENT_WITH_DEVIATIONS),
)
"""The first weight that occurs decides."""


def _steps(grounds: Grounds) -> tuple[str, ...]:
    if grounds.steps_expected > 0 and grounds.steps_done == grounds.steps_expected:
        return ()
    return (f"{grounds.steps_done} of {grounds.steps_expected} steps were done",)


def _interruption(grounds: Grounds) -> tuple[str, ...]:
    return (grounds.interruption,) if grounds.interruption else ()


def _control(grounds: Grounds) -> tuple[str, ...]:
    return () if grounds.control_detected else ("the negative control was not detected",)


def _entries_compared(grounds: Grounds) -> tuple[str, ...]:
    if grounds.entries_expected <= 0:
        return ("no entry was expected, so nothing can be equal",)
    if grounds.entries_compared != grounds.entries_expected:
        return (f"{grounds.entries_compared} of {grounds.entries_expected} expected entries were compared",)
    return ()


def _reports_printed(grounds: Grounds) -> tuple[str, ...]:
    if grounds.reports_expected <= 0:
        return ("no report was expected, so none can agree",)
    missing = grounds.reports_expected - len(grounds.report_lines)
    empty = sum(lines <= 0 for lines in grounds.report_lines)
    return (
        *((f"{missing} of {grounds.reports_expected} reports are missing",) if missing else ()),
        *((f"{empty} of {grounds.reports_expected} reports are empty on a side",) if empty else ()),
    )


RULE: tuple[Clause, ...] = (
    Clause("steps", "every expected step is done", Weight.INVALID, _steps),
    Clause("interruption", "the cycle was not cut off", Weight.INVALID, _interruption),
    Clause("control", "a known difference of one byte is found", Weight.INVALID, _control),
    Clause("still", "production did not move at the time point", Weight.INVALID, lambda grounds: grounds.source_moved),
    Clause("clocks", "the clocks agree within the limit", Weight.INVALID, lambda grounds: grounds.clock_problems),
    Clause("transfer", "the transfer is accounted for", Weight.GAP, lambda grounds: grounds.transfer_problems),
    Clause("coverage", "as many entries compared as expected, and more than none", Weight.GAP, _entries_compared),
    Clause("trees", "both listings are equal", Weight.DIFFERENCE, lambda grounds: grounds.tree_differences),
    Clause("read", "nothing in scope is unreadable", Weight.GAP, lambda grounds: grounds.tree_gaps),
    Clause("printed", "every report says something on both sides", Weight.GAP, _reports_printed),
    Clause("reports", "the reports are equal", Weight.DIFFERENCE, lambda grounds: grounds.report_differences),
    Clause(
        "numbers",
        "the vendor prints the same numbers on both sides",
        Weight.DIFFERENCE,
        lambda grounds: grounds.report_numbers,
    ),
    Clause(
        "beside",
        "what the vendor prints after a label is what the native report counts",
        Weight.DIFFERENCE,
        lambda grounds: grounds.report_beside,
    ),
    Clause("report reading", "the reports left nothing out", Weight.GAP, lambda grounds: grounds.report_gaps),
    Clause("journals", "the journals are equal", Weight.DIFFERENCE, lambda grounds: grounds.journal_differences),
    Clause("scope", "the scope policy is the approved one", Weight.GAP, lambda grounds: grounds.scope_problems),
    Clause("deviations", "no difference needed acceptance", Weight.DEVIATION, lambda grounds: grounds.deviations),
)

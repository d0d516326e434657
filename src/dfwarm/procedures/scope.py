"""What of a study's roots is sent and compared, and what the record says was left out."""

from dfwarm.datafax.layout import within_study
from dfwarm.evidence.scope import (
    COVERAGE,
    SET_ASIDE,
    RootRecord,
    RootSetAside,
    record_scope,
    render_coverage,
    render_set_aside,
)
from dfwarm.manifest.difference import Comparison
from dfwarm.manifest.scope import Scope
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.terms import Treatment


def scope_of(order: CycleOrder, key: str) -> Scope:
    """What is compared of a root: what is not sent is not compared either."""
    others = (rule for rule in order.scope.policy.rules if rule.treatment is not Treatment.EXCLUDE)
    return Scope((*order.scope.withheld, *others), within_study(key))


def sent_scope_of(order: CycleOrder, key: str) -> Scope:
    """What is sent of a root: all but what a policy excludes."""
    return Scope(order.scope.withheld, within_study(key))


def keep_scope(
    order: CycleOrder, findings: Findings, compared: dict[str, Comparison], roots: tuple[RootRecord, ...]
) -> None:
    """Name, count and digest what was left out, and the studies that this pair does not keep."""
    left_out = tuple(RootSetAside(key, each) for key, comparison in compared.items() for each in comparison.set_aside)
    registered = findings.production.known_look.registered if order.studies else ()
    unscoped = tuple(f"{study:03d}" for study in sorted(set(registered) - set(order.studies)))
    findings.scope = record_scope(order.scope, roots, left_out, unscoped)
    findings.files[SET_ASIDE] = render_set_aside(left_out)
    checked = findings.trees.checked if findings.trees else ()
    findings.files[COVERAGE] = render_coverage(order.scope, findings.scope, checked)

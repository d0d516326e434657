"""What a cycle holds its listings against, each looked up and compared once, however many steps ask."""

from dfwarm.manifest.block import is_equal
from dfwarm.manifest.difference import Comparison, compare
from dfwarm.manifest.listing import Manifest
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Compared, Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.scope import sent_scope_of


def compare_sent(
    order: CycleOrder, findings: Findings, key: str, production: Manifest, standby: Manifest
) -> Comparison:
    """
    Compare two listings of a root within what is sent of it.

    The budgets, the forecast and the plan of the transfer ask for the same two: it is made once for them, and for a
    listing of the time point that says just what the warm listing said.
    """
    for each in findings.compared:
        if each.key == key and each.standby is standby and _says_the_same(each.production, production):
            return each.comparison
    comparison = compare(production, standby, sent_scope_of(order, key))
    findings.compared.append(Compared(key, production, standby, comparison))
    return comparison


def _says_the_same(one: Manifest, other: Manifest) -> bool:
    """Whether all that a comparison looks at is the same, whenever the bytes were read."""
    return one is other or (
        [block.folder for block in one.blocks] == [block.folder for block in other.blocks]
        and all(here is there or is_equal(here, there) for here, there in zip(one.blocks, other.blocks, strict=True))
        and one.people == other.people
        and one.links == other.links
        and one.gaps == other.gaps
    )


def proven_before(order: CycleOrder, kit: Kit, findings: Findings, key: str) -> tuple[Manifest, ...]:
    """Production's manifest of a root as the last EQUIVALENT cycle had it; none where none is kept."""
    if key not in findings.proven:
        findings.proven[key] = kit.archive.proven.find(order.cycle.study, key, order.cycle)
    return findings.proven[key]

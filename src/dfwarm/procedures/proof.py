"""Prove both trees of a study against each other, outside a cycle: nothing is stopped, carried over or written."""

from dataclasses import dataclass, field

from dfwarm.equipment.listing_question import FULL, REMEMBERED
from dfwarm.evidence.differences import RootDifference
from dfwarm.evidence.proof import Proof
from dfwarm.manifest.control import is_difference_found
from dfwarm.manifest.difference import Comparison, compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.stillness import what_moved
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, name_files
from dfwarm.plan.wrong_side import SideJudgement, judge_side
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listing import list_both, list_root
from dfwarm.procedures.record_sets import settle_by_records
from dfwarm.procedures.scope import scope_of
from dfwarm.procedures.trees import pair_roots
from dfwarm.spelling import spell


def prove(order: CycleOrder, kit: Kit, *, is_full: bool) -> Proof:
    """
    List both sides at the same time, hold them against each other, then see whether production stood still.

    A full proof reads every byte of both sides now. Raises the errors of the gates.
    """
    findings = Findings(began_at=kit.now(), names=name_files(kit.now()))
    looks = kit.ask_both(questions.look(order.cycle.study), questions.look(order.cycle.study))
    findings.production.look, findings.standby.look = looks[0].value, looks[1].value
    total = _Total()
    for pairing in pair_roots(findings):
        scope = scope_of(order, pairing.key)
        ours, theirs = list_both(kit, order.cycle.study, pairing.key, how=FULL if is_full else REMEMBERED)
        proven = kit.archive.proven.find(order.cycle.study, pairing.key, order.cycle)
        found = compare(ours.value, theirs.value, scope)
        if findings.standby.server.is_serving:
            settled = settle_by_records(kit, order.cycle.study, pairing.key, scope, found)
            found, total.by_records = settled.comparison, (*total.by_records, *settled.by_records)
        total.add(pairing.key, found, proven)
        total.look(ours.value, theirs.value, scope)
        later = list_root(kit, kit.production, order.cycle.study, pairing.key)
        total.moved.extend(what_moved(ours.value, later.value, scope))
    return total.proof(int(kit.now().timestamp()))


@dataclass(slots=True)
class _Total:
    """All roots of a study together."""

    expected: int = 0
    compared: int = 0
    bytes: int = 0
    differences: list[RootDifference] = field(default_factory=list)
    judgements: list[SideJudgement] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    controls: list[bool] = field(default_factory=list)
    readings: list[int] = field(default_factory=list)
    by_records: tuple[str, ...] = ()

    def add(self, key: str, found: Comparison, proven: tuple[Manifest, ...]) -> None:
        """Add a comparison, and from what was proven before say which side is wrong."""
        self.expected += found.expected
        self.compared += found.compared
        self.gaps += (f"{spell(gap.path)}: {gap.kind}, {gap.why}" for gap in found.gaps)
        manifests = proven if found.differences else ()
        before = {entry.path: (entry,) for manifest in manifests for entry in manifest.entries()}
        for difference in found.differences:
            self.differences.append(RootDifference(key, difference))
            self.judgements.append(judge_side(difference, before.get(difference.path, ())))

    def look(self, ours: Manifest, theirs: Manifest, scope: Scope) -> None:
        """Add what the manifests say of themselves."""
        self.bytes += ours.bytes
        self.controls.append(is_difference_found(ours, scope))
        self.readings += filter(None, (ours.oldest_reading, theirs.oldest_reading))

    def proof(self, now: int) -> Proof:
        return Proof(
            self.expected,
            self.compared,
            self.bytes,
            tuple(self.differences),
            tuple(self.judgements),
            tuple(self.gaps),
            tuple(self.moved),
            bool(self.controls) and all(self.controls),
            max(0, now - min(self.readings, default=now)),
            self.by_records,
        )

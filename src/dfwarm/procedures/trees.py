"""The independent listings of both trees: before the first write, and as the proof after the last one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from dfwarm.errors import PathUnreadable, PreflightFailed
from dfwarm.evidence.differences import DIFFERENCES, RootDifference, render_differences
from dfwarm.evidence.record import TreeRecord
from dfwarm.evidence.scope import RootRecord
from dfwarm.facts.record_sets import say_how
from dfwarm.manifest.control import control
from dfwarm.manifest.coverage import cover
from dfwarm.manifest.difference import Comparison, compare
from dfwarm.manifest.listing import Manifest, roots_of_both
from dfwarm.plan.cycle import CycleOrder
from dfwarm.plan.deviation import weigh
from dfwarm.procedures.comparing import proven_before
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listing import list_ahead, list_root
from dfwarm.procedures.record_sets import settle_by_records
from dfwarm.procedures.scope import keep_scope, scope_of
from dfwarm.procedures.story import Story
from dfwarm.spelling import spell

NAMED_AT_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Pairing:
    """One root on both sides, by its key."""

    key: str
    production: bytes
    standby: bytes


def pair_roots(findings: Findings) -> tuple[Pairing, ...]:
    """Pair the roots of both sides by key. Raises PreflightFailed where a side lacks one of the other."""
    ours = {root.key: root.folder for root in findings.production.known_look.roots}
    theirs = {root.key: root.folder for root in findings.standby.known_look.roots}
    if ours.keys() != theirs.keys():
        odd = ", ".join(sorted(ours.keys() ^ theirs.keys()))
        raise PreflightFailed(
            f"the study's directories are not laid out alike on both sides: {odd} lies outside on one side only",
            hint="Make DFserver.cf of the standby name the same directories as production's.",
        )
    return tuple(Pairing(key, ours[key], theirs[key]) for key in ours)


def list_before(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """List both sides as they are before the warm pass, while people may work."""
    for pairing in pair_roots(findings):
        ours, theirs = list_ahead(kit, order.cycle.study, pairing.key)
        story.keep(ours, theirs)
        findings.production.before[pairing.key] = ours.value
        findings.standby.before[pairing.key] = theirs.value


def list_standby(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """List the standby for the proof, before its server runs again."""
    for pairing in pair_roots(findings):
        theirs = list_root(kit, kit.standby, order.cycle.study, pairing.key)
        story.keep(theirs)
        findings.standby.after[pairing.key] = theirs.value
    kit.listings.save_beside()


def compare_sides(order: CycleOrder, kit: Kit, findings: Findings) -> None:
    """Hold the standby's listing against production's, and prove on the way that a known difference is found."""
    if not findings.production.before:
        raise PathUnreadable("no listing of production was taken")
    compared = {
        key: compare(ours, findings.standby.after[key], scope_of(order, key))
        for key, ours in findings.production.before.items()
    }
    by_records: list[str] = []
    for key in compared if findings.standby_ran else ():
        settled = settle_by_records(kit, order.cycle.study, key, scope_of(order, key), compared[key])
        compared[key] = settled.comparison
        by_records += settled.by_records
        findings.settled[key] = settled.paths
    findings.controls = {
        key: control(ours, scope_of(order, key), seed=order.cycle.sequence)
        for key, ours in findings.production.before.items()
    }
    findings.control_detected = all(each.is_detected for each in findings.controls.values())
    found = (RootDifference(key, each) for key, comparison in compared.items() for each in comparison.differences)
    findings.files[DIFFERENCES] = render_differences(found)
    findings.trees = _record(
        order, kit, findings, {key: _accept(order, findings, key, each) for key, each in compared.items()}
    )
    findings.trees = replace(findings.trees, by_records=tuple(by_records), data_compared=say_how(findings.standby_ran))
    keep_scope(order, findings, compared, _root_records(findings))


def _root_records(findings: Findings) -> tuple[RootRecord, ...]:
    return tuple(
        RootRecord(pairing.key, spell(pairing.production), spell(pairing.standby)) for pairing in pair_roots(findings)
    )


def _accept(order: CycleOrder, findings: Findings, key: str, compared: Comparison) -> Comparison:
    """Take the differences that a named person accepted out of a comparison, and say them as deviations."""
    accepted = tuple(deviation for deviation in order.deviations if deviation.root == key)
    weighed = weigh(compared.differences, accepted, findings.began_at)
    findings.deviations += tuple(f"{difference.say()} - {by.say()}" for difference, by in weighed.accepted)
    return replace(compared, differences=weighed.open)


def _record(order: CycleOrder, kit: Kit, findings: Findings, compared: dict[str, Comparison]) -> TreeRecord:
    differences = [difference for comparison in compared.values() for difference in comparison.differences]
    gaps = [gap for comparison in compared.values() for gap in comparison.gaps]
    ours, theirs = findings.production.before, findings.standby.after
    here, there = zip(*(roots_of_both(manifest, theirs[key]) for key, manifest in ours.items()), strict=True)
    return TreeRecord(
        expected=sum(comparison.expected for comparison in compared.values()),
        compared=sum(comparison.compared for comparison in compared.values()),
        files=sum(manifest.files for manifest in ours.values()),
        bytes=sum(manifest.bytes for manifest in ours.values()),
        differences=tuple(difference.say() for difference in differences),
        gaps=tuple(f"! {spell(gap.path)}: {gap.kind}, {gap.why}" for gap in gaps),
        excluded=tuple(spell(path) for comparison in compared.values() for path in comparison.excluded),
        production_content=" ".join(roots.content for roots in here),
        standby_content=" ".join(roots.content for roots in there),
        production_metadata=" ".join(roots.metadata for roots in here),
        standby_metadata=" ".join(roots.metadata for roots in there),
        checked=tuple(_cover(order, kit, findings, compared)),
        production_oldest_seconds=_age(ours.values(), kit.now()),
        standby_oldest_seconds=_age(theirs.values(), kit.now()),
    )


def _cover(order: CycleOrder, kit: Kit, findings: Findings, compared: dict[str, Comparison]) -> Iterator[str]:
    """Say for each root how many entries were checked, and where those of the last proven cycle went."""
    for key, comparison in compared.items():
        proven = proven_before(order, kit, findings, key)
        coverage = cover(comparison, findings.production.before[key], proven, scope_of(order, key))
        yield coverage.say() if len(compared) == 1 else f"{key}: {coverage.say()}"


def _age(manifests: Iterable[Manifest], now: datetime) -> int:
    """How long ago the file was read that was not read for longest; -1 where none was read."""
    oldest = min(filter(None, (manifest.oldest_reading for manifest in manifests)), default=0)
    return max(0, int(now.timestamp()) - oldest) if oldest else -1

"""Judge the budgets on the plan of a transfer, before it writes: breached, it is held back."""

import operator
from collections.abc import Iterator
from dataclasses import replace

from dfwarm.datafax.layout import Keeping, area_of, live_image_of, place_of, within_study
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.errors import ChangesHeld, SourceRefused
from dfwarm.evidence.hold import HoldRecord
from dfwarm.facts.ledger import Act
from dfwarm.manifest.difference import Comparison, Difference, DifferenceKind
from dfwarm.manifest.entry import Kind
from dfwarm.manifest.listing import Manifest
from dfwarm.plan.budget import RULES_VERSION, Breach, Changes, Item, Items, Sizes
from dfwarm.plan.cycle import CycleOrder
from dfwarm.plan.hold import HOLD, HeldPlan, describe_use, digest_of, judge_beyond
from dfwarm.procedures.comparing import compare_sent
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.image_samples import sample_images
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Area

FREELY_DELETED = frozenset({Area.WORK, Area.RETRIEVAL})
"""Areas whose files come and go with every report; their deletions breach no budget."""

_SETUP = frozenset({Area.SETUP, Area.SCHEMA_HISTORY})


def hold_back(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Raise ChangesHeld where the plan goes beyond the budgets and nobody approved that, SourceRefused where nobody may.

    Nothing has been written for this plan yet. An approval is used up in the ledger before the first write.
    """
    compared = tuple(_compared(order, findings, key) for key in findings.production.before)
    if compared and findings.judged and all(map(operator.is_, compared, findings.judged)):
        return  # the time point is what was judged before the warm pass
    findings.judged = compared
    plans = tuple(_plan(order, kit, story, findings, key) for key in findings.production.before)
    approved = order.approved_hold
    breaches = judge_beyond(plans, None, order.limits)
    if final := [each.says for each in breaches if not each.can_be_approved]:
        raise SourceRefused(f"{_nothing_written(findings)}: {'; '.join(final)}")
    if not breaches:
        return
    beyond = judge_beyond(plans, approved.plan, order.limits) if approved else breaches
    _keep(order, findings, HeldPlan(RULES_VERSION, order.limits, plans, breaches), is_held=bool(beyond))
    if beyond:
        raise ChangesHeld(f"{_nothing_written(findings)}: {'; '.join(each.says for each in beyond)}")
    _use(order, story, findings, breaches)


def foresee(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> tuple[Breach, ...]:
    """What a cycle would be held back for now, beyond what a second person approved. Nothing is written down."""
    plans = tuple(_plan(order, kit, story, findings, key) for key in findings.production.before)
    final = tuple(each for each in judge_beyond(plans, None, order.limits) if not each.can_be_approved)
    approved = order.approved_hold.plan if order.approved_hold else None
    return final or judge_beyond(plans, approved, order.limits)


def _keep(order: CycleOrder, findings: Findings, plan: HeldPlan, *, is_held: bool) -> None:
    """Keep the plan in the record, for the person who judges it."""
    content = plan.encode()
    findings.files[HOLD] = content
    said = tuple(each.says for each in plan.breaches)
    findings.hold = HoldRecord(RULES_VERSION, digest_of(content), said, is_held, order.ran_by)


def _use(order: CycleOrder, story: Story, findings: Findings, breaches: tuple[Breach, ...]) -> None:
    """Go on by an approval, which is used up: said in the ledger, in the record and, of journals, in the verdict."""
    approved = order.approved_hold
    if approved is None or findings.hold is None:
        return
    approval, is_first = approved.approval, not findings.uses_approval
    findings.uses_approval = True
    findings.hold = replace(
        findings.hold,
        approved_cycle=str(approval.held),
        approved_by=approval.by,
        approved_reason=approval.reason,
        approved_digest=approval.digest,
    )
    if is_first:
        story.announce(Act.APPROVAL, **describe_use(approval))
        word = f"approved by {approval.by} as held in {approval.held}: {approval.reason}"
        findings.remarks.extend(f"beyond the budgets, {each.says}; {word}" for each in breaches)
        findings.deviations += tuple(f"{each.says} - {word}" for each in breaches if each.rule == "journals")


def _nothing_written(findings: Findings) -> str:
    return f"HOLD, nothing {'more ' if findings.written else ''}was written to the standby"


def _plan(order: CycleOrder, kit: Kit, story: Story, findings: Findings, key: str) -> Changes:
    """What the transfer would do to one root."""
    ours, within = findings.production.before[key], within_study(key)
    comparison = _compared(order, findings, key)
    lost = tuple(_lost(comparison, ours, within))
    deletes = tuple(_item(each, within) for each in lost)
    sampled = sample_images(kit, story, order.cycle, key, comparison.differences)
    findings.remarks.extend(each for each in sampled.remarks if each not in findings.remarks)
    return Changes(
        root=key,
        sizes=_sizes(order, findings, key),
        deletes=deletes,
        journal_deletes=_of(deletes, frozenset({Area.JOURNAL})),
        data_deletes=_of(deletes, frozenset({Area.DATA})),
        setup_deletes=_of(deletes, _SETUP),
        changed=tuple(_item(each, within) for each in comparison.differences if _is_changed(each, within)),
        broken_journals=tuple(item for root, item in findings.broken_journals if root == key),
        garbled_images=sampled.garbled,
        strange_images=sampled.strange,
        lost_folders=tuple(_item(each, within) for each in lost if _is_study_folder(each, within)),
    )


def _compared(order: CycleOrder, findings: Findings, key: str) -> Comparison:
    return compare_sent(order, findings, key, findings.production.before[key], findings.standby.before[key])


def _sizes(order: CycleOrder, findings: Findings, key: str) -> Sizes:
    ours, theirs = findings.production.before[key], findings.standby.before[key]
    earlier = order.earlier.entries if key == STUDY_DIR and len(findings.production.before) == 1 else 0
    return Sizes(len(ours), ours.files, len(theirs), earlier, ours.bytes, theirs.bytes, theirs.files)


def _item(difference: Difference, within: bytes) -> Item:
    """One change by the bytes that production has now; nothing, where it has none."""
    ours = difference.production
    return Item(within + difference.path, ours.digest.hex() or str(ours.kind) if ours else "")


def _of(deletes: Items, areas: frozenset[Area]) -> Items:
    """Those that are of such a class, but for what can be made anew."""
    places = ((each, place_of(each.path)) for each in deletes)
    return tuple(each for each, place in places if place.area in areas and place.keeping is not Keeping.DERIVED)


def _is_changed(difference: Difference, within: bytes) -> bool:
    is_other = difference.kind in (DifferenceKind.CONTENT, DifferenceKind.KIND)
    return is_other and area_of(within + difference.path) not in FREELY_DELETED


def _is_study_folder(difference: Difference, within: bytes) -> bool:
    """Whether it is a folder of the study itself, or a week's folder among the images."""
    theirs, parts = difference.standby, (within + difference.path).split(b"/")
    is_week = len(parts) == 2 and parts[0] in (b"pages", b"pages_hd")
    return bool(theirs and theirs.kind is Kind.DIRECTORY) and (len(parts) == 1 or is_week)


def _lost(comparison: Comparison, production: Manifest, within: bytes) -> Iterator[Difference]:
    """Leave out images that production only renamed to `X`, since nothing of them is lost, and what comes and goes."""
    surplus = [each for each in comparison.differences if each.kind is DifferenceKind.SURPLUS]
    kept = {live_image_of(within + path) for path in _marked_deleted(production)} if surplus else set()
    for each in surplus:
        whole = within + each.path
        if whole not in kept and area_of(whole) not in FREELY_DELETED:
            yield each


def _marked_deleted(manifest: Manifest) -> Iterator[bytes]:
    """The paths whose names begin with the `X` of a deleted CRF, without making an entry of every other file."""
    for block in manifest.blocks:
        if b"X" in block.names:
            yield from (block.path_of(name) for name in block.list_names() if name.startswith(b"X"))

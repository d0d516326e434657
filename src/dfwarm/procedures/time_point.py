"""Step 3: the time point. Production is kept still as the site chose, caught as it is, and let go again."""

from dataclasses import replace

from dfwarm.facts.capture import Captured, Proven
from dfwarm.facts.freeze import MODES, FreezeMode
from dfwarm.facts.ledger import Act
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder
from dfwarm.plan.freeze import FreezePlan
from dfwarm.procedures import reports
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.forecast import refuse_too_long
from dfwarm.procedures.freeze import Freeze
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listing import list_captured
from dfwarm.procedures.story import Story
from dfwarm.procedures.trees import NAMED_AT_MOST
from dfwarm.terms import spell_time

PAUSE_SECONDS = 2


def catch(order: CycleOrder, kit: Kit, story: Story, findings: Findings, freeze: Freeze) -> None:
    """
    Catch production at one instant: its listing, copies of what moved since the warm pass, the vendor's reports.

    Raises FreezeRefused before anything is frozen where the freeze would outlast its budget.
    """
    plan = order.freeze
    if plan.mode is FreezeMode.STILL:
        if _catch_still(order, kit, story, findings) or plan.fallback is FreezeMode.STILL:
            _take_listings(order, kit, story, findings)
            return
        findings.remarks.append(
            f"production did not stand still in {plan.tries} tries, so it was frozen ({plan.fallback})"
        )
        plan = replace(plan, mode=plan.fallback)
    if MODES[plan.mode].takes_snapshot:
        _catch_snapshot(order, freeze, plan)
    else:
        _catch_frozen(order, freeze, plan)


def _catch_still(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> bool:
    """Look at production twice without freezing it, until nothing moved in between."""
    for attempt in range(1, order.freeze.tries + 1):
        reports.run_on(kit.production, order, story, findings)
        caught = _capture(order, kit, story, findings, order.question_seconds)
        if not findings.source_moved:
            proof = f"{_say_looks(caught)}, found that nothing moved (try {attempt})"
            findings.as_of_known_by = f"nothing was frozen: {proof}; {caught.newest.say()}"
            return True
        kit.wait(PAUSE_SECONDS * attempt / order.freeze.tries)
    return False


def _catch_frozen(order: CycleOrder, freeze: Freeze, plan: FreezePlan) -> None:
    kit, story, findings = freeze.kit, freeze.story, freeze.findings
    refuse_too_long(order, findings, plan)
    story.keep(kit.production.ask(questions.approach(order.cycle)))
    with freeze.frozen(plan):
        within = replace(order, question_seconds=freeze.seconds_left(plan))
        began = kit.now()
        reports.run_on(kit.production, within, story, findings)
        freeze.reports_milli = int((kit.now() - began).total_seconds() * 1000)
        caught = _capture(order, kit, story, findings, freeze.seconds_left(plan))
        _note_open(findings, caught)
    proven = _prove(order, kit, story, findings)
    _take_listings(order, kit, story, findings)
    findings.as_of_known_by = _say_frozen(findings, freeze, plan, caught, proven)


def _prove(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> Proven:
    """Look again at what the freeze did not wait for. What moved there makes it no time point."""
    fact = kit.production.ask(questions.prove(order.cycle))
    story.keep(fact)
    findings.source_moved += tuple(f"production moved at the time point: {moved}" for moved in fact.value.moved)
    _note_clock(findings, fact.value)
    return fact.value


def _note_open(findings: Findings, caught: Captured) -> None:
    """A study that was open at the time point after all proves nothing."""
    if not caught.state.is_stopped:
        said = f"production's study is not closed inside the freeze: access is {caught.state.access}"
        findings.source_moved += (said,)


def _catch_snapshot(order: CycleOrder, freeze: Freeze, plan: FreezePlan) -> None:
    """Keep people out for a snapshot of the disk alone, let them in again, and read the time point from it."""
    kit, story, findings = freeze.kit, freeze.story, freeze.findings
    refuse_too_long(order, findings, plan)
    with freeze.frozen(plan):
        within = replace(order, question_seconds=freeze.seconds_left(plan))
        began = kit.now()
        reports.run_on(kit.production, within, story, findings)
        freeze.reports_milli = int((kit.now() - began).total_seconds() * 1000)
        story.announce(Act.SNAPSHOT, host=kit.production.name)
        snapped = kit.production.ask(questions.snapshot(order.cycle, freeze.seconds_left(plan)))
        story.keep(snapped)
        story.transcripts.extend(snapped.value.transcripts)
    caught = _capture(order, kit, story, findings, order.question_seconds)
    _note_open(findings, caught)
    _take_listings(order, kit, story, findings)
    findings.as_of_known_by = _say_frozen(findings, freeze, plan, caught)


def _capture(order: CycleOrder, kit: Kit, story: Story, findings: Findings, seconds: int) -> Captured:
    fact = kit.production.ask(questions.capture(order.cycle, seconds))
    story.keep(fact)
    caught = fact.value
    findings.captured = caught
    findings.as_of = caught.as_of
    findings.source_moved = tuple(f"production moved at the time point: {moved}" for moved in caught.moved)
    _note_clock(findings, caught)
    return caught


def _note_clock(findings: Findings, found: Captured | Proven) -> None:
    said = f"production's clock was set by {found.clock_step_ms:+d} ms at the time point, so it has no time"
    if found.is_clock_stepped:
        findings.clock_problems += (said,)


def _take_listings(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """Fetch the listing that was made at the time point. It is production as the verdict knows it."""
    findings.source_moved = findings.source_moved[:NAMED_AT_MOST]
    findings.warm = dict(findings.production.before)
    for key in findings.warm:
        listing = list_captured(kit, order.cycle, key)
        story.keep(listing)
        findings.production.before[key] = listing.value
        findings.production.after[key] = listing.value


def _say_frozen(
    findings: Findings, freeze: Freeze, plan: FreezePlan, caught: Captured, proven: Proven | None = None
) -> str:
    how = MODES[plan.mode].closing
    if not findings.was_open:
        how = "the study was found disabled on production"
    since = f" since {spell_time(freeze.frozen_at)}" if freeze.frozen_at and findings.was_open else ""
    if caught.snapshot:
        return (
            f"{how}{since}, and snapshot {caught.snapshot} of its disk was taken between {spell_time(caught.as_of)} "
            f"and {spell_time(caught.until)}, in which nothing moved; everything was read from it; "
            f"{caught.newest.say()}"
        )
    around = (
        f" (at {proven.entries:,} of them, images of weeks past, before the freeze and after the thaw, until "
        f"{spell_time(proven.at)})"
        if proven and proven.entries
        else ""
    )
    return f"{how}{since}, and {_say_looks(caught)}{around}, found that nothing moved; {caught.newest.say()}"


def _say_looks(caught: Captured) -> str:
    return (
        f"two looks at every entry of production, at {spell_time(caught.first_look_at)} and {spell_time(caught.until)}"
    )

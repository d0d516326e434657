"""The forecast of a cycle, from a look at both sides: for `dfwarm plan`, and in each cycle before its freeze."""

from dataclasses import replace

from dfwarm import wire
from dfwarm.errors import FreezeRefused
from dfwarm.facts.freeze import FreezeMode
from dfwarm.manifest.difference import DifferenceKind
from dfwarm.manifest.entry import Kind
from dfwarm.plan import questions
from dfwarm.plan.budget import Breach
from dfwarm.plan.cycle import CycleOrder, name_files
from dfwarm.plan.forecast import Forecast, Load
from dfwarm.plan.freeze import NO_FREEZE, Estimate, FreezePlan, estimate
from dfwarm.procedures import budgets, journals, trees
from dfwarm.procedures.comparing import compare_sent
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.identity import refuse_strangers_quietly
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listing import list_both
from dfwarm.procedures.story import Story

FORECAST = "plan.json"
"""The forecast that a cycle went by, in its record."""


def forecast_now(order: CycleOrder, kit: Kit) -> Forecast:
    """Look at both sides and say what a cycle would do. Nothing is stopped, carried over or written to a study."""
    study = order.cycle.study
    refuse_strangers_quietly(kit, study, order.pair)
    findings = Findings(began_at=kit.now(), names=name_files(kit.now()))
    looks = kit.ask_both(questions.look(study), questions.look(study))
    findings.production.look, findings.standby.look = looks[0].value, looks[1].value
    for pairing in trees.pair_roots(findings):
        ours, theirs = list_both(kit, study, pairing.key)
        findings.production.before[pairing.key], findings.standby.before[pairing.key] = ours.value, theirs.value
    story = Story(order.cycle, kit.ledger, kit.now, kit.audience)
    journals.find_broken_history(order, kit, story, findings)
    return make_forecast(order, findings, budgets.foresee(order, kit, story, findings))


def make_forecast(order: CycleOrder, findings: Findings, breaches: tuple[Breach, ...] = ()) -> Forecast:
    """What the two listings and earlier freezes foretell. `breaches` are those of the budgets of the transfer."""
    keys = tuple(findings.production.before)
    plan = order.freeze
    loads = tuple(_load(order, findings, key) for key in keys)
    entries = sum(load.entries for load in loads)
    return Forecast(
        study=f"{order.cycle.study:03d}",
        freeze=plan,
        loads=loads,
        estimate=_estimate(order, findings, plan, entries),
        fallback=_estimate(order, findings, fallback_of(plan), entries),
        refusals=tuple(each.says for each in breaches),
        is_held=bool(breaches) and all(each.can_be_approved for each in breaches),
    )


def keep_forecast(order: CycleOrder, findings: Findings) -> None:
    """Put the forecast of a cycle into its record, and go by it."""
    findings.forecast = make_forecast(order, findings)
    findings.files[FORECAST] = wire.dump_indented(findings.forecast).encode() + b"\n"


def refuse_too_long(order: CycleOrder, findings: Findings, plan: FreezePlan) -> None:
    """Raise FreezeRefused before anything is frozen where the freeze would outlast its budget."""
    entries = sum(map(len, findings.production.before.values()))
    expected = _estimate(order, findings, plan, entries)
    if expected.breaks(plan):
        raise FreezeRefused(
            f"the freeze would take {expected.say()}, and its budget is {plan.budget_seconds} s; nothing was frozen"
        )


def fallback_of(plan: FreezePlan) -> FreezePlan:
    """The plan that follows where production never stands still: itself where it freezes anyway."""
    return replace(plan, mode=plan.fallback if plan.mode is FreezeMode.STILL else FreezeMode.STILL)


def _estimate(order: CycleOrder, findings: Findings, plan: FreezePlan, entries: int) -> Estimate:
    return estimate(
        plan.mode,
        entries=entries,
        has_vendor_reports=bool(findings.production.known_look.report_names),
        earlier=order.earlier_freezes.get(plan.mode, NO_FREEZE),
    )


def _load(order: CycleOrder, findings: Findings, key: str) -> Load:
    ours, theirs = findings.production.before[key], findings.standby.before[key]
    found = compare_sent(order, findings, key, ours, theirs).differences
    sent = [each for each in found if each.production and (order.mends or not each.is_unseen)]
    return Load(
        root=key,
        entries=len(ours),
        sends=len(sent),
        send_bytes=sum(each.production.size for each in sent if each.production and each.production.kind is Kind.FILE),
        deletes=sum(each.kind is DifferenceKind.SURPLUS for each in found),
        unseen=sum(each.is_unseen for each in found),
    )

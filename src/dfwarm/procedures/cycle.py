"""The deck's ten steps, in the deck's order."""

from dfwarm.evidence.record import CycleRecord
from dfwarm.facts.ledger import Act
from dfwarm.plan.cycle import STEPS, CycleOrder, name_files
from dfwarm.plan.scope import describe_scope
from dfwarm.procedures import activity, beside, budgets, journals, native, reports, time_point, transfer, trees
from dfwarm.procedures.closing import close
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.freeze import Freeze, clear_away, describe
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.restart import Restart
from dfwarm.procedures.story import Story
from dfwarm.procedures.warm import warm_pass


def run_cycle(order: CycleOrder, kit: Kit) -> CycleRecord:
    """
    Bring the standby up to date and verify it.

    Whatever happens, both servers are started again, the cycle is closed with a verdict, its record is written and a
    letter goes out; an error then goes on its way. Hold the pair's lock around it.
    """
    story = Story(order.cycle, kit.ledger, kit.now, kit.audience)
    findings = Findings(began_at=kit.now(), names=name_files(kit.now()))
    kit.ledger.append(
        Act.CYCLE_BEGUN, str(order.cycle), pair=order.pair, software=order.software, **describe_scope(order.scope)
    )
    try:
        _bring_up_to_date(order, kit, story, findings)
        _verify(order, kit, story, findings)
    except BaseException as error:
        clear_away(order, kit, story, findings)
        close(order, kit, story, findings, error)
        raise
    return close(order, kit, story, findings, None)


def _bring_up_to_date(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    freeze = Freeze(order, kit, story, findings)
    restart = Restart(kit, story, order.cycle.study, freeze)
    with story.step(1, STEPS[0]):
        activity.look_at_both(order, kit, story, findings)
    with story.step(2, STEPS[1]):
        findings.names = name_files(kit.now())
    try:
        warm_pass(order, kit, story, findings, restart)
        with story.step(3, STEPS[2]):
            time_point.catch(order, kit, story, findings, freeze)
            native.begin_on(kit.production, order, findings)
        with story.step(4, STEPS[3]):
            reports.normalise_side(kit.production, findings)
        with story.step(5, STEPS[4]):
            budgets.hold_back(order, kit, story, findings)
            restart.stop_standby(findings.standby.server)
        with story.step(6, STEPS[5]):
            transfer.carry_rest(order, kit, story, findings)
            trees.list_standby(order, kit, story, findings)
    finally:
        with story.step(7, STEPS[6]):
            restart.restart()
            findings.standby_ran = restart.standby_ran
        findings.freeze = describe(order.freeze, freeze, findings)


def _verify(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    with story.step(8, STEPS[7]):
        native.begin_on(kit.standby, order, findings)
        native.keep_from(kit.production, story, findings)  # both sides at once: the slower one is waited for
        clear_away(order, kit, story, findings)
        native.keep_from(kit.standby, story, findings)
        reports.run_on(kit.standby, order, story, findings)
        reports.normalise_side(kit.standby, findings)
    with story.step(9, STEPS[8]):
        reports.compare_sides(findings)
        native.compare_sides(order, kit, story, findings)
        beside.compare_numbers(order, findings)
        trees.compare_sides(order, kit, findings)
        journals.compare_both(order, findings)
        transfer.account_for_vanished(findings)

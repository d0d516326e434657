"""The warm pass: before anything is frozen, carry over what differs while people work."""

from dfwarm.facts.ledger import Act
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures import budgets, forecast, journals, native, transfer, trees
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.listings import written_ahead
from dfwarm.procedures.restart import Restart
from dfwarm.procedures.story import Story


def warm_pass(order: CycleOrder, kit: Kit, story: Story, findings: Findings, restart: Restart) -> None:
    """
    List both sides, judge the budgets, and transfer what differs. The standby is stopped for it where there is any.

    It makes no time point: the freeze after it is short because little is left to do.
    """
    story.announce(Act.WARM, state="begun")
    trees.list_before(order, kit, story, findings)
    journals.find_broken_history(order, kit, story, findings)
    budgets.hold_back(order, kit, story, findings)
    forecast.keep_forecast(order, findings)
    with native.read_ahead(order, kit):
        if transfer.has_to_send(order, kit, findings):
            restart.stop_standby(findings.standby.server)
            with written_ahead(order, kit, findings):
                transfer.carry_warm(order, kit, story, findings)
    story.announce(Act.WARM, state="done")

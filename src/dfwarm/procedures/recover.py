"""Tie up a cycle that was cut off: start what it left stopped, close it as INCONCLUSIVE with a record."""

from dfwarm.errors import RecoveryNeeded
from dfwarm.evidence.record import CycleRecord
from dfwarm.facts.ledger import Act
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, name_files
from dfwarm.plan.recovery import NothingOpen, OpenCycle, plan_recovery
from dfwarm.procedures.closing import close
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.history import log_cycle
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Side


class CutOff(Exception):
    """The cycle's process ended in the middle of it."""


def refuse_while_open(kit: Kit) -> None:
    """Raise RecoveryNeeded where an earlier cycle is not tied up."""
    found = plan_recovery(kit.ledger.lines)
    if isinstance(found, OpenCycle):
        raise RecoveryNeeded(f"cycle {found.cycle} was cut off while it was about to {found.last.act}")


def recover(order: CycleOrder, kit: Kit, found: OpenCycle) -> CycleRecord:
    """
    Start what the cut-off cycle left stopped, then close it. `order` is the order of that cycle.

    A record that was already written is left as it is, and only the ledger is closed.
    """
    story = Story(found.cycle, kit.ledger, kit.now, kit.audience)
    for side in found.to_start:
        host = kit.production if side is Side.PRODUCTION else kit.standby
        story.announce(Act.RELEASE if side is Side.PRODUCTION else Act.START, host=host.name, by="recover")
        story.keep(host.ask(questions.start(found.cycle.study, side, found.cycle)))
        story.announce(Act.RESTORED, host=host.name)
    if kit.archive.has(found.cycle):
        log_cycle(kit, found.cycle)
        story.announce(Act.CYCLE_CLOSED, outcome=kit.archive.read(found.cycle).outcome.value, by="recover")
        return kit.archive.read(found.cycle)
    findings = Findings(began_at=found.begun_at, names=name_files(found.begun_at))
    findings.remarks.append(f"the last line in the ledger was: {found.last.act} {dict(found.last.detail)}")
    return close(order, kit, story, findings, CutOff(f"cut off after '{found.last.act}'"))


def find_open(kit: Kit) -> OpenCycle | NothingOpen:
    """The cycle to tie up, if there is one."""
    return plan_recovery(kit.ledger.lines)

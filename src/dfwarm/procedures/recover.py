"""Tie up a cycle that was cut off: start what it left stopped, close it as INCONCLUSIVE with a record."""

from dfwarm.errors import RecoveryNeeded
from dfwarm.evidence.record import CycleRecord
from dfwarm.facts.ledger import Act
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder, name_files
from dfwarm.plan.recovery import NothingOpen, OpenCycle, plan_recovery
from dfwarm.procedures.closing import close
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.freeze import FREEZE_LEDGER
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Side


class CutOff(Exception):
    """The cycle's process ended in the middle of it."""


def refuse_while_open(kit: Kit) -> None:
    """
    Raise RecoveryNeeded where an earlier cycle was cut off.

    What a closed cycle could not start is started now: nobody may be there to ask for it, and the next cycle would take
    the server for one that people had stopped.
    """
    while isinstance(found := plan_recovery(kit.ledger.lines), OpenCycle):
        if not found.is_closed:
            raise RecoveryNeeded(f"cycle {found.cycle} was cut off while it was about to {found.last.act}")
        _start_again(kit, _story(kit, found), Findings(found.begun_at, name_files(found.begun_at)), found)


def recover(order: CycleOrder, kit: Kit, found: OpenCycle) -> CycleRecord:
    """
    Start what the cut-off cycle left stopped, then close it. `order` is the order of that cycle.

    A record that was already written is left as it is, and only the ledger is closed.
    """
    story = _story(kit, found)
    findings = Findings(began_at=found.begun_at, names=name_files(found.begun_at))
    _start_again(kit, story, findings, found)
    if found.is_closed:
        return kit.archive.read(found.cycle)
    if kit.archive.has(found.cycle):
        story.announce(Act.CYCLE_CLOSED, outcome=kit.archive.read(found.cycle).outcome.value, by="recover")
        return kit.archive.read(found.cycle)
    findings.remarks.append(f"the last line in the ledger was: {found.last.act} {dict(found.last.detail)}")
    return close(order, kit, story, findings, CutOff(f"cut off after '{found.last.act}'"))


def _story(kit: Kit, found: OpenCycle) -> Story:
    return Story(found.cycle, kit.ledger, kit.now, kit.audience)


def _start_again(kit: Kit, story: Story, findings: Findings, found: OpenCycle) -> None:
    """Start what the cycle left stopped, and remove what it left on production."""
    for side in found.to_start:
        if side is Side.PRODUCTION:
            _thaw(kit, story, findings, found)
        else:
            story.announce(Act.START, host=kit.standby.name, by="recover")
            story.keep(kit.standby.ask(questions.start(found.cycle.study, side, found.cycle)))
            story.announce(Act.RESTORED, host=kit.standby.name)
    removed = kit.production.ask(questions.tidy(found.cycle.study))
    story.keep(removed)
    findings.remarks.extend(f"removed from production: {name}" for name in removed.value.removed)


def _thaw(kit: Kit, story: Story, findings: Findings, found: OpenCycle) -> None:
    """Open production, and keep what its own ledger says of the freeze: the watchdog may have been there before."""
    story.announce(Act.RELEASE, host=kit.production.name, by="recover")
    thawed = kit.production.ask(questions.thaw(found.cycle))
    story.keep(thawed)
    story.announce(Act.RESTORED, host=kit.production.name)
    findings.files[FREEZE_LEDGER] = b"".join(line.encode() for line in thawed.value.lines)
    findings.held_seconds_milli = thawed.value.frozen_milli
    if thawed.value.by:
        findings.remarks.append(f"production was thawed by the {thawed.value.by}: {thawed.value.why}")


def find_open(kit: Kit) -> OpenCycle | NothingOpen:
    """The cycle to tie up, if there is one."""
    return plan_recovery(kit.ledger.lines)

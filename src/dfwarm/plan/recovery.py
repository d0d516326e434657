"""What a crash left behind, read from the ledger alone: which cycle is open, and what it left stopped."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.errors import LedgerBroken
from dfwarm.facts.ledger import Act, Line
from dfwarm.terms import CycleId, Side, StudyNumber

_STOPPING = {Act.HOLD: Side.PRODUCTION, Act.STOP: Side.STANDBY}
_STARTING = {Act.RELEASE: Side.PRODUCTION, Act.START: Side.STANDBY}


@dataclass(frozen=True, slots=True)
class OpenCycle:
    """
    A cycle that is not tied up, what to start again, and the last thing it announced.

    It was begun and never closed; or it is closed, with a record, and could not start what it had stopped.
    """

    cycle: CycleId
    begun_at: datetime
    to_start: tuple[Side, ...]
    last: Line
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class NothingOpen:
    """Every cycle that was begun is closed, and everything that it stopped runs again."""


def plan_recovery(lines: tuple[Line, ...]) -> OpenCycle | NothingOpen:
    """
    Find the open cycle. There is at most one, since a pair's cycles run under one lock.

    Where none is open, it is the newest cycle of a study that was closed without a start that it owes.
    A stop that was announced may or may not have happened, so it is undone in either case, unless the server had
    been found stopped. A start counts as done only when the ledger says `restored` after it.
    """
    open_ids = _open_cycles(lines)
    if not open_ids:
        return _owing(lines)
    if len(open_ids) > 1:
        raise LedgerBroken(f"the ledger holds {len(open_ids)} open cycles: {', '.join(open_ids)}")
    told = tuple(line for line in lines if line.cycle == open_ids[0])
    return OpenCycle(CycleId.parse(open_ids[0]), told[0].at, _left_stopped(told), told[-1])


def next_sequence(lines: tuple[Line, ...], study: StudyNumber) -> int:
    """The number of a study's next cycle: without gaps, whatever became of the ones before."""
    begun = [CycleId.parse(line.cycle) for line in lines if line.act is Act.CYCLE_BEGUN]
    return 1 + max((cycle.sequence for cycle in begun if cycle.study == study), default=0)


def _open_cycles(lines: tuple[Line, ...]) -> tuple[str, ...]:
    begun = [line.cycle for line in lines if line.act is Act.CYCLE_BEGUN]
    closed = {line.cycle for line in lines if line.act is Act.CYCLE_CLOSED}
    return tuple(cycle for cycle in begun if cycle not in closed)


def _owing(lines: tuple[Line, ...]) -> OpenCycle | NothingOpen:
    newest = {CycleId.parse(line.cycle).study: line.cycle for line in lines if line.act is Act.CYCLE_BEGUN}
    for cycle in newest.values():
        told = tuple(line for line in lines if line.cycle == cycle)
        if left := _left_stopped(told):
            return OpenCycle(CycleId.parse(cycle), told[0].at, left, told[-1], is_closed=True)
    return NothingOpen()


def _left_stopped(told: tuple[Line, ...]) -> tuple[Side, ...]:
    stopped: list[Side] = []
    starting: Side | None = None
    for line in told:
        if side := _STOPPING.get(line.act):
            if line.detail.get("wasOpen") == "true":
                stopped.append(side)
        elif side := _STARTING.get(line.act):
            starting = side
        elif line.act is Act.RESTORED and starting in stopped:
            stopped.remove(starting)
    return tuple(stopped)

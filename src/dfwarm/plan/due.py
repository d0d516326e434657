"""Which studies are due, from the ledger: the answer to a tick of cron or of a timer."""

from collections.abc import Mapping
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.schedule import NeverBegun, Schedule, is_due
from dfwarm.terms import CycleId, StudyNumber

_BEGUN = f'"act":"{Act.CYCLE_BEGUN}"'.encode()


def last_begun(ledger: bytes) -> Mapping[StudyNumber, datetime]:
    """
    When the newest cycle of each study began.

    Only the lines about beginnings are read, since this is asked every few minutes; the chain is held when a cycle
    opens the ledger. A line that a crash cut short began no cycle.
    """
    newest: dict[StudyNumber, tuple[int, datetime]] = {}
    for encoded in ledger.split(b"\n"):
        if _BEGUN not in encoded:
            continue
        try:
            line = wire.load(Line, encoded)
        except AnswerRefused:
            continue
        cycle = CycleId.parse(line.cycle)
        newest[cycle.study] = max(newest.get(cycle.study, (0, line.at)), (cycle.sequence, line.at))
    return {study: at for study, (_, at) in newest.items()}


def due_studies(
    studies: tuple[StudyNumber, ...], begun: Mapping[StudyNumber, datetime], schedule: Schedule, now: datetime
) -> tuple[StudyNumber, ...]:
    """Those of the studies that are due."""
    return tuple(study for study in studies if is_due(begun.get(study, NeverBegun()), schedule, now))


def may_be_due(begun: Mapping[StudyNumber, datetime], schedule: Schedule, now: datetime) -> bool:
    """Whether it is worth asking production which studies it has."""
    return any(is_due(at, schedule, now) for at in begun.values() or (NeverBegun(),))

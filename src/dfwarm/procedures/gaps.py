"""Completeness over the studies of a pair, from schedule, records and ledger."""

from datetime import datetime

from dfwarm.evidence.entry import CycleEntry
from dfwarm.facts.ledger import Act, Line
from dfwarm.plan.gaps import Completeness, Taken, look_for_gaps
from dfwarm.plan.schedule import Schedule
from dfwarm.terms import CycleId, StudyNumber


def complete(
    study: StudyNumber,
    schedule: Schedule,
    period: tuple[datetime, datetime],
    entries: tuple[CycleEntry, ...],
    lines: tuple[Line, ...],
) -> Completeness:
    """What was expected of a study in a period, and what of it is a gap."""
    taken = tuple(Taken(each.cycle, each.began_at, each.outcome, each.failure, each.reason) for each in entries)
    begun = {CycleId.parse(line.cycle): line.at for line in lines if line.act is Act.CYCLE_BEGUN}
    ours = {cycle: at for cycle, at in begun.items() if cycle.study == study}
    return look_for_gaps(study, schedule, period, taken, ours)

"""Which amounts of a study are drawn: the recovery points achieved and the seconds of freeze."""

from dfwarm.evidence.readiness.facts import PairMonth, StudyMonth
from dfwarm.evidence.readiness.plots import Bar, Plot, draw
from dfwarm.terms import spell_duration


def draw_recovery(facts: PairMonth, study: StudyMonth) -> str:
    """The recovery points achieved against the promise; nothing where there are none."""
    promised = facts.promised_seconds
    bars = tuple(
        Bar(_place(facts, index, study), each.achieved_seconds, each.achieved_seconds > promised)
        for index, each in enumerate(study.cycles)
        if each.achieved_seconds >= 0
    )
    said = f"promised: {spell_duration(promised)}"
    days = _days(facts)
    return _draw(Plot("Recovery point achieved, by day of the month", bars, promised, said, days, spell_duration))


def draw_freeze(facts: PairMonth, study: StudyMonth) -> str:
    """The seconds for which production was frozen, against the largest budget; nothing where it never was."""
    budget = max((each.budget_seconds for each in study.cycles), default=0)
    bars = tuple(
        Bar(_place(facts, index, study), each.held_milli, 0 < each.budget_seconds * 1000 < each.held_milli)
        for index, each in enumerate(study.cycles)
        if each.held_milli
    )
    said, days = f"budget: {budget} s", _days(facts)
    return _draw(Plot("Seconds of freeze, by day of the month", bars, budget * 1000, said, days, _seconds))


def _draw(plot: Plot) -> str:
    return draw(plot) if plot.bars else ""


def _place(facts: PairMonth, index: int, study: StudyMonth) -> int:
    passed = study.cycles[index].began_at - facts.begins_at
    return int(passed.total_seconds() * 10_000 // (_days(facts) * 86_400))


def _days(facts: PairMonth) -> int:
    """How many days the month has."""
    begin = facts.begins_at.date()
    later = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return (later - begin).days


def _seconds(milli: int) -> str:
    return f"{milli // 1000}.{milli % 1000 // 100} s"

"""What is asked of each study in a month."""

from collections.abc import Iterator
from datetime import timedelta

from dfwarm.evidence.readiness.clause import Clause, Effect, count, named, some
from dfwarm.evidence.readiness.facts import MonthGap, PairMonth, StudyMonth
from dfwarm.evidence.readiness.spread import spread
from dfwarm.evidence.seal import SealState
from dfwarm.facts.drill import DrillKind, DrillResult
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome, spell_duration

DRILL_WITHIN = timedelta(days=366)


def _cycles(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    if not study.cycles:
        yield "no cycle began in the month"


def _verdict(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    if study.last_outcome not in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS):
        yield f"the last cycle proved nothing: its verdict is {study.last_outcome or 'none'}"


def _age(facts: PairMonth, study: StudyMonth) -> Iterator[str]:
    promised = spell_duration(facts.promised_seconds)
    if study.proven_as_of is None:
        yield f"no time point has ever been proven (promised: at most {promised} old)"
    elif study.age_seconds < 0:
        yield "the last proven time point lies after the end of the period: a clock was wrong"
    elif study.age_seconds > facts.promised_seconds:
        age = spell_duration(study.age_seconds)
        yield f"the last proven time point is {age} old at the end of the period (promised: at most {promised})"


def _unexplained(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [gap for gap in study.gaps if gap.kind is not GapKind.LATE and not gap.explained]
    yield from some(
        [f"{_say_gap(gap)}; nobody explained it (`dfwarm audit note --about`: {gap.subject})" for gap in found], "gap"
    )


def _explained(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [gap for gap in study.gaps if gap.kind is not GapKind.LATE and gap.explained]
    yield from some([f"{_say_gap(gap)}; explained: {gap.explained}" for gap in found], "explained gap")


def _late(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from some([_say_gap(gap) for gap in study.gaps if gap.kind is GapKind.LATE], "late cycle")


def _history(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from some([f"the log does not hold: {each}" for each in study.history], "finding")


def _evidence(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [f"the evidence of {each.cycle} does not verify: {each.problem}" for each in study.cycles if each.problem]
    yield from some(found, "refused bundle")


def _recovery(facts: PairMonth, study: StudyMonth) -> Iterator[str]:
    missed = [each for each in study.cycles if each.achieved_seconds > facts.promised_seconds]
    if missed:
        worst = spell_duration(spread(each.achieved_seconds for each in missed).largest)
        yield f"the promised recovery point was missed {count(len(missed), 'time')}, at worst with {worst}"


def _freeze(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [each for each in study.cycles if 0 < each.budget_seconds * 1000 < each.held_milli]
    if found:
        longest = spread(each.held_milli for each in found).largest
        yield f"the freeze took longer than its budget {count(len(found), 'time')}, at worst {longest / 1000:,.1f} s"


def _differences(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [each.cycle for each in study.cycles if each.outcome is Outcome.DISCREPANT]
    yield from named(found, "DISCREPANT in the month")


def _deviations(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from some([f"open deviation: {each.says}" for each in study.deviations], "open deviation")


def _reviews(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    waiting = [each.cycle for each in study.cycles if not each.reviewers]
    if waiting:
        yield f"{len(waiting)} of {count(len(study.cycles), 'cycle')} not yet reviewed, the first is {waiting[0]}"


def _unsealed(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from named([each.cycle for each in study.cycles if each.seal is SealState.UNSEALED], "not sealed")


def _unstamped(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    pending = [each.cycle for each in study.cycles if each.seal is SealState.TOKEN_PENDING]
    yield from named(pending, "waiting for a time-stamp")
    yield from named([each.cycle for each in study.cycles if each.seal is SealState.UNSTAMPED], "without time-stamp")


def _drills(facts: PairMonth, study: StudyMonth) -> Iterator[str]:
    """A drill at a table exercises no standby, so it does not count as the one that is due."""
    held = [
        drill
        for drill in study.drills
        if drill.kind is not DrillKind.TABLETOP and facts.ends_at - DRILL_WITHIN <= drill.held_at < facts.ends_at
    ]
    if not held:
        yield f"no drill on record in the {DRILL_WITHIN.days} days before the end of the period"
    elif held[-1].result is not DrillResult.PASSED:
        yield f"the last drill, of {held[-1].held_at:%Y-%m-%d}, {held[-1].result}: {held[-1].reason}"


def _held(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    if study.open_hold:
        yield f"the plan of {study.open_hold} is held, and nobody decided on it (`dfwarm approve hold` shows it)"


STUDY_CLAUSES: tuple[Clause, ...] = (
    Clause("cycles", Effect.BLOCK, _cycles),
    Clause("last verdict", Effect.BLOCK, _verdict),
    Clause("holds", Effect.BLOCK, _held),
    Clause("recovery point", Effect.BLOCK, _age),
    Clause("gaps", Effect.BLOCK, _unexplained),
    Clause("history", Effect.BLOCK, _history),
    Clause("evidence", Effect.BLOCK, _evidence),
    Clause("recovery point missed", Effect.REMARK, _recovery),
    Clause("explained gaps", Effect.REMARK, _explained),
    Clause("late cycles", Effect.REMARK, _late),
    Clause("freeze", Effect.REMARK, _freeze),
    Clause("differences", Effect.REMARK, _differences),
    Clause("deviations", Effect.REMARK, _deviations),
    Clause("reviews", Effect.REMARK, _reviews),
    Clause("seals", Effect.REMARK, _unsealed),
    Clause("time-stamps", Effect.REMARK, _unstamped),
    Clause("drills", Effect.REMARK, _drills),
)


def _say_gap(gap: MonthGap) -> str:
    cycle = f" ({gap.cycle})" if gap.cycle else ""
    return f"{gap.expected_at:%Y-%m-%d %H:%M} UTC{cycle} {gap.kind}: {gap.reason}"

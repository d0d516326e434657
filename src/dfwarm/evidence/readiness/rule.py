"""
The rule of readiness, version 2: data with a version, judged without looking at anything but the facts of a month.

A clause either blocks or remarks. READY needs that no clause speaks; one that blocks makes the pair NOT READY.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from dfwarm.evidence.readiness.facts import KeyFact, MonthGap, PairMonth, StudyMonth
from dfwarm.evidence.readiness.spread import spread
from dfwarm.evidence.seal import SealState
from dfwarm.facts.drill import DrillKind, DrillResult
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome, Side, spell_duration

RULE_ID = "dfwarm-readiness"
RULE_VERSION = "2"
DRILL_WITHIN = timedelta(days=366)
KEY_ENDS_WITHIN = timedelta(days=60)
NAMED_AT_MOST = 5


class Effect(StrEnum):
    """What a clause that speaks does to the word."""

    BLOCK = "block"
    REMARK = "remark"


class Word(StrEnum):
    """What a report says in one word."""

    READY = "READY"
    REMARKS = "READY WITH REMARKS"
    NOT_READY = "NOT READY"


@dataclass(frozen=True, slots=True)
class Clause:
    """One demand. `says` tells, one sentence each, how a study fails it in the month."""

    name: str
    effect: Effect
    says: Callable[[PairMonth, StudyMonth], Iterable[str]]


@dataclass(frozen=True, slots=True)
class PairClause:
    """One demand on the pair as a whole."""

    name: str
    effect: Effect
    says: Callable[[PairMonth], Iterable[str]]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the word is not READY. `study` is 0 where it is about the pair."""

    study: int
    clause: str
    effect: Effect
    says: str


def weigh(facts: PairMonth) -> tuple[Reason, ...]:
    """Every reason that speaks, those that block first."""
    found = [Reason(0, clause.name, clause.effect, says) for clause in PAIR_CLAUSES for says in clause.says(facts)]
    found += [
        Reason(study.study, clause.name, clause.effect, says)
        for study in facts.studies
        for clause in STUDY_CLAUSES
        for says in clause.says(facts, study)
    ]
    return tuple(sorted(found, key=lambda reason: reason.effect is not Effect.BLOCK))


def word_of(reasons: Iterable[Reason]) -> Word:
    """What reasons add up to."""
    effects = {reason.effect for reason in reasons}
    if Effect.BLOCK in effects:
        return Word.NOT_READY
    return Word.REMARKS if effects else Word.READY


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
    yield from _some(
        [f"{_say_gap(gap)}; nobody explained it (`dfwarm audit note --about`: {gap.subject})" for gap in found], "gap"
    )


def _explained(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [gap for gap in study.gaps if gap.kind is not GapKind.LATE and gap.explained]
    yield from _some([f"{_say_gap(gap)}; explained: {gap.explained}" for gap in found], "explained gap")


def _late(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from _some([_say_gap(gap) for gap in study.gaps if gap.kind is GapKind.LATE], "late cycle")


def _history(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from _some([f"the log does not hold: {each}" for each in study.history], "finding")


def _evidence(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [f"the evidence of {each.cycle} does not verify: {each.problem}" for each in study.cycles if each.problem]
    yield from _some(found, "refused bundle")


def _recovery(facts: PairMonth, study: StudyMonth) -> Iterator[str]:
    missed = [each for each in study.cycles if each.achieved_seconds > facts.promised_seconds]
    if missed:
        worst = spell_duration(spread(each.achieved_seconds for each in missed).largest)
        yield f"the promised recovery point was missed {_count(len(missed), 'time')}, at worst with {worst}"


def _freeze(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [each for each in study.cycles if 0 < each.budget_seconds * 1000 < each.held_milli]
    if found:
        longest = spread(each.held_milli for each in found).largest
        yield f"the freeze took longer than its budget {_count(len(found), 'time')}, at worst {longest / 1000:,.1f} s"


def _differences(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    found = [each.cycle for each in study.cycles if each.outcome is Outcome.DISCREPANT]
    yield from _named(found, "DISCREPANT in the month")


def _deviations(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from _some([f"open deviation: {each.says}" for each in study.deviations], "open deviation")


def _reviews(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    waiting = [each.cycle for each in study.cycles if not each.reviewers]
    if waiting:
        yield f"{len(waiting)} of {_count(len(study.cycles), 'cycle')} not yet reviewed, the first is {waiting[0]}"


def _unsealed(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    yield from _named([each.cycle for each in study.cycles if each.seal is SealState.UNSEALED], "not sealed")


def _unstamped(_: PairMonth, study: StudyMonth) -> Iterator[str]:
    pending = [each.cycle for each in study.cycles if each.seal is SealState.TOKEN_PENDING]
    yield from _named(pending, "waiting for a time-stamp")
    yield from _named([each.cycle for each in study.cycles if each.seal is SealState.UNSTAMPED], "without time-stamp")


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


def _rules(facts: PairMonth) -> Iterator[str]:
    """While the standby rules, nothing may be written to it, so there is no standby."""
    if facts.rulings and facts.rulings[-1].ruler is not Side.PRODUCTION:
        yield f"production does not rule at the end of the period: {facts.rulings[-1].says}"


def _moves(facts: PairMonth) -> Iterator[str]:
    here = [each for each in facts.rulings if each.at >= facts.begins_at]
    yield from _some([f"who rules changed on {each.at:%Y-%m-%d %H:%M} UTC: {each.says}" for each in here], "change")


def _studies(facts: PairMonth) -> Iterator[str]:
    if not facts.studies:
        yield "no study is on record, so nothing was looked at"


def _trail(facts: PairMonth) -> Iterator[str]:
    yield from _some([f"a chain does not hold: {each}" for each in facts.trail], "broken chain")


def _keys(facts: PairMonth) -> Iterator[str]:
    if facts.is_sealing and not any(key.is_usable_at(facts.ends_at) for key in facts.keys):
        yield "no key may seal at the end of the period: each has ended, is revoked, or has not begun"


def _keys_end(facts: PairMonth) -> Iterator[str]:
    yield from _end_soon(facts, facts.keys, "the evidence key")
    yield from _end_soon(facts, facts.authorities, "the certificate of the time-stamp authority")
    if facts.authorities and not any(each.is_usable_at(facts.ends_at) for each in facts.authorities):
        yield "no certificate of a time-stamp authority is valid at the end of the period"


def _open_cycle(facts: PairMonth) -> Iterator[str]:
    if facts.open_cycle:
        yield f"cycle {facts.open_cycle} ran or was cut off when the report was made (`dfwarm recover` tells)"


def _copies(facts: PairMonth) -> Iterator[str]:
    if not facts.places:
        yield "the evidence is kept in no second place"
    for each in facts.places:
        if each.waiting:
            yield f"{_count(each.waiting, 'parcel')} of evidence wait for {each.place}"
        if each.due:
            yield f"{_count(each.due, 'copy', 'copies')} at {each.place} should be read back"
        yield from _some([f"a copy at {each.place} is not what was copied: {says}" for says in each.mismatches], "copy")


def _month(facts: PairMonth) -> Iterator[str]:
    if not facts.is_over:
        yield f"the month is not over: this is how it stood on {facts.ends_at:%Y-%m-%d %H:%M} UTC"


PAIR_CLAUSES: tuple[PairClause, ...] = (
    PairClause("studies", Effect.BLOCK, _studies),
    PairClause("audit trail", Effect.BLOCK, _trail),
    PairClause("keys", Effect.BLOCK, _keys),
    PairClause("authority", Effect.BLOCK, _rules),
    PairClause("authority moved", Effect.REMARK, _moves),
    PairClause("key ends", Effect.REMARK, _keys_end),
    PairClause("open cycle", Effect.REMARK, _open_cycle),
    PairClause("copies", Effect.REMARK, _copies),
    PairClause("month", Effect.REMARK, _month),
)
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


def _end_soon(facts: PairMonth, keys: tuple[KeyFact, ...], what: str) -> Iterator[str]:
    """Speak where the last usable one ends soon; one that ends never does not."""
    usable = [key for key in keys if key.is_usable_at(facts.ends_at)]
    ends = [key.ends_at for key in usable if key.ends_at]
    if usable and len(ends) == len(usable) and max(ends) <= facts.ends_at + KEY_ENDS_WITHIN:
        yield f"{what} ends on {max(ends):%Y-%m-%d}, within {KEY_ENDS_WITHIN.days} days"


def _say_gap(gap: MonthGap) -> str:
    cycle = f" ({gap.cycle})" if gap.cycle else ""
    return f"{gap.expected_at:%Y-%m-%d %H:%M} UTC{cycle} {gap.kind}: {gap.reason}"


def _named(cycles: list[str], what: str) -> Iterator[str]:
    if cycles:
        more = f" and {len(cycles) - NAMED_AT_MOST} more" if len(cycles) > NAMED_AT_MOST else ""
        yield f"{what}: {', '.join(cycles[:NAMED_AT_MOST])}{more}"


def _some(sentences: list[str], thing: str) -> Iterator[str]:
    yield from sentences[:NAMED_AT_MOST]
    rest = len(sentences) - NAMED_AT_MOST
    if rest > 0:
        yield f"{_count(rest, f'more {thing}')}; the report's data names each of them"


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"

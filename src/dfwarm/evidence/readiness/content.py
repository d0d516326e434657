"""What a readiness report says, in order. Text, page and sheet are three renderings of the same content."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from dfwarm.evidence.certificate.content import Fact
from dfwarm.evidence.readiness.calendar import MARKS, Day, weeks
from dfwarm.evidence.readiness.clause import Effect, Reason, Word
from dfwarm.evidence.readiness.facts import KeyFact, LogHead, MonthCycle, PairMonth, StudyMonth
from dfwarm.evidence.readiness.report import Report
from dfwarm.evidence.readiness.spread import spread
from dfwarm.evidence.readiness.study_clauses import DRILL_WITHIN
from dfwarm.evidence.seal import SealState
from dfwarm.facts.drill import NOT_MEASURED, Drill
from dfwarm.terms import Outcome, StudyNumber, spell_duration

TITLE = "Disaster recovery readiness report"
END = "end of readiness report"
NONE = "none"
SYMBOLS: dict[Word, str] = {Word.READY: "=", Word.REMARKS: "~", Word.NOT_READY: "*"}
_SENTENCES = {
    Word.READY: "In {month} nothing was found that speaks against taking over on the standby.",
    Word.REMARKS: "In {month} nothing was found that blocks taking over on the standby; {remarks} to be read.",
    Word.NOT_READY: "In {month} at least one thing was found that blocks: {blocks} below {must} be settled first.",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A small table: its columns, its rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class StudyPart:
    """All about one study: its weeks, its amounts, and its cycles one by one."""

    title: str
    weeks: tuple[tuple[Day | None, ...], ...]
    facts: tuple[Fact, ...]
    drills: tuple[str, ...]
    deviations: tuple[str, ...]
    gaps: tuple[str, ...]
    cycles: Table
    study: StudyMonth


@dataclass(frozen=True, slots=True)
class Content:
    """The whole report."""

    word: Word
    symbol: str
    number: str
    sentence: str
    parties: tuple[Fact, ...]
    blocks: tuple[str, ...]
    remarks: tuple[str, ...]
    studies: tuple[StudyPart, ...]
    evidence: tuple[Fact, ...]
    seal: tuple[Fact, ...]
    digest: str
    dated: datetime


def describe(report: Report, digest: str) -> Content:
    """Put a report in words; `digest` is the SHA-256 of its data."""
    facts = report.facts
    blocks, remarks = (_reasons(report, effect) for effect in (Effect.BLOCK, Effect.REMARK))
    sentence = _SENTENCES[report.word].format(
        month=facts.month,
        blocks=_count(len(blocks), "reason"),
        must="has to" if len(blocks) == 1 else "have to",
        remarks=f"{_count(len(remarks), 'remark')} {'is' if len(remarks) == 1 else 'are'}",
    )
    return Content(
        word=report.word,
        symbol=SYMBOLS[report.word],
        number=f"{facts.pair} {facts.month}",
        sentence=sentence,
        parties=tuple(_parties(report)),
        blocks=blocks,
        remarks=remarks,
        studies=tuple(_study(facts, study) for study in facts.studies),
        evidence=tuple(_evidence(facts)),
        seal=(
            Fact("data", "readiness.json, with this SHA-256:"),
            Fact("", digest),
            Fact("bound to", f"{_count(_statements(facts), 'statement')}, each by its SHA-256 in the data"),
            Fact("verify", "dfwarm readiness --check FOLDER"),
            Fact("signed by", "__________________________  role, date ____________________"),
        ),
        digest=digest,
        dated=facts.made_at,
    )


def say_moment(moment: datetime) -> str:
    """A moment to the minute, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _parties(report: Report) -> Iterator[Fact]:
    facts = report.facts
    yield Fact("pair", facts.pair)
    studies = ", ".join(f"{number:03d}" for number in facts.studies_asked) if facts.studies_asked else "all on record"
    yield Fact("studies", studies)
    yield Fact("period", f"{say_moment(facts.begins_at)} to {say_moment(facts.ends_at)}")
    yield Fact("schedule", facts.schedule)
    yield Fact("promised", f"a proven time point at most {spell_duration(facts.promised_seconds)} old")
    yield Fact("made", f"{say_moment(facts.made_at)} with {facts.software}, {report.rule_id} {report.rule_version}")


def _reasons(report: Report, effect: Effect) -> tuple[str, ...]:
    return tuple(_say(reason) for reason in report.reasons if reason.effect is effect)


def _say(reason: Reason) -> str:
    return f"{f'study {reason.study:03d}' if reason.study else 'pair'}, {reason.clause}: {reason.says}"


def _study(facts: PairMonth, study: StudyMonth) -> StudyPart:
    number = StudyNumber(study.study)
    return StudyPart(
        title=f"Study {number:03d}{f' ({study.name})' if study.name else ''}",
        weeks=weeks(facts, study),
        facts=tuple(_amounts(facts, study)),
        drills=tuple(map(_say_drill, study.drills)) or (f"none in the last {DRILL_WITHIN.days} days or before",),
        deviations=tuple(
            f"{each.says}; open for {(facts.ends_at - each.approved_at).days} days" for each in study.deviations
        )
        or (NONE,),
        gaps=tuple(
            f"{say_moment(gap.expected_at)} {gap.cycle or '-'} {gap.kind}: {gap.reason}"
            + (f" - explained: {gap.explained}" if gap.explained else "")
            for gap in study.gaps
        )
        or (NONE,),
        cycles=Table(
            ("cycle", "began (UTC)", "verdict", "RPO achieved", "frozen", "seal", "review", "statement sha256"),
            tuple(map(_row, study.cycles)),
        ),
        study=study,
    )


def _amounts(facts: PairMonth, study: StudyMonth) -> Iterator[Fact]:
    verdicts = {outcome: sum(each.outcome is outcome for each in study.cycles) for outcome in Outcome}
    told = ", ".join(f"{count} {outcome}" for outcome, count in verdicts.items() if count)
    yield Fact("cycles", f"{study.served} of {study.expected} expected; {told or 'none ran'}")
    proven = f"{say_moment(study.proven_as_of)}" if study.proven_as_of else "never"
    age = f", {spell_duration(study.age_seconds)} old at the end of the period" if study.age_seconds >= 0 else ""
    yield Fact("last proven", f"{proven}{age}")
    reached = spread(each.achieved_seconds for each in study.cycles if each.achieved_seconds >= 0)
    promised = spell_duration(facts.promised_seconds)
    if reached.count:
        said = f"at most {spell_duration(reached.largest)}, 95 % within {spell_duration(reached.usual)}"
        yield Fact("RPO achieved", f"{said} (promised {promised}; {_count(reached.count, 'cycle')})")
    else:
        yield Fact("RPO achieved", f"not known: no two proven cycles follow each other (promised {promised})")
    held = spread(each.held_milli for each in study.cycles if each.held_milli)
    budgets = sorted({each.budget_seconds for each in study.cycles if each.budget_seconds})
    budget = f"budget {' / '.join(map(str, budgets))} s" if budgets else "no budget on record"
    if held.count:
        yield Fact("freeze", f"at most {held.largest / 1000:,.1f} s, 95 % within {held.usual / 1000:,.1f} s ({budget})")
    else:
        yield Fact("freeze", "production was not held in this month")
    reviewed = sum(bool(each.reviewers) for each in study.cycles)
    yield Fact("reviews", f"{reviewed} of {_count(len(study.cycles), 'cycle')} reviewed")
    sealed = sum(each.seal is not SealState.UNSEALED and not each.problem for each in study.cycles)
    yield Fact("evidence", f"{sealed} of {_count(len(study.cycles), 'bundle')} verified in every step")
    yield Fact("log before", _say_log(study.log_before))
    yield Fact("log now", _say_log(study.log_now))
    grown = "begins with the one before, as the verification found" if not study.history else "DOES NOT HOLD"
    yield Fact("log", grown if study.log_now else "there is none yet")


def _evidence(facts: PairMonth) -> Iterator[Fact]:
    holds = "; ".join(facts.trail) or "its chain holds, and the heads in the records are in it"
    yield Fact("audit trail", f"{_count(facts.audit_entries, 'entry', 'entries')}; {holds}")
    yield Fact("its head", facts.audit_head)
    for key in facts.keys:
        yield Fact("evidence key", _say_key(facts, key))
    if not facts.is_sealing:
        yield Fact("evidence key", "none is configured, so no cycle is sealed")
    for each in facts.authorities:
        yield Fact("time-stamps", _say_key(facts, each))
    for place in facts.places:
        bad = f", {_count(len(place.mismatches), 'copy', 'copies')} NOT as copied" if place.mismatches else ""
        yield Fact(
            "copies", f"{place.place}: {place.held} held, {place.waiting} waiting, {place.due} to read back{bad}"
        )
    if not facts.places:
        yield Fact("copies", "no second place is configured")
    if facts.open_cycle:
        yield Fact("open cycle", facts.open_cycle)


def _say_key(facts: PairMonth, key: KeyFact) -> str:
    ends = f"ends {key.ends_at:%Y-%m-%d}" if key.ends_at else "has no end"
    if key.is_revoked:
        state = "REVOKED"
    elif key.is_usable_at(facts.ends_at):
        state = "valid"
    else:
        state = "not valid at the end of the period"
    return f"{key.name} {key.fingerprint}, {ends}, {state}"


def _say_log(head: LogHead | None) -> str:
    return f"{head.origin}, {_count(head.size, 'leaf', 'leaves')}, root {head.root}" if head else "none"


def _say_drill(drill: Drill) -> str:
    took = (
        f", recovery time {spell_duration(drill.recovery_minutes * 60)}"
        if drill.recovery_minutes > NOT_MEASURED
        else ""
    )
    kept = f", protocol sha256 {drill.protocol}" if drill.protocol else ""
    return f"{drill.held_at:%Y-%m-%d} {drill.kind}, {drill.result}{took}; {drill.by}: {drill.reason}{kept}"


def _row(cycle: MonthCycle) -> tuple[str, ...]:
    achieved = spell_duration(cycle.achieved_seconds) if cycle.achieved_seconds >= 0 else "-"
    held = f"{cycle.held_milli / 1000:,.1f} s" if cycle.held_milli else "-"
    seal = "REFUSED" if cycle.problem else str(cycle.seal)
    verdict = f"{MARKS[cycle.outcome]} {cycle.outcome}"
    review = "; ".join(cycle.reviewers) or "not yet reviewed"
    began = f"{cycle.began_at:%m-%d %H:%M}"
    return (cycle.cycle, began, verdict, achieved, held, seal, review, cycle.statement or "-")


def _statements(facts: PairMonth) -> int:
    return sum(bool(each.statement) for study in facts.studies for each in study.cycles)


def _count(number: int, thing: str, things: str = "") -> str:
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"

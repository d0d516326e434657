"""The letter about one cycle: the verdict first, then what a person needs at night. Same record, same bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dfwarm.evidence.account import (
    count_differences,
    say_changes,
    say_comparison,
    say_deviations,
    say_differences,
    say_open_questions,
)
from dfwarm.evidence.advice import advise, say_servers
from dfwarm.evidence.certificate.content import Certificate
from dfwarm.evidence.certificate.page import render_parts
from dfwarm.evidence.certificate.plain import render_text as render_certificate
from dfwarm.evidence.columns import render_text
from dfwarm.evidence.masking import masked
from dfwarm.evidence.page import render_page
from dfwarm.evidence.passage import Content, Line, Passage, fact, item, printable
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.seal import SealFacts, SealState
from dfwarm.terms import Outcome, spell_duration

_SUBJECT_COLUMNS = 78
_FAILED = " - FAILED: "


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is sent: a plain text of at most 80 columns and its HTML twin, one file without external parts."""

    subject: str
    text: str
    html: str


NOT_SEALED = SealFacts(SealState.UNSEALED, problem="sealing was not tried yet")


def write_letter(
    record: CycleRecord, place: str, seal: SealFacts = NOT_SEALED, certificate: Certificate | None = None
) -> Letter:
    """
    Write the letter about a cycle: first what a person can act on, then its certificate.

    `place` is where its record lies, and `seal` how it is sealed. Where no certificate could be written the letter says
    in words of its own what was compared, when, and how it is sealed.
    """
    record = masked(record)
    passages = (
        Passage("servers", (Line(say_servers(record)),)),
        Passage("what changed", tuple(say_changes(record))),
        Passage("what differs", tuple(say_differences(record))),
        Passage("what is not proven", tuple(say_open_questions(record))),
        Passage("accepted differences", tuple(say_deviations(record))),
        Passage("what to do", tuple(advise(record))),
        Passage("recovery point", tuple(_recovery_point(record))),
        Passage("people and remarks", tuple(map(item, (*record.activity, *record.remarks)))),
        *(_beside(record, place, seal) if certificate else _alone(record, place, seal)),
    )
    return compose(_subject(record), Content(record.outcome, _sentence(record), passages), certificate)


def compose(subject: str, content: Content, certificate: Certificate | None = None) -> Letter:
    """Make a letter of a subject and its content, with a certificate below where there is one."""
    below = f"\n{render_certificate(certificate)}" if certificate else ""
    parts = render_parts(certificate) if certificate else None
    return Letter(_shorten(printable(subject)), render_text(content) + below, render_page(content, parts))


def _alone(record: CycleRecord, place: str, seal: SealFacts) -> Iterator[Passage]:
    yield Passage("what was compared", tuple(say_comparison(record)))
    yield Passage("times", tuple(_times(record)))
    yield Passage("seal", tuple(_seal(seal)))
    yield Passage("cycle", tuple(_cycle(record, place)))


def _beside(record: CycleRecord, place: str, seal: SealFacts) -> Iterator[Passage]:
    """What a certificate does not say: which step failed, what stays to be said of the key, where the record lies."""
    yield Passage("failed steps", tuple(step for step in _steps(record) if _FAILED in step.says))
    yield Passage("seal", (Line(seal.say()), *map(item, seal.warnings)))
    yield Passage("where it lies", (fact("record", place), fact("certificate", f"{record.cycle}, below")))


def spell_instant(moment: datetime) -> str:
    """A moment as a letter says it: `2026-11-23 02:00:07 UTC`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _subject(record: CycleRecord) -> str:
    return f"{record.outcome} - study {record.cycle.study:03d} - {_gist(record)} - {record.cycle}"


def _gist(record: CycleRecord) -> str:
    if record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS):
        return record.as_of.astimezone(UTC).strftime("%Y-%m-%d %H:%MZ") if record.as_of else "no time point"
    if record.hold and record.hold.is_held:
        return "HOLD"
    if record.error:
        return record.error.kind
    return _count_differences(record) if record.outcome is Outcome.DISCREPANT else "nothing proven"


def _sentence(record: CycleRecord) -> str:
    study = f"the standby of study {record.cycle.study:03d}"
    when = f"as of {spell_instant(record.as_of)}" if record.as_of else "at no known time point"
    match record.outcome:
        case Outcome.EQUIVALENT:
            return f"{study} equals production {when}."
        case Outcome.EQUIVALENT_WITH_DEVIATIONS:
            return f"{study} equals production {when}, but for differences that named persons accepted."
        case Outcome.DISCREPANT:
            return f"{study} is NOT the same as production {when}: {_count_differences(record)}.{_ended(record)}"
        case _:
            return f"nothing is proven about {study}.{_ended(record) or _first_reason(record)}"


def _ended(record: CycleRecord) -> str:
    return f" The cycle ended with {record.error.kind}: {record.error.message}." if record.error else ""


def _first_reason(record: CycleRecord) -> str:
    return "".join(f" First reason: {reason.says}." for reason in record.verdict.reasons[:1])


def _count_differences(record: CycleRecord) -> str:
    count = count_differences(record)
    return f"{count:,} difference" if count == 1 else f"{count:,} differences"


def _recovery_point(record: CycleRecord) -> Iterator[Line]:
    """How old the last proven time point was when the cycle ended, against the promise."""
    is_proven_now = record.outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)
    proven = record.as_of if is_proven_now else record.previous_equivalent_as_of
    promise = f"promised: at most {spell_duration(record.rpo_seconds)}"
    if proven is None:
        yield Line(f"NONE: no time point of this study has ever been proven ({promise}).")
        return
    which = f"this cycle, {record.outcome}" if is_proven_now else "an earlier cycle"
    yield fact("last proven", f"{spell_instant(proven)} ({which})")
    yield fact("age", _say_age(record.ended_at - proven, record.rpo_seconds))
    yield fact("holds until", f"{spell_instant(proven + timedelta(seconds=record.rpo_seconds))} ({promise})")


def _say_age(age: timedelta, promised_seconds: int) -> str:
    seconds = age.total_seconds()
    if seconds < 0:
        return "LIES IN THE FUTURE of this cycle's end: a clock was wrong"
    if seconds > promised_seconds:
        late = spell_duration(seconds - promised_seconds)
        return f"{spell_duration(seconds)} at the end of this cycle: TOO OLD by {late}"
    return f"{spell_duration(seconds)} at the end of this cycle, within the promise"


def _times(record: CycleRecord) -> Iterator[Line]:
    yield fact("began", spell_instant(record.began_at))
    known_by = f" ({record.as_of_known_by})" if record.as_of_known_by else ""
    yield fact("time point", f"{spell_instant(record.as_of)}{known_by}" if record.as_of else "none")
    yield fact("ended", spell_instant(record.ended_at))
    yield fact("held", f"production for {record.held_seconds_milli / 1000:,.1f} s")
    yield from _steps(record)


def _steps(record: CycleRecord) -> Iterator[Line]:
    for step in record.steps:
        problem = f"{_FAILED}{step.problem}" if step.problem else ""
        yield fact(f"step {step.number}", f"{step.title}, {step.seconds:,.1f} s{problem}")


def _seal(seal: SealFacts) -> Iterator[Line]:
    yield Line(seal.say())
    for stamp in seal.stamps:
        yield fact("time-stamp", stamp.say())
    if seal.statement_digest:
        yield fact("statement", f"sha256 {seal.statement_digest}")
    yield from map(item, seal.warnings)


def _cycle(record: CycleRecord, place: str) -> Iterator[Line]:
    name = f" ({record.study_name})" if record.study_name else ""
    yield fact("study", f"{record.cycle.study:03d}{name}")
    yield fact("cycle", f"{record.cycle} of pair {record.pair}")
    yield fact("production", record.production_host)
    yield fact("standby", record.standby_host)
    if record.authority:
        yield fact("authority", record.authority.say())
    for clock in record.clocks:
        yield fact("clock", f"{clock.host} {clock.offset_ms:+d} ms (+/- {clock.uncertainty_ms} ms)")
    yield fact("record", place)
    yield fact("ledger head", record.ledger_head)
    yield fact("config sha256", record.config_digest)
    yield fact("rule", f"version {record.verdict.rule_version}; {record.software}")


def _shorten(subject: str) -> str:
    return subject if len(subject) <= _SUBJECT_COLUMNS else f"{subject[: _SUBJECT_COLUMNS - 3].rstrip()}..."

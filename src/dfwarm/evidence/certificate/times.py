"""Sections 6 and 7: the timeline with the seconds of freeze, the clocks, the recovery point."""

from dfwarm.evidence.certificate.content import NOT_KNOWN, Fact, Section
from dfwarm.evidence.certificate.wording import Json, count, find, moment, seconds, text
from dfwarm.terms import spell_duration

_EVENTS = (
    ("began", "beganAt"),
    ("frozen", "frozenAt"),
    ("production listed", "manifestCompletedProductionAt"),
    ("released", "releasedAt"),
    ("transfer ended", "transferEndedAt"),
    ("standby listed", "manifestCompletedStandbyAt"),
    ("verified", "verifiedAt"),
    ("ended", "endedAt"),
)


def timeline(predicate: Json) -> Section:
    """The time point, what it is known by, and what happened when."""
    events = ((label, find(predicate, "timeline", key)) for label, key in _EVENTS)
    told = ", ".join(f"{label} {_clock(at)}" for label, at in events if at)
    frozen = count(predicate, "decision", "freezeMilliseconds")
    return Section(
        6,
        "Timeline (UTC)",
        (
            Fact("time point", _point(predicate)),
            Fact("events", told or NOT_KNOWN),
            Fact("freeze", seconds(frozen) if frozen else "production was not held"),
        ),
    )


def clocks(predicate: Json) -> Section:
    """How far each clock was off, and how old the proven time point is against the promise."""
    said = tuple(f"{side} {_offset(find(predicate, 'parties', side, 'clock') or {})}" for side in _SIDES)
    achieved, promised = (count(predicate, "decision", key) for key in ("rpoAchievedSeconds", "rpoPromisedSeconds"))
    reached = spell_duration(achieved) if achieved >= 0 else "NONE: no time point has ever been proven"
    late = " - TOO OLD" if achieved > promised else ""
    return Section(
        7,
        "Clocks and recovery point",
        (
            Fact("clocks", "; ".join(said)),
            Fact("proven age", f"{reached}{late} at the end of this cycle (promised: {spell_duration(promised)})"),
        ),
    )


_SIDES = ("production", "standby")


def _point(predicate: Json) -> str:
    at = moment(predicate, "timeline", "pointInTime")
    return at if at == NOT_KNOWN else f"{at}; known by: {text(predicate, 'timeline', 'pointInTimeKnownBy')}"


def _clock(at: str) -> str:
    return at[11:19] if len(at) >= 19 else at


def _offset(clock: Json) -> str:
    if not find(clock, "isMeasured"):
        return NOT_KNOWN
    return f"{count(clock, 'offsetMs'):+,} ms (+/- {count(clock, 'uncertaintyMs'):,} ms)"

"""A month of a pair in which all went well, and one in which nothing did."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dfwarm.evidence.readiness.facts import (
    UNKNOWN,
    KeyFact,
    LogHead,
    MonthCycle,
    MonthGap,
    OpenDeviation,
    PairMonth,
    PlaceFact,
    StudyMonth,
)
from dfwarm.evidence.seal import SealState
from dfwarm.facts.drill import Drill, DrillKind, DrillResult
from dfwarm.plan.gaps import GapKind
from dfwarm.terms import Outcome

BEGIN, END = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT = "aFzEkEC8OE5dIBs6E/w+Xl2PP8hBBsUHKhxRPIIoxVI="
DRILL = Drill((), DrillKind.WALKTHROUGH, DrillResult.PASSED, BEGIN + 13 * DAY, 95, "dr-lead", "worked", "5" * 64)


def cycle(day: int, outcome: Outcome = Outcome.EQUIVALENT) -> MonthCycle:
    began = BEGIN + (day - 1) * DAY + timedelta(hours=2)
    is_proven = outcome in (Outcome.EQUIVALENT, Outcome.EQUIVALENT_WITH_DEVIATIONS)
    return MonthCycle(
        cycle=f"035-{day + 40:05d}",
        began_at=began,
        ended_at=began + timedelta(minutes=9),
        as_of=began + timedelta(seconds=40) if is_proven else None,
        outcome=outcome,
        held_milli=9_000 + day * 700 % 5000,
        budget_seconds=20,
        achieved_seconds=86_400 + day * 37 % 600 if is_proven else UNKNOWN,
        statement=f"{day:02x}" * 32,
        seal=SealState.SEALED,
        problem="",
        reviewers=("Reviewer One, QA",),
    )


CYCLES = tuple(cycle(day) for day in range(1, 32))
STUDY = StudyMonth(
    study=35,
    name="Trial of ÅÄÖ",
    expected=31,
    served=31,
    cycles=CYCLES,
    gaps=(),
    last_outcome=Outcome.EQUIVALENT,
    proven_as_of=CYCLES[-1].as_of,
    age_seconds=79_160,
    history=(),
    log_before=LogHead("dfwarm/toronto/035", 40, ROOT),
    log_now=LogHead("dfwarm/toronto/035", 71, ROOT),
    deviations=(),
    drills=(DRILL,),
)
KEY = KeyFact("evidence@toronto", "SHA256:5xVfT5lDqwGtdUaXsi5p0XpDHA/wd0b0XX7wT28S+cw", BEGIN - 90 * DAY, None, False)
AUTHORITY = replace(KEY, name="CN=time-stamp root", fingerprint="SHA256:" + "1a" * 32, ends_at=END + 3650 * DAY)
GOOD = PairMonth(
    pair="toronto",
    month="2026-10",
    begins_at=BEGIN,
    ends_at=END,
    made_at=END + timedelta(hours=7),
    is_over=True,
    software="dfwarm 0.1.0",
    schedule="*-*-* 02:00:00 UTC",
    promised_seconds=90_000,
    studies_asked=(),
    studies=(STUDY,),
    open_cycle="",
    audit_head="8" * 64,
    audit_entries=212,
    trail=(),
    is_sealing=True,
    keys=(KEY,),
    authorities=(AUTHORITY,),
    places=(PlaceFact("vault", 213, 0, 0, ()),),
)


def gap(day: int, kind: GapKind, cycle: str = "", explained: str = "") -> MonthGap:
    at = BEGIN + (day - 1) * DAY + timedelta(hours=2)
    return MonthGap(at, kind, cycle, f"why of {kind}", cycle or f"gap 035 {at:%Y-%m-%d %H:%M}", explained)


def of(**changes: object) -> PairMonth:
    """The good month with another study part."""
    return replace(GOOD, studies=(replace(STUDY, **changes),))


def with_cycle(day: int, **changes: object) -> PairMonth:
    """The good month in which one cycle is another one."""
    return of(cycles=tuple(replace(each, **changes) if each is CYCLES[day - 1] else each for each in CYCLES))


_ODD = {
    3: replace(CYCLES[2], outcome=Outcome.DISCREPANT, as_of=None, achieved_seconds=UNKNOWN),
    4: replace(CYCLES[3], achieved_seconds=172_900, held_milli=23_400),
    9: replace(CYCLES[8], outcome=Outcome.INCONCLUSIVE, as_of=None, achieved_seconds=UNKNOWN, reviewers=()),
    10: replace(CYCLES[9], achieved_seconds=173_000, outcome=Outcome.EQUIVALENT_WITH_DEVIATIONS, reviewers=()),
    17: replace(CYCLES[16], seal=SealState.TOKEN_PENDING),
    22: replace(CYCLES[21], seal=SealState.UNSEALED, statement="", reviewers=()),
    23: replace(CYCLES[22], problem="step 2, digests: coverage.json is altered", reviewers=()),
}
BAD = replace(
    GOOD,
    studies=(
        replace(
            STUDY,
            served=28,
            cycles=tuple(_ODD.get(day, CYCLES[day - 1]) for day in range(1, 30)),
            gaps=(
                gap(9, GapKind.INCONCLUSIVE, "035-00049", "planned work on the network (dr-lead)"),
                gap(12, GapKind.LATE, "035-00052"),
                gap(30, GapKind.MISSING),
                gap(31, GapKind.MISSING),
            ),
            proven_as_of=CYCLES[28].as_of,
            age_seconds=252_000,
            history=("chain: 035-00063 follows nothing by its own word, and the log has another one before it",),
            deviations=(OpenDeviation("work/x: accepted by qa-1 until 2026-12-01 (known)", BEGIN, END + 30 * DAY),),
            drills=(replace(DRILL, result=DrillResult.CONDITIONS, reason="printer queue was not there"),),
        ),
    ),
    keys=(replace(KEY, ends_at=END + 30 * DAY),),
    places=(PlaceFact("vault", 200, 13, 1, ("records/035/035-00044: coverage.json is missing",)),),
)

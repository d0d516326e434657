"""Look at a pair in one month: schedule, records, bundles, logs, audit trail, keys, copies. Nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.history import History
from dfwarm.errors import DfwarmError
from dfwarm.evidence.checkpoint import origin_of
from dfwarm.evidence.entry import CycleEntry
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.masking import mask, mask_reason
from dfwarm.evidence.readiness.facts import (
    UNKNOWN,
    LogHead,
    MonthCycle,
    MonthGap,
    OpenDeviation,
    StudyMonth,
)
from dfwarm.evidence.reviews import read_reviews
from dfwarm.evidence.seal import SealState
from dfwarm.evidence.sealed import seal_facts
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import verify_at
from dfwarm.evidence.vouching import read_checkpoint
from dfwarm.evidence.weight import Weight
from dfwarm.facts.audit import Entry
from dfwarm.facts.drill import Drill
from dfwarm.facts.ledger import Line
from dfwarm.plan.deviation import Deviation
from dfwarm.plan.gaps import Gap, GapKind
from dfwarm.plan.schedule import Schedule
from dfwarm.procedures.gaps import complete
from dfwarm.procedures.history import verify_study_history
from dfwarm.terms import CycleId, StudyNumber

Trail = tuple[tuple[Entry, str], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """
    The month that is looked at, and with what.

    `trust` is what the site's bundles are verified against; it raises where nobody is trusted. `log_trust` says
    whose word about a log counts, `audit` is the audit trail as it lies there.
    """

    begins_at: datetime
    ends_at: datetime
    schedule: Schedule
    archive: Archive
    history: History
    entries: Callable[[StudyNumber], tuple[CycleEntry, ...]]
    deviations: Callable[[StudyNumber], tuple[Deviation, ...]]
    trust: Callable[[], Trust]
    log_trust: LogTrust
    lines: tuple[Line, ...]
    trail: Trail
    audit: bytes
    drills: tuple[Drill, ...]

    def look(self, study: StudyNumber) -> StudyMonth:
        """Everything about one study."""
        known = tuple(entry for entry in self.entries(study) if entry.began_at < self.ends_at)
        here = tuple(entry for entry in known if entry.began_at >= self.begins_at)
        found = complete(study, self.schedule, (self.begins_at, self.ends_at), known, self._begun())
        proven = [entry for entry in known if entry.is_proven]
        as_of = proven[-1].as_of if proven else None
        achieved = _achieved(proven)
        return StudyMonth(
            study=int(study),
            name=self.archive.read(known[-1].cycle).study_name if known else "",
            expected=found.expected,
            served=found.served,
            cycles=tuple(self._cycle(entry, achieved.get(entry.cycle, UNKNOWN)) for entry in here),
            gaps=tuple(map(self._gap, found.gaps)),
            last_outcome=known[-1].outcome if known else None,
            proven_as_of=as_of,
            age_seconds=int((self.ends_at - as_of).total_seconds()) if as_of else UNKNOWN,
            history=self._history(study),
            log_before=self._head(study, self.begins_at),
            log_now=self._head(study, self.ends_at),
            deviations=tuple(
                OpenDeviation(mask(each.say()), each.approved_at, each.expires_at)
                for each in self.deviations(study)
                if each.approved_at <= self.ends_at < each.expires_at
            ),
            drills=tuple(drill for drill in self.drills if drill.covers(study)),
            open_hold=self._open_hold(known[-1:]),
        )

    def _open_hold(self, last: tuple[CycleEntry, ...]) -> str:
        """The last cycle, where its plan was held back: any later one has had a plan of its own."""
        held = (each.cycle for each in last if (found := self.archive.read(each.cycle).hold) and found.is_held)
        return "".join(map(str, held))

    def _begun(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.at < self.ends_at)

    def _cycle(self, entry: CycleEntry, achieved: int) -> MonthCycle:
        place = self.archive.place(entry.cycle)
        freeze = self.archive.read(entry.cycle).freeze
        seen = self._examine(entry.cycle, place)
        return MonthCycle(
            cycle=str(entry.cycle),
            began_at=entry.began_at,
            ended_at=entry.ended_at,
            as_of=entry.as_of,
            outcome=entry.outcome,
            held_milli=entry.held_seconds_milli,
            budget_seconds=freeze.budget_seconds if freeze else 0,
            achieved_seconds=achieved,
            statement=seen.statement,
            seal=seen.state,
            problem=mask(seen.problem),
            reviewers=seen.reviewers,
        )

    def _examine(self, cycle: CycleId, place: Path) -> "_Seen":
        """Verify a bundle in every step, its reviews too."""
        if not (place / STATEMENT).exists():
            return _Seen(SealState.UNSEALED)
        try:
            trust = self.trust()
            bundle = open_bundle(place, asked=cycle, is_pending_accepted=True)
            found = verify_at(str(cycle), bundle, trust)
            if found.error:
                return _Seen(SealState.UNSTAMPED, problem=str(found.error))
            facts = seal_facts(bundle, trust)
            names = tuple(f"{each.name}, {each.role}" for each in read_reviews(bundle, trust))
        except DfwarmError as error:
            return _Seen(SealState.UNSTAMPED, problem=str(error))
        return _Seen(facts.state, facts.statement_digest, names)

    def _gap(self, gap: Gap) -> MonthGap:
        subject = gap.cycle or f"gap {gap.study:03d} {gap.expected_at:%Y-%m-%d %H:%M}"
        of_day = f"gap {gap.study:03d} {gap.expected_at:%Y-%m-%d}"
        notes = [entry for entry, _ in self.trail if entry.act == "note" and entry.subject in (subject, of_day)]
        said = f"{notes[-1].reason} ({notes[-1].actor.by})" if notes else ""
        return MonthGap(gap.expected_at, gap.kind, gap.cycle, self._why(gap), subject, mask(said))

    def _why(self, gap: Gap) -> str:
        """The reason of a gap, without the words of a record that may speak of subjects."""
        if gap.kind not in (GapKind.FAILED, GapKind.INCONCLUSIVE):
            return gap.reason
        record = self.archive.read(CycleId.parse(gap.cycle))
        if record.error:
            return f"ended with {record.error.kind}"
        reasons = [reason for reason in record.verdict.reasons if reason.weight is not Weight.DEVIATION]
        return mask_reason(reasons[0]) if reasons else "nothing was proven"

    def _history(self, study: StudyNumber) -> tuple[str, ...]:
        """What speaks against the log. That a cycle is not sealed is told with its seal."""
        try:
            steps = verify_study_history(
                study, self.history, self.archive, self.log_trust, lines=self.lines, audit=self.audit
            )
        except DfwarmError as error:
            return (mask(str(error)),)
        has_log = bool(self.history.leaves(study))
        told = [(step.title, says) for step in steps for says in step.problems if not says.endswith("is not sealed")]
        return (
            tuple(f"{title}: {mask(says)}" for title, says in told) if has_log or not self._is_unsealed(study) else ()
        )

    def _is_unsealed(self, study: StudyNumber) -> bool:
        """Whether no cycle of a study was ever sealed, so that it can have no log."""
        places = (self.archive.place(cycle) for cycle in self.archive.cycles(study))
        return not any((place / STATEMENT).exists() for place in places)

    def _head(self, study: StudyNumber, moment: datetime) -> LogHead | None:
        """The last checkpoint of the days before a moment, if there is one that is vouched for."""
        folder = self.history.place(study)
        last = f"checkpoint.{moment - timedelta(microseconds=1):%Y-%m-%d}"
        names = sorted(path.name for path in folder.glob("checkpoint.2*") if path.suffix != ".sig")
        earlier = [name for name in names if name <= last]
        if not earlier:
            return None
        try:
            content, origin = (folder / earlier[-1]).read_bytes(), origin_of(self.history.pair, study)
            found = read_checkpoint(content, origin, self.log_trust.keys)
        except DfwarmError:
            return None  # the verification of the log says what is wrong with it
        return LogHead(found.origin, found.size, found.text.splitlines()[2])


@dataclass(frozen=True, slots=True)
class _Seen:
    """How a bundle was found."""

    state: SealState
    statement: str = ""
    reviewers: tuple[str, ...] = ()
    problem: str = ""


def _achieved(proven: list[CycleEntry]) -> dict[CycleId, int]:
    """The recovery point that each proven cycle achieved: its end, less the time point that was proven before it."""
    return {
        later.cycle: int((later.ended_at - earlier.as_of).total_seconds())
        for earlier, later in pairwise(proven)
        if earlier.as_of
    }

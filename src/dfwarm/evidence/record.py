"""The record of one cycle: what was done, what was found, what it adds up to. Written for every outcome."""

from dataclasses import dataclass, field
from datetime import datetime

from dfwarm.evidence.beside import BesideRecord
from dfwarm.evidence.circumstances import Circumstances
from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.scope import ScopeRecord
from dfwarm.evidence.verdict import Verdict
from dfwarm.facts.ruling import Ruling
from dfwarm.terms import CycleId, Outcome

FORMAT = "dfwarm-cycle/1"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One of the ten steps as it went. `problem` is empty where it went well."""

    number: int
    title: str
    began_at: datetime
    ended_at: datetime
    problem: str

    @property
    def seconds(self) -> float:
        """How long the step took."""
        return (self.ended_at - self.began_at).total_seconds()


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """
    One report on both sides.

    `production` and `standby` are SHA-256 of the normalised texts, empty where there is none. `lines` counts the
    lines that both sides printed; comparing none is not agreement. `differences` are in study words; `numbers` are the
    lines of a vendor's text in which nothing but a number differs. `summary` says the differences of a native report
    without any record, so that they may leave the bundle.
    """

    name: str
    engine: str
    production: str
    standby: str
    lines: int
    differences: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()

    @property
    def is_identical(self) -> bool:
        """Whether both sides said the same, and said something."""
        return self.lines > 0 and bool(self.production) and self.production == self.standby


@dataclass(frozen=True, slots=True)
class TreeRecord:
    """
    What the comparison of the two independent listings found. Digests are SHA-256 in hex, empty where unknown.

    `data_compared` says how data files are held against each other, byte for byte or by their records, and why.
    `checked` says for each root how many entries were checked of those expected, and why so many. The ages are those of
    the oldest reading on a side, -1 where nothing was read.
    """

    expected: int
    compared: int
    files: int
    bytes: int
    differences: tuple[str, ...]
    gaps: tuple[str, ...]
    excluded: tuple[str, ...]
    production_content: str = ""
    standby_content: str = ""
    production_metadata: str = ""
    standby_metadata: str = ""
    checked: tuple[str, ...] = ()
    by_records: tuple[str, ...] = ()
    data_compared: str = ""
    production_oldest_seconds: int = -1
    standby_oldest_seconds: int = -1


@dataclass(frozen=True, slots=True)
class TransferRecord:
    """What rsync did. `counts` goes by change class and area, as `new page image`."""

    status: int
    rule: str
    counts: dict[str, int]
    says: tuple[str, ...]
    problems: tuple[str, ...]
    seconds_milli: int


@dataclass(frozen=True, slots=True)
class ClockRecord:
    """The offset of a host's clock from the controller's, in milliseconds, give or take the uncertainty."""

    host: str
    offset_ms: int
    uncertainty_ms: int


@dataclass(frozen=True, slots=True)
class FreezeRecord:
    """
    How production was kept still at the time point, and what that took.

    `frozen_at` is `None` where nothing was frozen. `held_milli` counts from the first restriction to the thaw, by
    production's own ledger. `looks` is how often every entry was looked at inside the freeze, for `look_milli` in all.
    `newest_journal` holds no clinical value.
    """

    mode: str
    budget_seconds: int
    frozen_at: datetime | None
    held_milli: int
    thawed_by: str
    entries: int
    staged_paths: int
    staged_bytes: int
    look_milli: int
    stage_milli: int
    reports_milli: int
    newest_journal: str
    looks: int = 2


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """The error that ended a cycle before its time."""

    kind: str
    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class CycleRecord:
    """
    Everything about one cycle that a person or an auditor asks for.

    `as_of` is the time point that the verdict is about; it is `None` where the cycle never reached one. `audit_head` is
    the digest of the audit trail's last line, empty in records of the time before there was one.
    """

    format: str
    cycle: CycleId
    pair: str
    study_name: str
    production_host: str
    standby_host: str
    began_at: datetime
    ended_at: datetime
    as_of: datetime | None
    as_of_known_by: str
    held_seconds_milli: int
    verdict: Verdict
    steps: tuple[StepRecord, ...]
    activity: tuple[str, ...]
    transfer: TransferRecord | None
    trees: TreeRecord | None
    reports: tuple[ReportRecord, ...]
    clocks: tuple[ClockRecord, ...]
    error: ErrorRecord | None
    remarks: tuple[str, ...]
    config_digest: str
    ledger_head: str
    software: str
    rpo_seconds: int
    previous_equivalent_as_of: datetime | None
    audit_head: str = ""
    circumstances: Circumstances = field(default_factory=Circumstances)
    scope: ScopeRecord | None = None
    freeze: FreezeRecord | None = None
    hold: HoldRecord | None = None
    authority: Ruling | None = None
    beside: tuple[BesideRecord, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The verdict's word."""
        return self.verdict.outcome

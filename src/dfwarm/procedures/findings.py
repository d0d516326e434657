"""What a cycle has found so far. It grows step by step and is what the verdict and the record are made from."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime

from dfwarm.datafax.reports.report import Report
from dfwarm.datafax.reports.rule import ReportName
from dfwarm.errors import AnswerRefused
from dfwarm.evidence.beside import BesideRecord
from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.record import ClockRecord, FreezeRecord, ReportRecord, TransferRecord, TreeRecord
from dfwarm.evidence.scope import ScopeRecord
from dfwarm.facts.capture import Captured
from dfwarm.facts.control import ServerState
from dfwarm.facts.fact import Fact
from dfwarm.facts.look import Look
from dfwarm.manifest.control import Control
from dfwarm.manifest.difference import Comparison
from dfwarm.manifest.listing import Manifest
from dfwarm.plan.budget import Item
from dfwarm.plan.cycle import Names
from dfwarm.plan.forecast import Forecast
from dfwarm.procedures.tally import Tally
from dfwarm.terms import Access, Side

_NOTHING_KNOWN = ServerState(Access.UNKNOWN, is_registered=False, processes=())


@dataclass(slots=True)
class SideFindings:
    """
    What is known of one side. Reports go by name; a manifest goes by the key of its root.

    `asked` are the native reports that the side is making, or has made.
    """

    look: Look | None = None
    raw_reports: dict[str, bytes] = field(default_factory=dict)
    reports: dict[str, bytes] = field(default_factory=dict)
    native: dict[ReportName, Report] = field(default_factory=dict)
    before: dict[str, Manifest] = field(default_factory=dict)
    after: dict[str, Manifest] = field(default_factory=dict)
    asked: "Future[Fact[tuple[Report, ...]]] | None" = None

    @property
    def known_look(self) -> Look:
        """The look at this side. Raises AnswerRefused where there was none."""
        if self.look is None:
            raise AnswerRefused("the side has not been looked at")
        return self.look

    @property
    def server(self) -> ServerState:
        """The server's state when the cycle came."""
        return self.look.server if self.look else _NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison that was made already, and the two listings of a root that it is of."""

    key: str
    production: Manifest
    standby: Manifest
    comparison: Comparison


@dataclass(slots=True)
class Findings:
    """
    Everything that a cycle has found.

    `files` are the record's files by name. `vanished` are paths that went away under rsync's hands, as rsync printed
    them, each behind the key and production's folder of its root. `warm` are production's listings of the warm pass,
    by the key of their root; what moved since waits in the staging copies of `captured`. `standby_ran` says when the
    standby's server could have written its data files anew; while it is empty they are compared byte for byte.
    """

    began_at: datetime
    names: Names
    production: SideFindings = field(default_factory=SideFindings)
    standby: SideFindings = field(default_factory=SideFindings)
    files: dict[str, bytes] = field(default_factory=dict)
    activity: tuple[str, ...] = ()
    clocks: tuple[ClockRecord, ...] = ()
    reports_expected: int = 0
    reports: tuple[ReportRecord, ...] = ()
    report_gaps: list[str] = field(default_factory=list)
    beside: tuple[BesideRecord, ...] = ()
    transfer: TransferRecord | None = None
    vanished: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    trees: TreeRecord | None = None
    scope: ScopeRecord | None = None
    source_moved: tuple[str, ...] = ()
    clock_problems: tuple[str, ...] = ()
    journal_differences: tuple[str, ...] = ()
    deviations: tuple[str, ...] = ()
    settled: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    controls: dict[str, Control] = field(default_factory=dict)
    control_detected: bool = False
    standby_ran: str = ""
    as_of: datetime | None = None
    as_of_known_by: str = ""
    held_seconds_milli: int = 0
    remarks: list[str] = field(default_factory=list)
    warm: dict[str, Manifest] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    written: list[str] = field(default_factory=list)
    captured: Captured | None = None
    was_open: bool = False
    thawed_by: str = ""
    freeze: FreezeRecord | None = None
    hold: HoldRecord | None = None
    uses_approval: bool = False
    broken_journals: tuple[tuple[str, Item], ...] = ()
    forecast: Forecast | None = None
    compared: list[Compared] = field(default_factory=list)
    judged: tuple[Comparison, ...] = ()
    proven: dict[str, tuple[Manifest, ...]] = field(default_factory=dict)

    def side(self, side: Side) -> SideFindings:
        """What is known of one side."""
        return self.production if side is Side.PRODUCTION else self.standby

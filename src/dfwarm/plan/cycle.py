"""The plan of a cycle: what it is asked to do, and the names of what it leaves behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from dfwarm.facts.freeze import FreezeMode
from dfwarm.facts.ruling import Ruled
from dfwarm.plan.beside import Label
from dfwarm.plan.budget import Limits
from dfwarm.plan.deviation import Deviation
from dfwarm.plan.freeze import Earlier as EarlierFreeze
from dfwarm.plan.freeze import FreezePlan
from dfwarm.plan.hold import ApprovedPlan
from dfwarm.plan.scope import ScopeOrder
from dfwarm.terms import CycleId, Side, StudyNumber

STEPS: tuple[str, ...] = (
    "look for study activity on production",
    "name the cycle's files",
    "run the reports on production",
    "remove what is unique to the server",
    "stop DataFax on the standby",
    "transfer",
    "restart both systems",
    "run the reports on the standby",
    "compare",
    "send the letter",
)
"""The deck's ten steps, in the deck's order."""


class WhenActive(StrEnum):
    """What to do when people work in the study."""

    WAIT = "wait"
    SKIP = "skip"
    GO_ON = "go-on"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the last EQUIVALENT cycle of the study left to compare with. `entries` is 0 where there is none."""

    cycle: str
    as_of: datetime | None
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class CycleOrder:
    """
    What one cycle is asked to do.

    `scope` is the policy that it goes by; `studies` are those of the pair, none for all that production registers.
    `mends` lets production's content replace files of the standby that were altered without a trace in size or time;
    unasked they are only reported. `host_keys` are the fingerprints of the keys that are pinned for a side, and
    `build_digest` stands for the program itself. `approved_hold` is a plan that was held once and may be carried
    out now; `ran_by` are the names by which the system knows who runs this cycle, `ruled` what its
    controller was told of who rules. `labels` are the lines of the vendor's reports whose numbers are held against the
    native ones.
    """

    cycle: CycleId
    pair: str
    freeze: FreezePlan
    when_active: WhenActive
    wait_at_most_seconds: int
    scope: ScopeOrder
    studies: tuple[StudyNumber, ...]
    limits: Limits
    bandwidth_kib: int
    io_timeout_seconds: int
    question_seconds: int
    clock_limit_ms: int
    rpo_seconds: int
    config_digest: str
    software: str
    earlier: Earlier
    mends: bool = False
    earlier_freezes: Mapping[FreezeMode, EarlierFreeze] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    kind: str = "manual"
    host_keys: Mapping[Side, tuple[str, ...]] = field(default_factory=dict)
    build_digest: str = ""
    approved_hold: ApprovedPlan | None = None
    ran_by: tuple[str, ...] = ()
    ruled: Ruled = field(default_factory=lambda: Ruled(()))
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The dated names of a cycle's files, UTC."""

    stamp: str

    @property
    def log(self) -> str:
        """The raw rsync log."""
        return f"transfer.{self.stamp}.log"

    @property
    def story(self) -> str:
        """The log of the cycle itself, step by step."""
        return f"cycle.{self.stamp}.log"

    def report(self, name: str, side: str, form: str) -> str:
        """A report's text: `reports/DFstatus.production.2026-11-23T020007Z.raw`."""
        return f"reports/{name}.{side}.{self.stamp}.{form}"

    def difference(self, name: str) -> str:
        """The unified diff of a report's two normalised texts."""
        return f"reports/{name}.{self.stamp}.diff"


def name_files(began_at: datetime) -> Names:
    """Name the files of a cycle by the second in which it began."""
    return Names(began_at.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ"))

"""The plan of a freeze: how production is kept still, for how long at most, and how long it will take."""

from dataclasses import dataclass

from dfwarm.facts.capture import BUSY_ENTRIES
from dfwarm.facts.freeze import MODES, FreezeMode

CONTROL_MILLI = 1_500
"""What the vendor's programs take to close and open a study, where no cycle has measured it yet."""

ENTRY_NANO = 6_000
"""What two looks at one entry take, where no cycle has measured it yet."""

COPY_BYTES_A_MILLI = 200_000
DIRTY_BYTES = 64 << 20
"""What is taken to move between the warm pass and the time point, where no cycle has measured it yet."""

SNAPSHOT_MILLI = 1_000
MARGIN_PERCENT = 25


@dataclass(frozen=True, slots=True)
class FreezePlan:
    """
    What a cycle may do to keep production still.

    `drain_seconds` is how long people may take to leave, inside the budget. `tries` count for the mode that freezes
    nothing; `fallback` is the mode after them, which is `still` itself where the site wants none.
    """

    mode: FreezeMode
    budget_seconds: int
    drain_seconds: int
    fallback: FreezeMode
    tries: int = 5


@dataclass(frozen=True, slots=True)
class Earlier:
    """
    What the last freeze of the study in the same mode took, and in which cycle. All empty where there was none.

    `staged_bytes` had moved between the warm pass and the time point; `stage_milli` is what copying them took, or the
    snapshot.
    """

    entries: int = 0
    control_milli: int = 0
    look_milli: int = 0
    reports_milli: int = 0
    staged_bytes: int = 0
    stage_milli: int = 0
    cycle: str = ""


NO_FREEZE = Earlier()


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a freeze: what is done in it, for how long, and how that is known."""

    title: str
    milli: int
    known_by: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a freeze will take, part by part."""

    parts: tuple[Part, ...]

    @property
    def total_milli(self) -> int:
        """All parts together, with a margin."""
        return sum(part.milli for part in self.parts) * (100 + MARGIN_PERCENT) // 100

    def breaks(self, plan: FreezePlan) -> bool:
        """Whether the freeze would outlast its budget."""
        return MODES[plan.mode].is_freezing and self.total_milli > plan.budget_seconds * 1000

    def say(self) -> str:
        """The estimate in one line."""
        parts = ", ".join(f"{part.title} {part.milli / 1000:.1f} s" for part in self.parts)
        return f"{self.total_milli / 1000:.1f} s with a margin of {MARGIN_PERCENT} % ({parts})"


def estimate(mode: FreezeMode, *, entries: int, has_vendor_reports: bool, earlier: Earlier) -> Estimate:
    """Estimate a freeze from the size of the study and what the last one in this mode took, part by part."""
    if not MODES[mode].is_freezing:
        return Estimate(())
    measured = f"measured in cycle {earlier.cycle}"
    is_known = bool(earlier.cycle)
    parts = [
        Part("open and close", earlier.control_milli, measured)
        if is_known
        else Part("open and close", CONTROL_MILLI, "assumed, since no cycle has measured it"),
        _picture(earlier, measured) if MODES[mode].takes_snapshot else _looks(entries, earlier, measured),
    ]
    if not MODES[mode].takes_snapshot:
        parts.append(_copy(earlier, measured))
    if has_vendor_reports:
        said = measured if is_known else "not known before a cycle has measured them"
        parts.append(Part("vendor reports", earlier.reports_milli, said))
    return Estimate(tuple(parts))


def _looks(entries: int, earlier: Earlier, measured: str) -> Part:
    """Two looks at the entries of the folders that changed last: there are no more of them in a larger study."""
    entries, before = min(entries, BUSY_ENTRIES), min(earlier.entries, BUSY_ENTRIES)
    if earlier.cycle and before:
        milli = earlier.look_milli * entries // before
        return Part("two looks", milli, f"{measured} at {before:,} entries, now {entries:,}")
    milli = entries * ENTRY_NANO // 1_000_000
    return Part("two looks", milli, f"assumed, {ENTRY_NANO / 1000:g} microseconds for each of {entries:,} entries")


def _copy(earlier: Earlier, measured: str) -> Part:
    if earlier.cycle:
        return Part("staging copy", earlier.stage_milli, f"{measured} for {earlier.staged_bytes:,} bytes")
    return Part("staging copy", DIRTY_BYTES // COPY_BYTES_A_MILLI, f"assumed for {DIRTY_BYTES:,} bytes")


def _picture(earlier: Earlier, measured: str) -> Part:
    if earlier.cycle:
        return Part("snapshot", earlier.stage_milli, measured)
    return Part("snapshot", SNAPSHOT_MILLI, "assumed, since no cycle has measured it")

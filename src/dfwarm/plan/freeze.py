"""The plan of a freeze: how production is kept still, for how long at most, and how long it will take."""

from dataclasses import dataclass

from dfwarm.facts.freeze import FreezeMode

CONTROL_MILLI = 1_500
"""What the vendor's programs take to close and open a study, where no cycle has measured it yet."""

ENTRY_NANO = 6_000
"""What two looks at one entry take, where no cycle has measured it yet."""

COPY_BYTES_A_MILLI = 200_000
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
    """What the last freeze of the study took. All zero where there was none."""

    entries: int = 0
    control_milli: int = 0
    look_milli: int = 0
    reports_milli: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a freeze will take, part by part, in milliseconds."""

    control_milli: int
    look_milli: int
    copy_milli: int
    reports_milli: int

    @property
    def total_milli(self) -> int:
        """All parts together, with a margin."""
        parts = self.control_milli + self.look_milli + self.copy_milli + self.reports_milli
        return parts * (100 + MARGIN_PERCENT) // 100

    def breaks(self, plan: FreezePlan) -> bool:
        """Whether the freeze would outlast its budget."""
        return plan.mode is not FreezeMode.STILL and self.total_milli > plan.budget_seconds * 1000

    def say(self) -> str:
        """The estimate in one line."""
        parts = (
            f"open and close {self.control_milli / 1000:.1f} s",
            f"two looks {self.look_milli / 1000:.1f} s",
            f"staging copy {self.copy_milli / 1000:.1f} s",
            f"vendor reports {self.reports_milli / 1000:.1f} s",
        )
        return f"{self.total_milli / 1000:.1f} s with a margin of {MARGIN_PERCENT} % ({', '.join(parts)})"


def estimate(*, entries: int, changed_bytes: int, earlier: Earlier) -> Estimate:
    """Estimate a freeze from the size of the study, what changed lately, and what the last freeze took."""
    look = entries * ENTRY_NANO // 1_000_000
    if earlier.entries:
        look = earlier.look_milli * entries // earlier.entries
    return Estimate(
        control_milli=earlier.control_milli or CONTROL_MILLI,
        look_milli=look,
        copy_milli=changed_bytes // COPY_BYTES_A_MILLI,
        reports_milli=earlier.reports_milli,
    )

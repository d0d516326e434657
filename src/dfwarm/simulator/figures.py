"""What a campaign adds up to: the promises, each with the cycles that broke it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CyclePlayed:
    """
    One cycle of a campaign.

    `differences` are the oracle's, and None where the cycle names no time point. `code` is the exit code of the
    cycle, below zero where a signal ended it; `recover_code` is 0 where nothing was to recover or it was done.
    """

    number: int
    cycle: str
    mode: str
    mishap: str
    was_harmed: bool
    code: int
    outcome: str
    frozen_seconds: float
    is_left_frozen: bool
    took_seconds: float
    recover_code: int
    differences: tuple[str, ...] | None
    said: str

    @property
    def is_false_equivalent(self) -> bool:
        """It says that both sides are equal, and they were not."""
        return self.outcome.startswith("EQUIVALENT") and self.differences != ()

    @property
    def is_false_alarm(self) -> bool:
        """Nothing happened to it and it does not say so; or it says that equal sides differ."""
        has_claimed_difference = self.outcome == "DISCREPANT" and self.differences == ()
        return has_claimed_difference or (not self.was_harmed and self.outcome != "EQUIVALENT")


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise, and the numbers of the cycles that broke it."""

    title: str
    broken_by: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All cycles of a campaign. `evidence` says what was refused of it."""

    played: tuple[CyclePlayed, ...]
    seed: int
    frozen_at_most: float
    evidence: str
    writes: int
    took_seconds: float

    @property
    def promises(self) -> tuple[Promise, ...]:
        """Every promise of a campaign."""
        return (
            self._promise("false EQUIVALENT", lambda cycle: cycle.is_false_equivalent),
            self._promise("false alarms", lambda cycle: cycle.is_false_alarm),
            self._promise(
                f"production found frozen after {self.frozen_at_most:g} s",
                lambda cycle: cycle.is_left_frozen or cycle.frozen_seconds > self.frozen_at_most,
            ),
            self._promise("cycles that could not be recovered", lambda cycle: bool(cycle.recover_code)),
            Promise("next cycle after a harm not clean", self._unclean()),
            Promise("evidence not whole", (0,) if self.evidence else ()),
        )

    @property
    def is_kept(self) -> bool:
        """Whether every promise was kept, and something was judged at all."""
        return bool(self.judged) and not any(promise.broken_by for promise in self.promises)

    @property
    def judged(self) -> int:
        """Cycles that the oracle held against the truth."""
        return sum(cycle.differences is not None for cycle in self.played)

    @property
    def verdicts(self) -> dict[str, int]:
        """Cycles by mode, whether they were harmed, and verdict."""
        kinds = Counter(
            (cycle.mode, "harmed" if cycle.was_harmed else "healthy", cycle.outcome) for cycle in self.played
        )
        return {" ".join(kind): count for kind, count in sorted(kinds.items())}

    @property
    def harms(self) -> dict[str, int]:
        """Harms by kind."""
        kinds = Counter(cycle.mishap.split(" after ")[0].split(" for ")[0] for cycle in self.played if cycle.was_harmed)
        return dict(sorted(kinds.items()))

    def longest_freeze(self, *, harmed: bool) -> float:
        """The longest time for which production was closed, in seconds."""
        return max((cycle.frozen_seconds for cycle in self.played if cycle.was_harmed is harmed), default=0.0)

    def _promise(self, title: str, is_broken: Callable[[CyclePlayed], bool]) -> Promise:
        return Promise(title, tuple(cycle.number for cycle in self.played if is_broken(cycle)))

    def _unclean(self) -> tuple[int, ...]:
        """Healthy cycles right after a harmed one that are not equivalent."""
        pairs = zip(self.played, self.played[1:], strict=False)
        return tuple(
            after.number
            for before, after in pairs
            if before.was_harmed and not after.was_harmed and after.outcome != "EQUIVALENT"
        )


def render(figures: Figures) -> str:
    """The figures as text."""
    head = (
        f"seed {figures.seed}: {len(figures.played)} cycles in {figures.took_seconds:.0f} s, "
        f"{figures.judged} held against the truth, {figures.writes:,} writes of the sites"
    )
    lines = [
        head,
        "",
        *(f"  {count:5d}  {name}" for name, count in figures.verdicts.items()),
        "",
        *(f"  {count:5d}  {name}" for name, count in figures.harms.items()),
        "",
        f"longest freeze of a healthy cycle: {figures.longest_freeze(harmed=False):.1f} s",
        f"longest freeze of a harmed cycle: {figures.longest_freeze(harmed=True):.1f} s",
        *(f"{promise.title}: {_broken(promise)}" for promise in figures.promises),
    ]
    return "\n".join(lines + ([figures.evidence] if figures.evidence else []))


def _broken(promise: Promise) -> str:
    cycles = f" (cycles {', '.join(map(str, promise.broken_by))})" if any(promise.broken_by) else ""
    return f"{len(promise.broken_by)}{cycles}"


def describe(figures: Figures) -> dict[str, object]:
    """The figures as JSON."""
    broken = {promise.title: list(promise.broken_by) for promise in figures.promises}
    return {
        "seed": figures.seed,
        "cycles": len(figures.played),
        "judged": figures.judged,
        "writes": figures.writes,
        "tookSeconds": round(figures.took_seconds, 1),
        "verdicts": figures.verdicts,
        "harms": figures.harms,
        "longestFreezeHealthySeconds": round(figures.longest_freeze(harmed=False), 2),
        "longestFreezeHarmedSeconds": round(figures.longest_freeze(harmed=True), 2),
        "brokenPromises": broken,
        "evidence": figures.evidence,
        "isKept": figures.is_kept,
    }


def say_cycle(played: CyclePlayed) -> str:
    """One line for a cycle."""
    truth = "no time point" if played.differences is None else "NOT TRUE" if played.differences else "true"
    line = (
        f"{played.number:4d}  {played.mode:<8} {played.outcome:<13} {truth:<13} "
        f"frozen {played.frozen_seconds:4.1f} s  {played.mishap}"
    )
    if played.is_false_equivalent or played.is_false_alarm:
        return f"{line}\n      {'; '.join((played.differences or ())[:5])} {played.said}"
    return line

"""The forecast of a cycle: what it would carry over, how long it would keep people out, and whether it may."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.facts.freeze import MODES
from dfwarm.plan.freeze import Estimate, FreezePlan
from dfwarm.terms import spell_duration


@dataclass(frozen=True, slots=True)
class Load:
    """What the warm pass would carry over of one root."""

    root: str
    entries: int
    sends: int
    send_bytes: int
    deletes: int
    unseen: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """
    What a cycle would do, from two listings and from what earlier freezes took.

    `refusals` are what the budgets of the transfer say against it, `is_held` whether a second
    person could approve all of it; `fallback` is the estimate of the mode that follows
    where production never stands still.
    """

    study: str
    freeze: FreezePlan
    loads: tuple[Load, ...]
    estimate: Estimate
    fallback: Estimate
    refusals: tuple[str, ...]
    is_held: bool = False

    @property
    def entries(self) -> int:
        """Entries of production."""
        return sum(load.entries for load in self.loads)

    @property
    def is_over_budget(self) -> bool:
        """Whether the freeze would outlast its budget."""
        return self.estimate.breaks(self.freeze) or self._fallback_breaks

    @property
    def is_refused(self) -> bool:
        """Whether the cycle would be refused before its freeze."""
        return bool(self.refusals) or self.is_over_budget

    @property
    def _fallback_breaks(self) -> bool:
        return bool(self.fallback.parts) and self.fallback.total_milli > self.freeze.budget_seconds * 1000

    def reasons(self) -> tuple[str, ...]:
        """Why it would be refused."""
        late = self.estimate if self.estimate.breaks(self.freeze) else self.fallback
        over = (f"the freeze would take {late.say()}, and its budget is {self.freeze.budget_seconds} s",)
        return (*self.refusals, *(over if self.is_over_budget else ()))


def render_forecast(forecast: Forecast) -> Iterator[str]:
    """Print a forecast, a line each."""
    yield f"Study {forecast.study}: what a cycle would do now. Nothing was stopped, and nothing was written to a study."
    yield ""
    for load in forecast.loads:
        yield (
            f"  warm pass    {load.root}: {load.sends:,} of {load.entries:,} entries to send "
            f"({load.send_bytes:,} bytes), {load.deletes:,} to delete on the standby"
        )
        if load.unseen:
            yield f"               {load.unseen:,} altered unseen on the standby: only --mend replaces them"
    yield f"  freeze       mode {forecast.freeze.mode}: keeps out {MODES[forecast.freeze.mode].keeps_out}"
    yield from _say_estimate(forecast, forecast.estimate)
    if forecast.fallback.parts:
        yield f"  fallback     mode {forecast.freeze.fallback}, where production never stands still"
        yield from _say_estimate(forecast, forecast.fallback)
    yield ""
    if forecast.is_refused:
        yield from (f"REFUSED: {reason}" for reason in forecast.reasons())
    else:
        yield "A cycle may begin."


def _say_estimate(forecast: Forecast, estimate: Estimate) -> Iterator[str]:
    if not estimate.parts:
        yield "               nothing is frozen"
        return
    for part in estimate.parts:
        yield f"               {part.title:<16} {part.milli / 1000:>7.2f} s   {part.known_by}"
    budget = spell_duration(forecast.freeze.budget_seconds)
    yield f"               {'with a margin':<16} {estimate.total_milli / 1000:>7.2f} s   the budget is {budget}"

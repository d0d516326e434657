"""Differences that a named person accepted for a time, with the reason."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm.manifest.difference import Difference
from dfwarm.spelling import spell


@dataclass(frozen=True, slots=True)
class Deviation:
    """
    An accepted difference.

    `path` is relative to the root of that key and counts for all that lies below it. From `expires_at` on it accepts
    nothing.
    """

    root: str
    path: bytes
    reason: str
    approver: str
    approved_at: datetime
    expires_at: datetime

    def covers(self, path: bytes, now: datetime) -> bool:
        """Whether it accepts a difference at a path at a moment."""
        is_at = path == self.path or path.startswith(self.path.rstrip(b"/") + b"/")
        return is_at and self.approved_at <= now < self.expires_at

    def say(self) -> str:
        """The deviation in one line."""
        until = f"{self.expires_at:%Y-%m-%d}"
        return f"{spell(self.path)}: accepted by {self.approver} until {until} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Weighed:
    """Differences that nobody accepted, those that somebody did, and the deviations that are over."""

    open: tuple[Difference, ...]
    accepted: tuple[tuple[Difference, Deviation], ...]
    expired: tuple[Deviation, ...]


def weigh(differences: tuple[Difference, ...], deviations: tuple[Deviation, ...], now: datetime) -> Weighed:
    """Hold differences against deviations; of several that cover one, the one that ends last counts."""
    by_end = sorted(deviations, key=lambda deviation: deviation.expires_at, reverse=True)
    accepted = {
        difference: next(deviation for deviation in by_end if deviation.covers(difference.path, now))
        for difference in differences
        if any(deviation.covers(difference.path, now) for deviation in by_end)
    }
    return Weighed(
        tuple(difference for difference in differences if difference not in accepted),
        tuple(accepted.items()),
        tuple(deviation for deviation in deviations if now >= deviation.expires_at),
    )

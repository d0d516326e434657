"""Which host answered, with what tools, and what time it thinks it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dfwarm.terms import HostName


@dataclass(frozen=True, slots=True)
class Environment:
    """
    One host at one moment. `machine` is its machine id and `zone` its time zone, empty where it has none.

    `rsync_sha256` is of the program that this host starts as rsync: another build of the same number is another one.
    """

    host: HostName
    machine: str
    kernel: str
    account: str
    python: str
    software: str
    rsync: str
    ssh: str
    datafax: str
    now: datetime
    zone: str = ""
    rsync_sha256: str = ""


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far a host's clock is ahead of ours, give or take half the time that the question took."""

    offset_ms: int
    uncertainty_ms: int

    def exceeds(self, limit_ms: int) -> bool:
        """Whether the clocks are apart by more than the limit, with the uncertainty in the clock's favour."""
        return abs(self.offset_ms) - self.uncertainty_ms > limit_ms


def clock_offset(asked_at: datetime, answered_at: datetime, said: datetime) -> ClockOffset:
    """The offset of the clock that said `said` some time between our asking and its answer's coming."""
    uncertainty = (answered_at - asked_at) / 2
    middle = asked_at + uncertainty
    return ClockOffset(_milliseconds(said - middle), max(1, _milliseconds(uncertainty)))


def clock_offset_around(asked_at: datetime, began: datetime, ended: datetime, answered_at: datetime) -> ClockOffset:
    """
    The offset of a clock that said when it began and ended the work which we waited for.

    The work's own length does not blur it: only the way there and back does.
    """
    ahead_at_most, ahead_at_least = began - asked_at, ended - answered_at
    spread = abs(ahead_at_most - ahead_at_least) / 2
    return ClockOffset(_milliseconds((ahead_at_most + ahead_at_least) / 2), max(1, _milliseconds(spread)))


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)

"""
When cycles begin: the instants that a schedule means, which one is due, and which one comes next.

The times of a schedule are local times of a zone. Where a clock change leaves one out, its cycle begins as much later
as the clock jumped; where a clock change repeats one, its cycle begins the first time. A schedule of every hour means
every real hour, so there the repeated ones count. So no cycle is dropped and none is doubled.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FIRST_CYCLE_WINDOW = timedelta(hours=1)

_FORM = re.compile(r"(?:([A-Z][A-Za-z.,]*) )?\*-\*-\* ([0-9*/,]+):([0-9*/,]+)(?::([0-9]{2}))?")
# The longest silence between two slots is a week; a zone may skip a day on top of it (Samoa, 2011-12-30).
_NEAR_DAYS, _FAR_DAYS = 2, 10


@dataclass(frozen=True, slots=True)
class Schedule:
    """Days of the week (Monday is 0), hours, minutes and a second, read in a zone."""

    days: tuple[int, ...]
    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    second: int
    is_every_hour: bool
    zone: str

    @classmethod
    def parse(cls, every: str, zone: str) -> Self:
        """Read `[days] *-*-* hours:minutes[:second]` of systemd.time(7). Raises ValueError."""
        match = _FORM.fullmatch(every)
        if not match:
            raise ValueError(f"not a calendar expression: {every!r}")
        days, hours, minutes, second = match.groups()
        return cls(
            days=_read_days(days) if days else tuple(range(7)),
            hours=_read_numbers(hours, 24),
            minutes=_read_numbers(minutes, 60),
            second=int(second or 0),
            is_every_hour=hours == "*",
            zone=zone,
        )


@dataclass(frozen=True, slots=True)
class NeverBegun:
    """The study has no cycle yet."""


def is_due(last_begun_at: datetime | NeverBegun, schedule: Schedule, now: datetime) -> bool:
    """
    Whether a slot has come since the last cycle began, so that a missed run is caught up, once.

    `last_begun_at` is when the newest cycle by number began. Without one, or with one that lies in the future because
    a clock was wrong, the study waits for its next slot and is due for an hour after it.
    """
    slot = last_slot(schedule, now)
    if isinstance(last_begun_at, NeverBegun) or last_begun_at > now:
        return now - slot < FIRST_CYCLE_WINDOW
    return last_begun_at < slot


def next_due(schedule: Schedule, after: datetime) -> datetime:
    """The first slot after a moment, in UTC."""
    return next(min(later) for slots in _slots_around(schedule, after) if (later := [s for s in slots if s > after]))


def last_slot(schedule: Schedule, until: datetime) -> datetime:
    """The last slot at or before a moment, in UTC."""
    return next(max(past) for slots in _slots_around(schedule, until) if (past := [s for s in slots if s <= until]))


@lru_cache(maxsize=256)
def slots_of_day(schedule: Schedule, day: date) -> tuple[datetime, ...]:
    """The slots that a local day names, in UTC and in their order; a time that the day does not have is shifted."""
    if day.weekday() not in schedule.days:
        return ()
    zone = ZoneInfo(schedule.zone)
    folds = (0, 1) if schedule.is_every_hour else (0,)
    # Without a clock change both folds are the same instant, and a set holds it once.
    slots = {
        datetime.combine(day, time(hour, minute, schedule.second, fold=fold), zone).astimezone(UTC)
        for hour in schedule.hours
        for minute in schedule.minutes
        for fold in folds
    }
    return tuple(sorted(slots))


def _slots_around(schedule: Schedule, moment: datetime) -> Iterator[tuple[datetime, ...]]:
    """The slots of a few days around a moment, then those of so many that one of them must be before and one after."""
    today = moment.astimezone(ZoneInfo(schedule.zone)).date()
    for reach in (_NEAR_DAYS, _FAR_DAYS):  # pragma: no branch - the far reach always answers
        days = (today + timedelta(days=offset) for offset in range(-reach, reach + 1))
        yield tuple(slot for day in days for slot in slots_of_day(schedule, day))


def _read_days(text: str) -> tuple[int, ...]:
    first, dots, last = text.partition("..")
    if dots:
        begin, end = DAYS.index(first), DAYS.index(last)
        return tuple(sorted((begin + step) % 7 for step in range((end - begin) % 7 + 1)))
    return tuple(sorted({DAYS.index(day) for day in text.split(",")}))


def _read_numbers(text: str, limit: int) -> tuple[int, ...]:
    star, slash, step = text.partition("/")
    if star == "*":
        return tuple(range(0, limit, int(step) if slash else 1))
    numbers = tuple(sorted({int(number) for number in text.split(",")}))
    if numbers[-1] >= limit:
        raise ValueError(f"not a time of day: {text!r}")
    return numbers

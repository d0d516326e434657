"""Shared words: one word for one thing."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType, Self

StudyNumber = NewType("StudyNumber", int)
HostName = NewType("HostName", str)

_CYCLE_ID = re.compile(r"(\d{3})-(\d{5,})")


class Side(StrEnum):
    """One of the two sides of a pair."""

    PRODUCTION = "production"
    STANDBY = "standby"


class Outcome(StrEnum):
    """What a cycle established; the exit codes are the states of Nagios."""

    EQUIVALENT = "EQUIVALENT"
    EQUIVALENT_WITH_DEVIATIONS = "EQUIVALENT WITH DEVIATIONS"
    DISCREPANT = "DISCREPANT"
    INCONCLUSIVE = "INCONCLUSIVE"

    @property
    def exit_code(self) -> int:
        """0, 1, 2 or 3, in the order of the members."""
        return list(Outcome).index(self)


class Access(StrEnum):
    """Who may work in a study."""

    ENABLED = "enabled"
    RESTRICTED = "restricted"
    READ_ONLY = "read-only"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


class Area(StrEnum):
    """The part of a study that a path belongs to."""

    DATA = "data"
    JOURNAL = "journal"
    PAGE_IMAGE = "page image"
    SETUP = "setup"
    EDIT_CHECK = "edit check"
    SCHEMA_HISTORY = "schema history"
    RETRIEVAL = "retrieval"
    REPORT = "report"
    WORK = "work"
    OTHER = "other"


class Treatment(StrEnum):
    """What a cycle does with a path of a study."""

    COMPARE = "replicate and compare"
    BY_RECORDS = "replicate and compare, by records where the standby's server ran"
    REPLICATE = "replicate, do not compare"
    EXCLUDE = "exclude"


@dataclass(frozen=True, slots=True, order=True)
class CycleId:
    """The number of one cycle: study and sequence, without gaps. Printed `035-00042`."""

    study: StudyNumber
    sequence: int

    def __str__(self) -> str:
        return f"{self.study:03d}-{self.sequence:05d}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `035-00042`. Raises ValueError."""
        match = _CYCLE_ID.fullmatch(text)
        if not match:
            raise ValueError(f"not a cycle id: {text!r}")
        return cls(StudyNumber(int(match[1])), int(match[2]))


def spell_time(moment: datetime) -> str:
    """Write an aware moment as RFC 3339 in UTC with microseconds where there are any."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is not evidence")
    text = moment.astimezone(UTC).isoformat()
    return text.removesuffix("+00:00") + "Z"


def read_time(text: str) -> datetime:
    """Read an RFC 3339 time in UTC. Raises ValueError where the zone is missing."""
    if not text.endswith("Z"):
        raise ValueError(f"not a UTC time: {text!r}")
    return datetime.fromisoformat(text.removesuffix("Z") + "+00:00")


def spell_duration(seconds: float) -> str:
    """Say a duration as a person would: `6 d 4 h`, `3 h 12 min`, `41 s`."""
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"

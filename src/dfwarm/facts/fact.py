"""A question to a host, what it said, and what we know from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from dfwarm.terms import HostName

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said when one program ran: the ground of every fact."""

    host: HostName
    argv: tuple[str, ...]
    status: int
    stdout: bytes
    stderr: bytes
    began_at: datetime
    ended_at: datetime

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_at - self.began_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Question(Generic[T_co]):
    """A verb for the gate of a host, and the reader of its answer."""

    verb: tuple[str, ...]
    read: Callable[[bytes], T_co]
    deadline_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """What we know, with the transcript that says why."""

    value: T_co
    transcript: Transcript

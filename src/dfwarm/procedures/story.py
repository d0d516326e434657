"""How a cycle is told: numbered steps, each in the ledger before it begins, each in the record after it ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dfwarm.equipment.ledger import Ledger
from dfwarm.errors import DfwarmError
from dfwarm.evidence.record import StepRecord
from dfwarm.facts.fact import Fact, Transcript
from dfwarm.facts.ledger import Act
from dfwarm.terms import CycleId


class Audience(Protocol):
    """Whoever watches a cycle live."""

    def step_began(self, cycle: CycleId, number: int, title: str) -> None:
        """Hear that a step begins."""

    def step_ended(self, step: StepRecord) -> None:
        """Hear how a step went."""

    def froze(self, budget_seconds: int) -> None:
        """Hear that production is frozen from now on, and for how long at most."""

    def thawed(self) -> None:
        """Hear that production is open again."""

    def heard(self, piece: bytes) -> None:
        """Hear a piece of what rsync says."""


@dataclass(slots=True)
class Story:
    """The steps and transcripts of one cycle as they come."""

    cycle: CycleId
    ledger: Ledger
    now: Callable[[], datetime]
    audience: Audience
    steps: list[StepRecord] = field(default_factory=list)
    transcripts: list[Transcript] = field(default_factory=list)

    @contextmanager
    def step(self, number: int, title: str) -> Iterator[None]:
        """Tell one step. Whatever goes wrong in it is written down and goes on its way."""
        self.ledger.append(Act.STEP_BEGUN, str(self.cycle), step=str(number), title=title)
        self.audience.step_began(self.cycle, number, title)
        began_at = self.now()
        try:
            yield
        except BaseException as error:
            self._end(number, title, began_at, say_problem(error))
            raise
        self._end(number, title, began_at, "")

    def announce(self, act: Act, **detail: str) -> None:
        """Write down an effect before it happens."""
        self.ledger.append(act, str(self.cycle), **detail)

    def keep(self, *facts: Fact[object]) -> None:
        """Keep the transcripts of facts."""
        self.transcripts.extend(fact.transcript for fact in facts)

    def _end(self, number: int, title: str, began_at: datetime, problem: str) -> None:
        ended = StepRecord(number, title, began_at, self.now(), problem)
        self.steps.append(ended)
        act = Act.STEP_FAILED if problem else Act.STEP_DONE
        detail = {"problem": problem} if problem else {}
        self.ledger.append(act, str(self.cycle), step=str(number), **detail)
        self.audience.step_ended(ended)


def say_problem(error: BaseException) -> str:
    """Say in one line what went wrong, with the class that the operator looks up."""
    if isinstance(error, DfwarmError):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

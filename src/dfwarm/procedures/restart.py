"""What a cycle stopped and must start again, whatever happens to it."""

from dataclasses import dataclass, field
from datetime import datetime

from dfwarm.errors import DfwarmError
from dfwarm.facts.control import ControlAnswer, ServerState
from dfwarm.facts.fact import Fact
from dfwarm.facts.ledger import Act
from dfwarm.plan import questions
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Side, StudyNumber


@dataclass(slots=True)
class Restart:
    """
    The servers that this cycle stopped, and the promise to start them again.

    A server that was stopped before the cycle came is left as it was found. The ledger says so before the effect,
    so that `recover` knows what to start after a crash.
    """

    kit: Kit
    story: Story
    study: StudyNumber
    stopped: list[Side] = field(default_factory=list)
    held_at: datetime | None = None
    released_at: datetime | None = None

    def hold_production(self, found: ServerState) -> None:
        """Disable production's study, if it is open."""
        self._stop(self.kit.production, found, Act.HOLD)
        if Side.PRODUCTION in self.stopped:
            self.held_at = self.kit.now()

    def stop_standby(self, found: ServerState) -> None:
        """Stop DataFax on the standby, if it runs."""
        self._stop(self.kit.standby, found, Act.STOP)

    def restart(self) -> None:
        """Start on both sides what this cycle stopped. One side's trouble never keeps the other one down."""
        troubles: list[DfwarmError] = []
        for side in tuple(self.stopped):
            try:
                self._start(side)
            except DfwarmError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

    @property
    def held_seconds_milli(self) -> int:
        """How long production was held, in milliseconds."""
        if self.held_at is None or self.released_at is None:
            return 0
        return int((self.released_at - self.held_at).total_seconds() * 1000)

    def _stop(self, host: Host, found: ServerState, act: Act) -> None:
        was_open = found.is_open or bool(found.processes)
        self.story.announce(act, host=host.name, wasOpen=str(was_open).lower())
        if was_open:
            self.stopped.append(host.side)
        self._keep(host.ask(questions.stop(self.study, host.side, self.story.cycle)))

    def _start(self, side: Side) -> None:
        host = self.kit.production if side is Side.PRODUCTION else self.kit.standby
        act = Act.RELEASE if side is Side.PRODUCTION else Act.START
        self.story.announce(act, host=host.name)
        self._keep(host.ask(questions.start(self.study, side, self.story.cycle)))
        self.stopped.remove(side)
        if side is Side.PRODUCTION:
            self.released_at = self.kit.now()
        self.story.announce(Act.RESTORED, host=host.name)

    def _keep(self, fact: Fact[ControlAnswer]) -> None:
        self.story.keep(fact)
        self.story.transcripts.extend(fact.value.transcripts)

"""What a cycle stopped and must start again, whatever happens to it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from dfwarm.errors import DfwarmError
from dfwarm.facts.control import ControlAnswer, ServerState
from dfwarm.facts.fact import Fact
from dfwarm.facts.ledger import Act
from dfwarm.facts.record_sets import UNTIL_STOPPED, WHILE_STOPPED
from dfwarm.plan import questions
from dfwarm.procedures.freeze import Freeze
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Side, StudyNumber


@dataclass(slots=True)
class Restart:
    """
    The servers that this cycle stopped, and the promise to start them again.

    A server that was stopped before the cycle came is left as it was found. The ledger says so before the effect,
    so that `recover` knows what to start after a crash. `standby_ran` says when the standby's server could have written
    its data files anew since the listing that the transfer goes by; it is empty where nothing of that was seen.
    """

    kit: Kit
    story: Story
    study: StudyNumber
    freeze: Freeze
    is_asked: bool = False
    stopped: list[Side] = field(default_factory=list)
    standby_ran: str = ""

    def stop_standby(self, found: ServerState) -> None:
        """Stop DataFax on the standby, if it runs. It may be stopped already for the warm pass."""
        if not self.is_asked:
            self.is_asked = True
            self._stop(self.kit.standby, found, Act.STOP)

    def restart(self) -> None:
        """Start on both sides what this cycle stopped. One side's trouble never keeps the other one down."""
        troubles: list[DfwarmError] = []
        starts: list[Callable[[], None]] = [partial(self._start, side) for side in self.stopped]
        for start in (self.freeze.thaw, *starts):
            try:
                start()
            except DfwarmError as error:
                troubles.append(error)
        if troubles:
            raise troubles[0]

    def _stop(self, host: Host, found: ServerState, act: Act) -> None:
        was_open = found.is_serving
        self.story.announce(act, host=host.name, wasOpen=str(was_open).lower())
        if was_open:
            self.stopped.append(host.side)
            self.standby_ran = UNTIL_STOPPED
        self._keep(host.ask(questions.stop(self.study, host.side, self.story.cycle)))

    def _start(self, side: Side) -> None:
        host = self.kit.standby
        self.story.announce(Act.START, host=host.name)
        started = host.ask(questions.start(self.study, side, self.story.cycle))
        if started.value.before.is_serving:
            self.standby_ran = WHILE_STOPPED
        self._keep(started)
        self.stopped.remove(side)
        self.story.announce(Act.RESTORED, host=host.name)

    def _keep(self, fact: Fact[ControlAnswer]) -> None:
        self.story.keep(fact)
        self.story.transcripts.extend(fact.value.transcripts)

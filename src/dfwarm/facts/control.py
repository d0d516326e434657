"""What the gate says after it stopped, started, held or released a server."""

from dataclasses import dataclass

from dfwarm.facts.fact import Transcript
from dfwarm.terms import Access


@dataclass(frozen=True, slots=True)
class ServerState:
    """A study's server as found by asking: its access state and the processes that serve it."""

    access: Access
    is_registered: bool
    processes: tuple[int, ...]

    @property
    def is_stopped(self) -> bool:
        """Nobody can work: no process serves the study, and access is known to be disabled."""
        return not self.processes and self.access is Access.DISABLED

    @property
    def is_open(self) -> bool:
        """People can work: access is known and not disabled."""
        return self.access in (Access.ENABLED, Access.RESTRICTED, Access.READ_ONLY)

    @property
    def is_serving(self) -> bool:
        """Whether people can work, or a process serves the study: it may write the study's files."""
        return self.is_open or bool(self.processes)


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """The state before and after an act, and what the vendor's programs said."""

    before: ServerState
    after: ServerState
    transcripts: tuple[Transcript, ...]


@dataclass(frozen=True, slots=True)
class VendorReports:
    """The raw output of the vendor's report programs, one transcript each, in the order of `names`."""

    names: tuple[str, ...]
    transcripts: tuple[Transcript, ...]

"""What a procedure works with: two hosts, a way to run rsync, and the places where its records go."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from dfwarm.equipment.alarms import Alarms
from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.history import History
from dfwarm.equipment.ledger import Ledger
from dfwarm.equipment.listing_question import HeadStart
from dfwarm.equipment.listings import Listings
from dfwarm.equipment.packing import Press
from dfwarm.equipment.unsealed import Sealer
from dfwarm.evidence.letter import Letter
from dfwarm.facts.fact import Fact, Question, Transcript
from dfwarm.manifest.entry import Entry
from dfwarm.procedures.story import Audience
from dfwarm.terms import HostName, Side

T = TypeVar("T")


class Host(Protocol):
    """One side of a pair: it answers questions and can be an end of a transfer."""

    @property
    def name(self) -> HostName:
        """The host's name as the letter says it."""

    @property
    def side(self) -> Side:
        """Which side it is."""

    @property
    def remote_shell(self) -> tuple[str, ...]:
        """The remote shell that rsync needs to reach it; empty on this host."""

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put a question and read its answer."""

    def place(self, folder: str) -> str:
        """How rsync names a folder of it."""

    def close(self) -> None:
        """End the conversation with its gate; a later question opens another one."""


class BothSides(Protocol):
    """Whoever puts a question to both sides at the same time."""

    def ask_both(self, production: Question[T], standby: Question[T]) -> tuple[Fact[T], Fact[T]]:
        """Put a question to each side."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both hosts, where nothing else of a kit is needed."""

    production: Host
    standby: Host

    def ask_both(self, production: Question[T], standby: Question[T]) -> tuple[Fact[T], Fact[T]]:
        """Put a question to each side at the same time."""
        with ThreadPoolExecutor(2) as pool:
            said = (pool.submit(self.production.ask, production), pool.submit(self.standby.ask, standby))
            return said[0].result(), said[1].result()


class Post(Protocol):
    """Whoever delivers the letter."""

    def send(self, letter: Letter) -> str:
        """Deliver or spool it, and say in one line what became of it."""


@dataclass(frozen=True, slots=True)
class Kit:
    """The equipment of one pair."""

    production: Host
    standby: Host
    run_rsync: Callable[[tuple[str, ...], bytes, Callable[[bytes], None]], Transcript]
    bare_folders: Callable[[tuple[Entry, ...]], AbstractContextManager[str]]
    ledger: Ledger
    archive: Archive
    history: History
    listings: Listings
    head_start: HeadStart
    press: Press
    sealer: Sealer
    post: Post
    alarms: Alarms
    audience: Audience
    audit: AuditTrail
    now: Callable[[], datetime]
    wait: Callable[[float], None]

    def close(self) -> None:
        """End the conversations with both gates, and keep what they told for the next cycle."""
        with ThreadPoolExecutor(3) as pool:
            for end in (self.listings.save, self.production.close, self.standby.close):
                pool.submit(end)

    def ask_both(self, production: Question[T], standby: Question[T]) -> tuple[Fact[T], Fact[T]]:
        """Put a question to each side at the same time: the cost is the slower one, not the sum."""
        with ThreadPoolExecutor(2) as pool:
            said = (pool.submit(self.production.ask, production), pool.submit(self.standby.ask, standby))
            return said[0].result(), said[1].result()

"""The audit trail of dfwarm itself: who did what, when and why, and what it was before and after."""

from dataclasses import dataclass
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import AnswerRefused, AuditBroken
from dfwarm.facts.chain import GENESIS, ChainBroken, Link, read_chain

__all__ = ["GENESIS", "TORN", "Actor", "Entry", "anchored", "read_trail"]

TORN = "torn line"


@dataclass(frozen=True, slots=True)
class Actor:
    """
    Who acted: the account, who called sudo for it, and who the person said to be.

    The first two come from the system; the last is a person's own word and may be empty.
    """

    account: str
    sudo: str
    by: str

    def __str__(self) -> str:
        system = f"{self.account} (sudo by {self.sudo})" if self.sudo else self.account
        return f"{self.by}, {system}" if self.by else system


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail. `before` and `after` are empty where nothing was there."""

    at: datetime
    actor: Actor
    act: str
    subject: str
    reason: str
    before: str
    after: str
    previous: str
    acknowledged: str = ""

    def encode(self) -> bytes:
        """Write the line with its newline."""
        return wire.dump_line(self)


def read_trail(content: bytes) -> tuple[tuple[Entry, str], ...]:
    """Every entry with its digest. Raises AuditBroken with the number of the first line that does not fit."""
    try:
        return tuple(_entry(link) for link in read_chain(content, _read_line))
    except ChainBroken as error:
        raise AuditBroken(f"audit trail: {error}") from error


def anchored(trail: tuple[tuple[Entry, str], ...], heads: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """
    What speaks against the trail by the heads that records hold, as pairs of the record's name and the head.

    A head that no line has was cut off or replaced since; heads that go backwards mean the same.
    """
    places = {GENESIS: 0} | {digest: number for number, (_, digest) in enumerate(trail, start=1)}
    found: list[str] = []
    last = 0
    for name, head in heads:
        if head not in places:
            found.append(f"record {name} holds the head {head[:16]}, which the trail does not have")
        elif places[head] < last:
            found.append(f"record {name} holds a head that is older than that of the record before it")
        else:
            last = places[head]
    return tuple(found)


def _read_line(encoded: bytes) -> Entry:
    try:
        return wire.load(Entry, encoded)
    except AnswerRefused as error:
        raise ChainBroken(f"not a line of this trail: {encoded[:80]!r}") from error


def _entry(link: Link) -> tuple[Entry, str]:
    assert isinstance(link.line, Entry)  # noqa: S101  (the reader above makes nothing else)
    return link.line, link.digest

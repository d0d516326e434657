"""The history of a study as it lies there: leaves, checkpoints, and what each statement says of the log before it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.merkle import EMPTY_ROOT, grow
from dfwarm.evidence.sums import STATEMENT
from dfwarm.terms import CycleId


@dataclass(frozen=True, slots=True)
class Tie:
    """What a statement says of the log before it: the last statement's number and digest, the log's size and root."""

    sequence: int
    digest: str
    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Logged:
    """
    The history of one study as it lies there.

    `read` gives a file of a cycle's bundle, or nothing where there is none. `recorded` are the cycles on record,
    `begun` the number of the last cycle that the ledger saw closed. `dated`, `cosigned` and `renewals` go by their
    files' names. `expired` are the digests of statements that were let go after their retention, by a recorded act.
    An export `is_whole` where it holds every cycle; one that is a choice of them is not asked for the others.
    """

    origin: str
    leaves: bytes
    checkpoint: bytes
    dated: Mapping[str, bytes]
    cosigned: Mapping[str, bytes]
    recorded: tuple[CycleId, ...]
    begun: int
    read: Callable[[CycleId, str], bytes]
    expired: Mapping[CycleId, str] = field(default_factory=dict)
    signatures: Mapping[str, bytes] = field(default_factory=dict)
    renewals: Mapping[str, bytes] = field(default_factory=dict)
    audit: bytes = b""
    proofs: Mapping[str, bytes] = field(default_factory=dict)
    is_whole: bool = True

    def is_elsewhere(self, cycle: CycleId) -> bool:
        """Whether nobody asks here for the bundle of a cycle."""
        return not self.is_whole and cycle not in self.recorded


@dataclass(frozen=True)
class View:
    """What the steps look at. A log that cannot be read is as one without leaves, and its first step says so."""

    logged: Logged
    trusted: LogTrust

    @cached_property
    def problem(self) -> tuple[str, ...]:
        """Why the leaves cannot be read."""
        try:
            parse_leaves(self.logged.leaves)
        except HistoryBroken as error:
            return (str(error),)
        return ()

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves."""
        return () if self.problem else parse_leaves(self.logged.leaves)

    @cached_property
    def roots(self) -> tuple[bytes, ...]:
        """The root of the log at each size, from none on."""
        return (EMPTY_ROOT, *grow(leaf.hash for leaf in self.leaves))

    @cached_property
    def statements(self) -> Mapping[CycleId, bytes]:
        """The statement of each leaf, empty where there is none."""
        return {leaf.cycle: self.logged.read(leaf.cycle, STATEMENT) for leaf in self.leaves}

    @cached_property
    def ties(self) -> Mapping[CycleId, Tie | None]:
        """What each statement says of the log before it."""
        return {cycle: _tie_of(said) for cycle, said in self._said.items()}

    @cached_property
    def heads(self) -> Mapping[CycleId, str]:
        """The head of the audit trail that each statement names, empty where it names none."""
        return {cycle: _head_of(said) for cycle, said in self._said.items()}

    @cached_property
    def _said(self) -> Mapping[CycleId, Mapping[str, Any]]:
        return {cycle: _said_of(statement) for cycle, statement in self.statements.items()}


def read_tie(statement: bytes) -> Tie:
    """What a statement says of the log before it. Raises HistoryBroken."""
    tie = _tie_of(_said_of(statement))
    if tie is None:
        raise HistoryBroken("a statement does not say what comes before it")
    return tie


def _said_of(statement: bytes) -> Mapping[str, Any]:
    """What a statement says of its cycle, nothing where it cannot be read."""
    try:
        said = json.loads(statement)["predicate"]["cycle"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _head_of(said: Mapping[str, Any]) -> str:
    head = said.get("auditLogHead")
    return head if isinstance(head, str) else ""


def _tie_of(said: Mapping[str, Any]) -> Tie | None:
    try:
        previous, before = said["previous"], said["checkpointBefore"]
        tie = Tie(previous["sequence"], previous["digest"], before["size"], before["root"])
    except (KeyError, TypeError):
        return None
    is_typed = all(isinstance(number, int) for number in (tie.sequence, tie.size)) and all(
        isinstance(text, str) for text in (tie.digest, tie.root)
    )
    return tie if is_typed else None

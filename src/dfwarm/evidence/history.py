"""
What is between statements: that none is missing, moved, inserted or rewritten, step by step, each with what it proves.

Bytes in, findings out. The keys come from outside; a log that brings its own keys proves nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.merkle import EMPTY_ROOT, grow
from dfwarm.evidence.note import NoteKey, parse_note
from dfwarm.evidence.vouching import check_note
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

    `read` gives the bytes of a cycle's statement, or nothing where there is none. `recorded` are the cycles on record,
    `begun` the number of the last cycle that the ledger saw closed. `dated` and `cosigned` go by their files' names.
    `expired` are the digests of statements that were let go after their retention, by a recorded act.
    """

    origin: str
    leaves: bytes
    checkpoint: bytes
    dated: Mapping[str, bytes]
    cosigned: Mapping[str, bytes]
    recorded: tuple[CycleId, ...]
    begun: int
    read: Callable[[CycleId], bytes]
    expired: Mapping[CycleId, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One step of the verification: what it looked at, what it proves, what speaks against it."""

    number: int
    title: str
    proves: str
    problems: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems


_STEPS: tuple[tuple[str, str], ...] = (
    ("leaves", "the log names each statement once, and can be read whole"),
    ("statements", "each statement that was ever logged is there with its very bytes"),
    ("chain", "each statement follows the one before it; none was taken out, put in or moved"),
    ("growth", "each statement was made when the log was as it now says it was"),
    ("checkpoint", "the log's own key vouches for exactly these leaves"),
    ("past checkpoints", "the log only grew: every dated checkpoint is a beginning of it"),
    ("witness", "the witness saw the same log"),
    ("numbers", "every cycle that was begun has its statement"),
)


def verify_history(logged: Logged, keys: tuple[NoteKey, ...]) -> tuple[HistoryStep, ...]:
    """Take all steps; a later one is told even where an earlier one failed, as far as it can be."""
    leaves: tuple[Leaf, ...] = ()
    problem: tuple[str, ...] = ()
    try:
        leaves = parse_leaves(logged.leaves)
    except HistoryBroken as error:
        problem = (str(error),)
    roots = (EMPTY_ROOT, *grow(leaf.hash for leaf in leaves))
    ties = {leaf.cycle: _tie_of(logged.read(leaf.cycle)) for leaf in leaves}
    found = (
        (*problem, *_doubled(leaves)),
        _statements(leaves, logged),
        _chain(leaves, ties, logged),
        _growth(leaves, ties, roots),
        _vouched("checkpoint", logged.checkpoint, logged, keys, roots, is_whole=True),
        _past(logged.dated, logged, keys, roots),
        _past(logged.cosigned, logged, keys, roots),
        _numbers(leaves, logged),
    )
    return tuple(
        HistoryStep(number, title, proves, tuple(problems))
        for number, ((title, proves), problems) in enumerate(zip(_STEPS, found, strict=True), start=1)
    )


def read_tie(statement: bytes) -> Tie:
    """What a statement says of the log before it. Raises HistoryBroken."""
    tie = _tie_of(statement)
    if tie is None:
        raise HistoryBroken("a statement does not say what comes before it")
    return tie


def _doubled(leaves: tuple[Leaf, ...]) -> Iterator[str]:
    seen: set[CycleId] = set()
    for leaf in leaves:
        if leaf.cycle in seen:
            yield f"{leaf.cycle} is logged twice"
        seen.add(leaf.cycle)


def _statements(leaves: tuple[Leaf, ...], logged: Logged) -> Iterator[str]:
    for leaf in leaves:
        statement = logged.read(leaf.cycle)
        if not statement and logged.expired.get(leaf.cycle) == leaf.sha256:
            continue
        if not statement:
            yield f"{leaf.cycle} is missing: the log has it, and there is no statement"
        elif not leaf.fits(statement):
            yield f"{leaf.cycle} was rewritten: its statement is not the one that was logged"


def _chain(leaves: tuple[Leaf, ...], ties: Mapping[CycleId, Tie | None], logged: Logged) -> Iterator[str]:
    before = (0, "")
    for leaf in leaves:
        tie = ties[leaf.cycle]
        if tie is None and logged.read(leaf.cycle):
            yield f"{leaf.cycle} does not say which statement it follows"
        elif tie and (tie.sequence, tie.digest) != before:
            named = f"{leaf.cycle.study:03d}-{tie.sequence:05d}" if tie.sequence else "nothing"
            yield f"{leaf.cycle} follows {named} by its own word, and the log has another one before it"
        before = (leaf.cycle.sequence, leaf.sha256)


def _growth(leaves: tuple[Leaf, ...], ties: Mapping[CycleId, Tie | None], roots: tuple[bytes, ...]) -> Iterator[str]:
    for size, leaf in enumerate(leaves):
        tie = ties[leaf.cycle]
        if tie and (tie.size, tie.root) != (size, roots[size].hex()):
            yield f"{leaf.cycle} was made over another log of {tie.size} leaves than the one before it"


def _vouched(
    name: str, content: bytes, logged: Logged, keys: tuple[NoteKey, ...], roots: tuple[bytes, ...], *, is_whole: bool
) -> tuple[str, ...]:
    try:
        found = read_checkpoint(content, logged.origin, keys)
    except HistoryBroken as error:
        return (f"{name}: {error}",)
    size = len(roots) - 1
    if found.size > size or (is_whole and found.size != size):
        return (f"{name}: it speaks of {found.size} leaves, and the log has {size}",)
    if roots[found.size] != found.root:
        return (f"{name}: the log of {found.size} leaves had another root; its past was rewritten",)
    return ()


def read_checkpoint(content: bytes, origin: str, keys: tuple[NoteKey, ...]) -> Checkpoint:
    """Read a checkpoint that one of the keys signed for a log. Raises HistoryBroken."""
    note = parse_note(content)
    names = {(line.name, line.identity) for line in note.signatures}
    known = [key for key in keys if (key.name, key.identity) in names]
    if not known:
        raise HistoryBroken("none of the trusted keys signed it")
    for key in known:
        check_note(note, key)
    found = Checkpoint.parse(note.text)
    if found.origin != origin:
        raise HistoryBroken(f"it is of the log {found.origin}, not of {origin}")
    return found


def _past(
    files: Mapping[str, bytes], logged: Logged, keys: tuple[NoteKey, ...], roots: tuple[bytes, ...]
) -> Iterator[str]:
    for name in sorted(files):
        yield from _vouched(name, files[name], logged, keys, roots, is_whole=False)


def _numbers(leaves: tuple[Leaf, ...], logged: Logged) -> Iterator[str]:
    sealed, recorded = {leaf.cycle for leaf in leaves}, set(logged.recorded)
    for cycle in sorted(recorded - sealed):
        if logged.read(cycle):
            yield f"{cycle} was inserted: it has a statement that the log does not have"
        else:
            yield f"{cycle} is not sealed"
    known = {cycle.sequence for cycle in sealed | recorded | logged.expired.keys()}
    study = next(iter(sealed | recorded)).study if known else 0
    for sequence in range(1, max((logged.begun, *known)) + 1):
        if sequence not in known:
            yield f"{study:03d}-{sequence:05d} is missing: it was begun, and there is no record"


def _tie_of(statement: bytes) -> Tie | None:
    try:
        cycle: Any = json.loads(statement)["predicate"]["cycle"]
        previous, before = cycle["previous"], cycle["checkpointBefore"]
        tie = Tie(previous["sequence"], previous["digest"], before["size"], before["root"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    is_typed = all(isinstance(number, int) for number in (tie.sequence, tie.size)) and all(
        isinstance(text, str) for text in (tie.digest, tie.root)
    )
    return tie if is_typed else None

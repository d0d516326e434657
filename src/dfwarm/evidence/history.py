"""
What is between statements: that none is missing, moved, inserted or rewritten, step by step, each with what it proves.

Bytes in, findings out. The keys come from outside; a log that brings its own keys proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dfwarm.errors import AuditBroken, HistoryBroken
from dfwarm.evidence.cosigning import unsigned_by_witness
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.logged import Logged, View
from dfwarm.evidence.renewed import Renewed, unrenewed
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.vouching import read_checkpoint
from dfwarm.facts.audit import anchored, read_trail
from dfwarm.terms import CycleId, StudyNumber


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


@dataclass(frozen=True, slots=True)
class LogStep:
    """One step: its title, what it proves, and what speaks against that."""

    title: str
    proves: str
    problems: Callable[[View], Iterable[str]]


def verify_history(logged: Logged, trusted: LogTrust, steps: Iterable[LogStep] = ()) -> tuple[HistoryStep, ...]:
    """Take all steps; a later one is told even where an earlier one failed, as far as it can be."""
    view = View(logged, trusted)
    return tuple(
        HistoryStep(number, step.title, step.proves, tuple(step.problems(view)))
        for number, step in enumerate(steps or LOG_STEPS, start=1)
    )


def say_log_step(study: StudyNumber, step: HistoryStep) -> str:
    """A line for a step over a log, or one for each thing that speaks against it."""
    if step.is_sound:
        return f"history {study:03d}  {step.number:>2}  {step.title}: {step.proves}"
    return "\n".join(f"REFUSED  history {study:03d}  {step.number}  {step.title}: {says}" for says in step.problems)


def _leaves(view: View) -> Iterator[str]:
    yield from view.problem
    seen: set[CycleId] = set()
    for leaf in view.leaves:
        if leaf.cycle in seen:
            yield f"{leaf.cycle} is logged twice"
        seen.add(leaf.cycle)


def _statements(view: View) -> Iterator[str]:
    for leaf in view.leaves:
        statement = view.statements[leaf.cycle]
        is_let_go = view.logged.expired.get(leaf.cycle) == leaf.sha256
        if not statement and (is_let_go or view.logged.is_elsewhere(leaf.cycle)):
            continue
        if not statement:
            yield f"{leaf.cycle} is missing: the log has it, and there is no statement"
        elif not leaf.fits(statement):
            yield f"{leaf.cycle} was rewritten: its statement is not the one that was logged"


def _chain(view: View) -> Iterator[str]:
    before = (0, "")
    for leaf in view.leaves:
        tie = view.ties[leaf.cycle]
        if tie is None and view.statements[leaf.cycle]:
            yield f"{leaf.cycle} does not say which statement it follows"
        elif tie and (tie.sequence, tie.digest) != before:
            named = f"{leaf.cycle.study:03d}-{tie.sequence:05d}" if tie.sequence else "nothing"
            yield f"{leaf.cycle} follows {named} by its own word, and the log has another one before it"
        before = (leaf.cycle.sequence, leaf.sha256)


def _growth(view: View) -> Iterator[str]:
    for size, leaf in enumerate(view.leaves):
        tie = view.ties[leaf.cycle]
        if tie and (tie.size, tie.root) != (size, view.roots[size].hex()):
            yield f"{leaf.cycle} was made over another log of {tie.size} leaves than the one before it"


def _checkpoint(view: View) -> tuple[str, ...]:
    return _vouched("checkpoint", view.logged.checkpoint, view, is_whole=True)


def _dated(view: View) -> Iterator[str]:
    return _past(view.logged.dated, view)


def _witness(view: View) -> Iterator[str]:
    logged = view.logged
    yield from unsigned_by_witness(logged.cosigned, logged.signatures, view.trusted.witnesses)
    yield from _past(logged.cosigned, view)


def _renewals(view: View) -> Iterator[str]:
    logged = view.logged
    return unrenewed(
        Renewed(
            origin=logged.origin,
            files=logged.renewals,
            cycles=tuple(leaf.cycle for leaf in view.leaves),
            roots=view.roots,
            read=logged.read,
            is_gone=lambda cycle: cycle in logged.expired or logged.is_elsewhere(cycle),
            authorities=view.trusted.authorities,
            trail=logged.audit,
        )
    )


def _audit(view: View) -> Iterator[str]:
    heads = [(str(leaf.cycle), view.heads[leaf.cycle]) for leaf in view.leaves]
    try:
        trail = read_trail(view.logged.audit)
    except AuditBroken as error:
        yield str(error)
    else:
        yield from anchored(trail, tuple(head for head in heads if head[1]))


def _vouched(name: str, content: bytes, view: View, *, is_whole: bool) -> tuple[str, ...]:
    try:
        found = read_checkpoint(content, view.logged.origin, view.trusted.keys)
    except HistoryBroken as error:
        return (f"{name}: {error}",)
    size = len(view.roots) - 1
    if found.size > size or (is_whole and found.size != size):
        return (f"{name}: it speaks of {found.size} leaves, and the log has {size}",)
    if view.roots[found.size] != found.root:
        return (f"{name}: the log of {found.size} leaves had another root; its past was rewritten",)
    return ()


def _past(files: Mapping[str, bytes], view: View) -> Iterator[str]:
    for name in sorted(files):
        yield from _vouched(name, files[name], view, is_whole=False)


def _numbers(view: View) -> Iterator[str]:
    logged = view.logged
    sealed, recorded = {leaf.cycle for leaf in view.leaves}, set(logged.recorded)
    for cycle in sorted(recorded - sealed):
        if logged.read(cycle, STATEMENT):
            yield f"{cycle} was inserted: it has a statement that the log does not have"
        else:
            yield f"{cycle} is not sealed"
    known = {cycle.sequence for cycle in sealed | recorded | logged.expired.keys()}
    study = next(iter(sealed | recorded)).study if known else 0
    for sequence in range(1, max((logged.begun, *known)) + 1):
        if sequence not in known and logged.is_whole:
            yield f"{study:03d}-{sequence:05d} is missing: it was begun, and there is no record"


LOG_STEPS: tuple[LogStep, ...] = (
    LogStep("leaves", "the log names each statement once, and can be read whole", _leaves),
    LogStep("statements", "each statement that was ever logged is there with its very bytes", _statements),
    LogStep("chain", "each statement follows the one before it; none was taken out, put in or moved", _chain),
    LogStep("growth", "each statement was made when the log was as it now says it was", _growth),
    LogStep("checkpoint", "the log's own key vouches for exactly these leaves", _checkpoint),
    LogStep("past checkpoints", "the log only grew: every dated checkpoint is a beginning of it", _dated),
    LogStep("witness", "the witness saw the same log, and signed that itself", _witness),
    LogStep("numbers", "every cycle that was begun has its statement", _numbers),
    LogStep("renewals", "newer time-stamps vouch for the seals that were renewed", _renewals),
    LogStep("audit trail", "what operators did is written down whole, as the statements name it", _audit),
)

"""
The ledger: what dfwarm did, written before it does it.

One JSON object a line. Each line holds the SHA-256 of the line before it, so a line that is changed, dropped or
moved breaks the chain. A line that a crash cut short is kept and acknowledged by the next one.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm import wire
from dfwarm.errors import LedgerBroken
from dfwarm.terms import CycleId, read_time

_KEYS = frozenset({"at", "act", "cycle", "detail", "previous"})

GENESIS = "0" * 64
"""What the first line names as the line before it."""


class Act(StrEnum):
    """What a line announces. An effect's line is on disk before the effect."""

    CYCLE_BEGUN = "cycle begun"
    STEP_BEGUN = "step begun"
    STEP_DONE = "step done"
    STEP_FAILED = "step failed"
    HOLD = "hold production"
    RELEASE = "release production"
    STOP = "stop standby"
    START = "start standby"
    RESTORED = "restored"
    WARM = "warm pass"
    WATCH = "watchdog armed"
    WATCH_ENDED = "watchdog ended"
    FREEZE = "freeze production"
    SNAPSHOT = "snapshot"
    FROZEN = "frozen"
    THAW = "thaw production"
    THAWED = "thawed"
    TRANSFER = "transfer"
    RECORD = "write record"
    LETTER = "send letter"
    CYCLE_CLOSED = "cycle closed"
    TORN_LINE = "torn line"
    OPERATOR = "operator"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the ledger. `cycle` is empty where an operator acted outside a cycle."""

    at: datetime
    act: Act
    cycle: str
    detail: dict[str, str]
    previous: str

    def encode(self) -> bytes:
        """Write the line with its newline."""
        return wire.dump_line(self)


def digest_of(encoded: bytes) -> str:
    """The SHA-256 by which the next line names this one."""
    return hashlib.sha256(encoded).hexdigest()


def read_ledger(content: bytes) -> tuple[Line, ...]:
    """
    Read every line and hold the chain. Raises LedgerBroken with the number of the first line that does not fit.

    A torn line, one that is no JSON object because a crash cut it short, is accepted only where the next line
    acknowledges it by its digest.
    """
    lines: list[Line] = []
    previous, torn = GENESIS, ""
    for number, encoded in enumerate(content.splitlines(keepends=True), start=1):
        line = _read_line(encoded)
        if line is None:
            if torn:
                raise LedgerBroken(f"ledger line {number} is cut short after another torn line")
            torn = digest_of(encoded)
            continue
        if torn and (line.act is not Act.TORN_LINE or line.detail.get("sha256") != torn):
            raise LedgerBroken(f"ledger line {number - 1} is unreadable and line {number} does not acknowledge it")
        if line.previous != previous:
            raise LedgerBroken(f"ledger line {number} does not follow the line before it")
        lines.append(line)
        previous, torn = digest_of(encoded), ""
    if torn:
        raise LedgerBroken("the last line of the ledger is cut short and not acknowledged")
    return tuple(lines)


def torn_tail(content: bytes) -> bytes:
    """The piece after the last complete line: what a crash left of a line. Empty in a sound ledger."""
    tail = content[content.rfind(b"\n") + 1 :]
    if tail or not content:
        return tail
    last = content[:-1].rpartition(b"\n")[2] + b"\n"
    return last if _read_line(last) is None else b""


def is_whole(tail: bytes) -> bool:
    """Tell whether a tail lacks nothing but its newline."""
    return bool(tail) and _read_line(tail) is not None


def lines_of(lines: tuple[Line, ...], cycle: CycleId) -> tuple[Line, ...]:
    """The lines of one cycle, in order."""
    return tuple(line for line in lines if line.cycle == str(cycle))


def _read_line(encoded: bytes) -> Line | None:
    try:
        value = json.loads(encoded)
    except ValueError:
        return None
    try:
        return _read_value(value)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerBroken(f"ledger line is not a line of this ledger: {encoded[:80]!r}") from error


def _read_value(value: object) -> Line:
    """Read a line by hand: a ledger of years is read at each start, and the reader of any value is 50 times slower."""
    if not isinstance(value, dict) or value.keys() != _KEYS:
        raise TypeError("not the keys of a line")
    detail, cycle, previous = value["detail"], value["cycle"], value["previous"]
    texts = (cycle, previous, *detail, *detail.values())
    if not isinstance(detail, dict) or not all(isinstance(text, str) for text in texts):
        raise TypeError("not the values of a line")
    return Line(read_time(value["at"]), Act(value["act"]), cycle, detail, previous)

"""
The leaves of a study's log, one a line of `leaves.txt`: the cycle, and the SHA-256 and SHA-512 of its statement.

The line with its newline is the leaf's content, so the root commits to both digests: two families fail less likely
at once, and anybody recomputes the tree from the text alone.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.merkle import leaf_hash
from dfwarm.terms import CycleId

_LINE = re.compile(r"(\d{3}-\d{5,}) ([0-9a-f]{64}) ([0-9a-f]{128})\n")


@dataclass(frozen=True, slots=True)
class Leaf:
    """One statement of the log."""

    cycle: CycleId
    sha256: str
    sha512: str

    @classmethod
    def of(cls, cycle: CycleId, statement: bytes) -> Self:
        """The leaf of a statement."""
        return cls(cycle, hashlib.sha256(statement).hexdigest(), hashlib.sha512(statement).hexdigest())

    @property
    def line(self) -> bytes:
        """The leaf's content."""
        return f"{self.cycle} {self.sha256} {self.sha512}\n".encode()

    @property
    def hash(self) -> bytes:
        """The leaf's hash in the tree."""
        return leaf_hash(self.line)

    def fits(self, statement: bytes) -> bool:
        """Whether it is the leaf of a statement."""
        return self == Leaf.of(self.cycle, statement)


def parse_leaves(content: bytes) -> tuple[Leaf, ...]:
    """Read `leaves.txt`. Raises HistoryBroken with the number of the first line that is no leaf."""
    return tuple(_read(line, number) for number, line in enumerate(content.splitlines(keepends=True), start=1))


def _read(line: bytes, number: int) -> Leaf:
    match = _LINE.fullmatch(line.decode("utf-8", "replace"))
    if not match:
        raise HistoryBroken(f"line {number} of leaves.txt is not a leaf: {line[:80]!r}")
    return Leaf(CycleId.parse(match[1]), match[2], match[3])

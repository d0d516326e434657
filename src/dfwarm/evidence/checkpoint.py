"""
Checkpoints of a log (C2SP tlog-checkpoint v1): which log it is, how many leaves it has, what their root is.

Standard library only: the standby's gate writes with it the text that it cosigns.
"""

import base64
import re
from dataclasses import dataclass
from typing import Self

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.merkle import HASH_BYTES
from dfwarm.terms import StudyNumber

WITNESSED = "checkpoint.witnessed"
"""The file with the checkpoint that a witness signed; its signature lies beside it."""

_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


def origin_of(pair: str, study: StudyNumber) -> str:
    """The name of the log of one study of one pair."""
    return f"dfwarm/{pair}/{study:03d}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log at one size. The text is what is signed."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Three lines: origin, size, root."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text of a checkpoint. Raises HistoryBroken, also for lines beyond the three that dfwarm writes."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0] or not _SIZE.fullmatch(lines[1]):
            raise HistoryBroken(f"not a checkpoint of dfwarm: {text[:80]!r}")
        try:
            root = base64.b64decode(lines[2], validate=True)
        except ValueError as error:
            raise HistoryBroken(f"the root of the checkpoint is not base64: {lines[2][:80]!r}") from error
        found = cls(lines[0], int(lines[1]), root)
        if len(root) != HASH_BYTES or found.text != text:
            raise HistoryBroken(f"the root of the checkpoint is no SHA-256: {lines[2][:80]!r}")
        return found

"""What a gate says after it forced a root's file system to its disk."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flushed:
    """Everything that was written below a root before the question is on its disk."""

    folder: bytes
    milliseconds: int

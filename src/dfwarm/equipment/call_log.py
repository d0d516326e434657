"""
The log of calls on a gate's own host: one line a call, appended and never rewritten.

A call that changes something is announced by a line before it does; where that line cannot be written it is refused.
What opens again (thaw, start, release) is never refused for the log's sake: production is not left frozen.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.errors import AnswerRefused
from dfwarm.spelling import spell
from dfwarm.terms import spell_time

_WORDS_BYTES = 400
_HINT = "Make room for the log of calls on that host, or let its account write there ([gate] call_log)."


@dataclass(frozen=True, slots=True)
class CallLog:
    """A log of calls. An empty path is a log that cannot be written."""

    path: str
    function: str

    @property
    def problem(self) -> str:
        """Why it cannot be written; empty where it can."""
        try:
            os.close(self._open())
        except OSError as error:
            return f"{self.path or 'no place is configured for it'}: {error.strerror or error}"
        return ""

    def announce(self, command: bytes) -> None:
        """Say that a call will change something. Raises AnswerRefused where that cannot be written."""
        try:
            self._append(command, "begins", "-")
        except OSError as error:
            says = f"the log of calls cannot be written: {self.path or 'no place is configured for it'}"
            raise AnswerRefused(f"{says}: {error.strerror or error}", hint=_HINT) from error

    def note(self, command: bytes, outcome: str, began: float) -> bool:
        """Say how a call ended that began at a moment of the monotonic clock. False where that cannot be written."""
        try:
            self._append(command, outcome, f"{time.monotonic() - began:.3f}")
        except OSError:
            return False
        return True

    def _append(self, command: bytes, outcome: str, seconds: str) -> None:
        verb, _, details = spell(command[:_WORDS_BYTES]).partition(" ")
        cut = f" (+{len(command) - _WORDS_BYTES} bytes)" if len(command) > _WORDS_BYTES else ""
        words = (spell_time(datetime.now(UTC)), self.function, verb or "-", (details or "-") + cut, outcome, seconds)
        line = ("\t".join(words) + "\n").encode()
        descriptor = self._open()
        try:
            if os.write(descriptor, line) != len(line):
                raise OSError(28, "the line was cut")
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        if not self.path:
            raise OSError("the configuration that the gate reads has neither pair.state nor gate.call_log")
        Path(self.path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)

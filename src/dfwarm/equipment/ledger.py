"""The ledger on disk: appended to, fsynced, never rewritten."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Self

from dfwarm.equipment.durable import sync_folder
from dfwarm.errors import LedgerBroken
from dfwarm.facts.ledger import GENESIS, Act, Line, digest_of, is_whole, read_ledger, torn_tail


class Ledger:
    """An open ledger. Hold the pair's lock while one is open for writing."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self.path = path
        self._now = now
        self._previous = GENESIS
        self._lines: list[Line] = []

    @classmethod
    def open(cls, path: Path, now: Callable[[], datetime]) -> Self:
        """Open and check the whole chain. A line that a crash cut short is acknowledged. Raises LedgerBroken."""
        ledger = cls(path, now)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = path.read_bytes() if path.exists() else b""
        if is_whole(content[content.rfind(b"\n") + 1 :]):
            ledger._write(b"\n")
            content += b"\n"
        tail = torn_tail(content)
        sound = content[: len(content) - len(tail)]
        ledger._lines = list(read_ledger(sound))
        if sound:
            ledger._previous = digest_of(_last_readable(sound))
        if tail:
            ledger._acknowledge(tail)
        return ledger

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line so far."""
        return tuple(self._lines)

    @property
    def head(self) -> str:
        """The digest of the last line."""
        return self._previous

    def append(self, act: Act, cycle: str, **detail: str) -> Line:
        """Write one line and force it to disk before returning."""
        line = Line(self._now(), act, cycle, dict(sorted(detail.items())), self._previous)
        encoded = line.encode()
        self._write(encoded)
        self._previous = digest_of(encoded)
        self._lines.append(line)
        return line

    def _acknowledge(self, tail: bytes) -> None:
        whole = tail if tail.endswith(b"\n") else tail + b"\n"
        if whole != tail:
            self._write(b"\n")
        self.append(Act.TORN_LINE, "", sha256=digest_of(whole))

    def _write(self, encoded: bytes) -> None:
        is_new = not self.path.exists()
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.write(descriptor, encoded) != len(encoded):
                    raise LedgerBroken(f"ledger {self.path} took only a part of a line")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise LedgerBroken(f"ledger {self.path} cannot be written: {error.strerror}") from error


def _last_readable(content: bytes) -> bytes:
    """The last line that is part of the chain; an acknowledged torn line never is the last."""
    return content.splitlines(keepends=True)[-1]

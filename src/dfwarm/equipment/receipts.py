"""The receipts on disk: one line each, forced to disk, never rewritten."""

import fcntl
import os
from dataclasses import dataclass, field
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import sync_folder
from dfwarm.errors import AnswerRefused, CopyFailed
from dfwarm.evidence.receipt import Receipt


@dataclass(slots=True)
class Receipts:
    """The receipts of one pair, read once. Several processes may add to them: each line is written under a lock."""

    path: Path
    _known: list[Receipt] = field(default_factory=list)
    _is_read: bool = False

    def all(self) -> tuple[Receipt, ...]:
        """Every receipt; one that a crash cut short never was one. Raises CopyFailed where another is damaged."""
        if not self._is_read:
            content = self.path.read_bytes() if self.path.exists() else b""
            try:
                self._known = [wire.load(Receipt, line) for line in content[: content.rfind(b"\n") + 1].splitlines()]
            except AnswerRefused as error:
                raise CopyFailed(f"receipts {self.path}: {error}") from error
            self._is_read = True
        return tuple(self._known)

    def add(self, receipt: Receipt) -> None:
        """Write one. What a crash left of a line before it is cut off."""
        self.all()
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            end = os.fstat(descriptor).st_size
            if end and os.pread(descriptor, 1, end - 1) != b"\n":
                end = self.path.read_bytes().rfind(b"\n") + 1
            os.ftruncate(descriptor, end)
            os.pwrite(descriptor, wire.dump_line(receipt), end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self.path.parent)
        self._known.append(receipt)

"""The audit trail on disk: appended to and fsynced, by one process at a time, never rewritten and never off."""

import fcntl
import os
import pwd
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dfwarm.equipment.durable import sync_folder
from dfwarm.errors import AuditBroken
from dfwarm.facts.audit import GENESIS, TORN, Actor, Entry
from dfwarm.facts.chain import digest_of, is_torn


def actor_of_process(by: str = "") -> Actor:
    """Whoever runs this process. A name that the system does not know is said by its number."""
    number = os.geteuid()
    try:
        account = pwd.getpwuid(number).pw_name
    except KeyError:
        account = f"uid {number}"
    return Actor(account, os.environ.get("SUDO_USER", ""), " ".join(by.split()))


@dataclass(frozen=True, slots=True)
class AuditTrail:
    """The trail below a pair's state folder."""

    path: Path
    now: Callable[[], datetime]

    @property
    def head(self) -> str:
        """The digest of the last whole line; the genesis where there is none."""
        lines = [line for line in self.content.splitlines(keepends=True)[-2:] if not is_torn(line)]
        return digest_of(lines[-1]) if lines else GENESIS

    @property
    def content(self) -> bytes:
        """The whole file."""
        try:
            return self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise AuditBroken(f"audit trail {self.path} cannot be read: {error.strerror}") from error

    def append(
        self, act: str, subject: str, *, by: str = "", reason: str = "", before: str = "", after: str = ""
    ) -> None:
        """Write one entry and force it to disk. Raises AuditBroken: an act that cannot be written down is not done."""
        entry = Entry(self.now(), actor_of_process(by), act, subject, reason, before, after, GENESIS)
        with self._alone() as descriptor:
            torn = self._tie_up(descriptor)
            if torn:
                note = replace(entry, act=TORN, subject="audit trail", reason="", before="", after="")
                self._write(descriptor, replace(note, previous=self.head, acknowledged=torn))
            self._write(descriptor, replace(entry, previous=self.head))

    def _tie_up(self, descriptor: int) -> str:
        """End a line that a crash cut short; returns its digest, or nothing where there is none."""
        content = self.content
        tail = content[content.rfind(b"\n", 0, -1) + 1 :]
        if not tail or not is_torn(tail):
            return ""
        if tail.endswith(b"\n"):
            return digest_of(tail)
        self._append(descriptor, b"\n")
        return digest_of(tail + b"\n") if is_torn(tail + b"\n") else ""

    def _write(self, descriptor: int, entry: Entry) -> None:
        self._append(descriptor, entry.encode())

    def _append(self, descriptor: int, encoded: bytes) -> None:
        try:
            if os.write(descriptor, encoded) != len(encoded):
                raise AuditBroken(f"audit trail {self.path} took only a part of a line")
            os.fsync(descriptor)
        except OSError as error:
            raise AuditBroken(f"audit trail {self.path} cannot be written: {error.strerror}") from error

    @contextmanager
    def _alone(self) -> Iterator[int]:
        is_new = not self.path.exists()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if is_new:
                sync_folder(self.path.parent)
        except OSError as error:
            raise AuditBroken(f"audit trail {self.path} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

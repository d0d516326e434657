"""
Letters that wait for the mail server, and receipts for those that it took.

`waiting/ID.json` is written before the first try and leaves only after `sent/ID.json` is on disk. ID is the letter's
own digest, so that a letter with a receipt is never sent again.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import sync_folder, write_durably
from dfwarm.equipment.mail import Refusal
from dfwarm.errors import AnswerRefused, MailUndelivered
from dfwarm.evidence.envelope import letter_id
from dfwarm.evidence.letter import Letter

_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class WaitingLetter:
    """A letter and what became of it so far. `reason` is that of the last try; no try yet leaves it empty."""

    letter: Letter
    written_at: datetime
    accepted: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    tries: int = 0
    reason: str = ""

    @property
    def identity(self) -> str:
        """The letter's own digest."""
        return letter_id(self.letter)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the mail server took, and for whom. It is proof against sending a letter twice."""

    identity: str
    subject: str
    delivered_at: datetime
    accepted: tuple[str, ...]
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Damaged:
    """A file of the spool that cannot be read. It is left alone and shown."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Spool:
    """The letters of one pair below one folder."""

    folder: Path

    def keep(self, waiting: WaitingLetter) -> None:
        """Write a waiting letter down, in place of its earlier state."""
        self._write("waiting", waiting.identity, wire.dump_indented(waiting))

    def settle(self, receipt: Receipt) -> None:
        """Write the receipt, then take the letter out."""
        self._write("sent", receipt.identity, wire.dump_indented(receipt))
        waiting = self._path("waiting", receipt.identity)
        if waiting.exists():
            waiting.unlink()
            sync_folder(waiting.parent)

    def waiting(self) -> tuple[WaitingLetter | Damaged, ...]:
        """The letters that wait, oldest first; files that cannot be read come last."""
        found = [_read(path) for path in sorted(self._path("waiting", "x").parent.glob("*.json"))]
        letters = [entry for entry in found if isinstance(entry, WaitingLetter)]
        damaged = [entry for entry in found if isinstance(entry, Damaged)]
        return (*sorted(letters, key=lambda entry: (entry.written_at, entry.identity)), *damaged)

    def find(self, identity: str) -> WaitingLetter | Damaged | None:
        """The waiting letter of this digest, if there is one."""
        path = self._path("waiting", identity)
        return _read(path) if path.exists() else None

    def receipt(self, identity: str) -> Receipt | None:
        """The receipt of a letter, if it was taken."""
        path = self._path("sent", identity)
        try:
            return wire.load(Receipt, path.read_bytes()) if path.exists() else None
        except (OSError, AnswerRefused) as error:
            raise MailUndelivered(
                f"receipt {path} cannot be read, so the letter may have been sent: {error}"
            ) from error

    @contextmanager
    def held(self, at_most_seconds: float) -> Iterator[bool]:
        """Be the only one who sends, or hear False after a while: a cycle never waits long for another's letter."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise MailUndelivered(f"the spool {self.folder} cannot be locked: {error.strerror}") from error
        try:
            yield _lock(descriptor, time.monotonic() + at_most_seconds, time.sleep)
        finally:
            os.close(descriptor)

    def _path(self, kind: str, identity: str) -> Path:
        return self.folder / kind / f"{identity}.json"

    def _write(self, kind: str, identity: str, text: str) -> None:
        path = self._path(kind, identity)
        for folder in (self.folder, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(path, f"{text}\n".encode())


def _read(path: Path) -> WaitingLetter | Damaged:
    try:
        waiting = wire.load(WaitingLetter, path.read_bytes())
    except (OSError, AnswerRefused) as error:
        return Damaged(path, str(error))
    if waiting.identity != path.stem:
        return Damaged(path, "its name is not the digest of its letter")
    return waiting


def _lock(descriptor: int, until: float, sleep: Callable[[float], None]) -> bool:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            sleep(_POLL_SECONDS)
        else:
            return True

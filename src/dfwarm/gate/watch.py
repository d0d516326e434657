"""
One freeze in the ledger of its own host, which the gate and the watchdog both write: one small file a cycle.

A line is on disk before its effect. The lock is held for one line at a time and never for an effect, so that nobody
who hangs keeps the other one from thawing.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.ledger import Ledger
from dfwarm.errors import AnswerRefused, PairBusy
from dfwarm.facts.freeze import FreezeState, read_freeze
from dfwarm.facts.ledger import Act, Line
from dfwarm.facts.site import HostSite
from dfwarm.gate.state import state_folder
from dfwarm.terms import StudyNumber

_CYCLE = re.compile(r"\d{3}-\d{5,9}")
KEPT_CYCLES = 200
"""Ledgers of so many freezes stay on this host; the record of each cycle has its own copy."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Where the files of one freeze lie on this host."""

    folder: Path
    study: StudyNumber
    cycle: str

    @property
    def ledger(self) -> Path:
        """The ledger of this freeze."""
        return self.folder / f"{self.cycle}.jsonl"

    @property
    def beat(self) -> Path:
        """A file whose time moves while somebody asks."""
        return self.folder / f"{self.cycle}.beat"

    @property
    def closing_lock(self) -> Path:
        """The lock of whoever is about to close the study."""
        return self.folder / f"{self.cycle}.closing"

    @property
    def study_lock(self) -> Path:
        """The lock that a watchdog holds as long as it lives."""
        return self.folder / f"{self.study:03d}.lock"

    def write(self, act: Act, **detail: str) -> FreezeState:
        """Write one line, and say what all lines add up to."""
        with self._locked():
            ledger = Ledger.open(self.ledger, _now)
            ledger.append(act, self.cycle, **detail)
            return read_freeze(ledger.lines)

    def write_unless(self, held: str, act: Act, **detail: str) -> bool:
        """Write one line unless the state already holds what it would say; tell whether it was written."""
        with self._locked():
            ledger = Ledger.open(self.ledger, _now)
            if getattr(read_freeze(ledger.lines), held):
                return False
            ledger.append(act, self.cycle, **detail)
            return True

    def lines(self) -> tuple[Line, ...]:
        """Every line so far; none where this host knows nothing of the freeze."""
        if not self.ledger.exists():
            return ()
        with self._locked():
            return Ledger.open(self.ledger, _now).lines

    def state(self) -> FreezeState:
        """What the lines add up to."""
        return read_freeze(self.lines())

    def touch(self) -> None:
        """Say that somebody still asks."""
        descriptor = os.open(self.beat, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.utime(descriptor)
        finally:
            os.close(descriptor)

    def newest_beat(self) -> int:
        """When a controller of this study last gave a sign of life for any freeze, in nanoseconds; 0 where none did."""
        beats = self.folder.glob(f"{self.study:03d}-*.beat")
        return max((beat.stat().st_mtime_ns for beat in beats), default=0)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the study for one freeze. Raises PairBusy while another one watches it."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.study_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                said = os.pread(descriptor, 200, 0).decode("ascii", "replace").strip()
                raise PairBusy(
                    f"study {self.study:03d} is watched for another freeze: {said or 'unknown'}",
                    hint="Two controllers work on one study; stop one of them.",
                ) from error
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"cycle {self.cycle}, process {os.getpid()}\n".encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def is_held(self) -> bool:
        """Whether a watchdog lives that watches the study."""
        try:
            with self.held():
                return False
        except PairBusy:
            return True

    @contextmanager
    def closing(self) -> Iterator[None]:
        """Be seen to close the study. The kernel ends that when this process ends, however it ends."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.closing_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def is_closing(self) -> bool:
        """Whether a process lives that is about to close the study for this freeze."""
        try:
            descriptor = os.open(self.closing_lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.ledger.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def watch_of(site: HostSite, study: StudyNumber, cycle: str) -> Watch:
    """The files of one freeze. Raises AnswerRefused for what is no cycle of the study."""
    if not _CYCLE.fullmatch(cycle) or int(cycle[:3]) != study:
        raise AnswerRefused(f"not a cycle of study {study:03d}: {cycle[:40]!r}")
    return Watch(state_folder(site) / "freezes", study, cycle)


def _now() -> datetime:
    return datetime.now(UTC)

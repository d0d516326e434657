"""The lock of a pair: one controller at a time, freed by the kernel when its process ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dfwarm.errors import PairBusy

_PROBE_SECONDS = 0.3
"""Whoever only looks whether the lock is held holds it for an instant; that is no controller."""

_POLL_SECONDS = 0.02


@contextmanager
def pair_lock(path: Path) -> Iterator[None]:
    """Hold the lock, or raise PairBusy naming the process that holds it. The file is never deleted."""
    descriptor = _open(path)
    try:
        if not _take(descriptor, _PROBE_SECONDS):
            holder = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip() or "unknown"
            raise PairBusy(f"the pair is locked by process {holder}")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def is_pair_locked(path: Path) -> bool:
    """Whether a controller holds the lock now."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextmanager
def follow_lock(path: Path) -> Iterator[bool]:
    """Hold the lock of what is shipped between cycles, and say whether it was free."""
    descriptor = _open(path)
    try:
        yield _take(descriptor, 0)
    finally:
        os.close(descriptor)


def await_follower(path: Path, seconds: float) -> None:
    """Wait until nothing is shipped any more: whoever ships looks for a cycle and gives way. Raises PairBusy."""
    if not path.exists():
        return
    descriptor = _open(path)
    try:
        if not _take(descriptor, seconds):
            raise PairBusy(
                f"`dfwarm follow` did not give way within {seconds:g} s", hint="Stop it, then begin the cycle again."
            )
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _take(descriptor: int, seconds: float) -> bool:
    patience = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= patience:
                return False
            time.sleep(_POLL_SECONDS)
        else:
            return True

"""
The gate's sign of life while production is frozen: every question is one, and so is every second of work on one.

A timer of the kernel gives it, so that no thread runs beside the work; processes that are forked for the work do not
inherit it. A gate that waits for a question gives no sign: a controller that stopped asking is as good as gone.
"""

import contextlib
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dfwarm.facts.freeze import BEAT_SECONDS
from dfwarm.gate.watch import Watch

_watched: list[Watch] = []


def beat_for(watch: Watch) -> None:
    """Give signs of life for a freeze from now on."""
    _watched[:] = [watch]
    _beat()


def end_beat() -> None:
    """Give none any more."""
    _watched.clear()


@contextmanager
def at_work() -> Iterator[None]:
    """Give a sign now, and every second for the length of a block."""
    _beat()
    before = signal.signal(signal.SIGALRM, _on_alarm)
    signal.setitimer(signal.ITIMER_REAL, BEAT_SECONDS, BEAT_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _beat()


def _on_alarm(_number: int, _frame: FrameType | None) -> None:
    _beat()


def _beat() -> None:
    for watch in _watched:
        with contextlib.suppress(OSError):  # a sign that cannot be given is one that is missed, and thaws
            watch.touch()

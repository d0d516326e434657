"""
From when on nothing may have been written at a time point, and what was written since.

The kernel sets the change time of an entry, and no program can put it back. So what bears a later one than the begin
of the vendor's reports moved after them, even where it lies between no two looks.
"""

import time
from dataclasses import dataclass

from dfwarm.gate.kept import Witness
from dfwarm.manifest.block import integers

_TICK_SECONDS = 0.01
"""Change times are as coarse as the kernel's tick, which is no longer than this."""

_CTIME = 1
_WORK_OF_REPORTS = b"work"


@dataclass(frozen=True, slots=True)
class Begin:
    """
    When the vendor's reports for a time point began; 0 where none were run.

    `clock` is what the clock that can be set was ahead of the one that cannot: where it differs later, it was set.
    """

    at: int
    clock: int


_since: dict[int, Begin] = {}


def read_clock() -> int:
    """What the clock that can be set is ahead of the one that cannot, in nanoseconds."""
    return time.time_ns() - time.monotonic_ns()


def note_begin(study: int) -> None:
    """Nothing may be written from now on, if the next time point is to hold."""
    _since[study] = Begin(time.clock_gettime_ns(time.CLOCK_REALTIME), read_clock())
    time.sleep(_TICK_SECONDS)


def take_begin(study: int) -> Begin:
    """When the vendor's reports for the next time point began; now where none were run since the last one."""
    return _since.pop(study, None) or Begin(0, read_clock())


def written_since(begin: int, witness: Witness) -> list[bytes]:
    """
    Every entry that changed since then, by its own change time.

    The reports themselves may write below `work`. A time in the future is a clock that was set, and proves nothing.
    """
    now = time.time_ns()
    if not begin:
        return []
    found: list[bytes] = []
    for folder, memory in witness.now.items():
        width = len(memory.block.readings)
        changed = integers(memory.identities[_CTIME * width : (_CTIME + 1) * width])
        if not width or max(changed) <= begin or folder.split(b"/")[0] == _WORK_OF_REPORTS:
            continue
        names = memory.block.list_names()
        found += [
            memory.block.path_of(names[row])
            for row, at in enumerate(changed)
            if begin < at <= now and names[row] != _WORK_OF_REPORTS
        ]
    return found

"""What may happen to a cycle on its way: a process pauses or dies, the link is cut or stalls."""

import contextlib
import os
import random
import signal
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dfwarm.simulator.relay import Relay

_PAUSES = (0.3, 1.0, 2.0, 3.0, 10.0)
_POLL_SECONDS = 0.01


class Harm(StrEnum):
    """What is done."""

    NONE = "none"
    PAUSE = "pause"
    KILL = "kill"
    CUT = "cut the link"
    STALL = "stall the link"


class Victim(StrEnum):
    """To which process."""

    CONTROLLER = "controller"
    GATE = "gate"
    RSYNC = "rsync"
    SSH = "ssh"


@dataclass(frozen=True, slots=True)
class Mishap:
    """One thing that happens, so many seconds after a cycle began."""

    harm: Harm
    victim: Victim
    after_seconds: float
    pause_seconds: float

    def say(self) -> str:
        """In words."""
        whom = f" {self.victim}" if self.harm in {Harm.PAUSE, Harm.KILL} else ""
        length = f" for {self.pause_seconds:g} s" if self.harm in {Harm.PAUSE, Harm.STALL} else ""
        return "nothing" if self.harm is Harm.NONE else f"{self.harm}{whom}{length} after {self.after_seconds:.2f} s"


def draw_mishap(chance: random.Random, *, share: float, usual_seconds: float) -> Mishap:
    """What happens to a cycle that usually takes so long. Every draw takes the same numbers, so a seed repeats it."""
    is_harmed = chance.random() < share
    harm = chance.choice((Harm.PAUSE, Harm.KILL, Harm.KILL, Harm.CUT, Harm.STALL))
    victim, part, pause = chance.choice(tuple(Victim)), chance.random(), chance.choice(_PAUSES)
    return Mishap(harm if is_harmed else Harm.NONE, victim, part * usual_seconds, pause)


@dataclass(frozen=True, slots=True)
class Players:
    """Who takes part in a cycle: the controller and all that it started, and the gates of this stage alone."""

    controller: int
    stage: Path

    def find(self, victim: Victim) -> list[int]:
        """The processes of one kind that live now."""
        own = self._started()
        if victim is Victim.CONTROLLER:
            return [self.controller]
        if victim is Victim.SSH:
            return [process for process in own if _words(process)[:1] == [b"ssh"]]
        gates = [process for process in _processes() if self._is_gate(process)]
        if victim is Victim.GATE:
            return gates
        everybody = {*own, *_below(set(gates))}
        return [process for process in everybody if os.path.basename((_words(process) or [b""])[0]) == b"rsync"]

    def _started(self) -> set[int]:
        return _below({self.controller})

    def _is_gate(self, process: int) -> bool:
        words = _words(process)
        return b"dfwarm.gate" in words and any(word.startswith(os.fsencode(self.stage)) for word in words)


def harm(mishap: Mishap, players: Players, relay: Relay, is_over: threading.Event) -> bool:
    """Let it happen, unless the cycle ends before. Says whether it did."""
    if mishap.harm is Harm.NONE or is_over.wait(mishap.after_seconds):
        return False
    if mishap.harm is Harm.CUT:
        relay.cut()
        return True
    if mishap.harm is Harm.STALL:
        relay.stall(is_stalled=True)
        is_over.wait(mishap.pause_seconds)
        relay.stall(is_stalled=False)
        return True
    while not (found := players.find(mishap.victim)):
        if is_over.wait(_POLL_SECONDS):
            return False
    if mishap.harm is Harm.KILL:
        _signal(found, signal.SIGKILL)
        return True
    _signal(found, signal.SIGSTOP)
    time.sleep(mishap.pause_seconds)
    _signal(found, signal.SIGCONT)
    return True


def _signal(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _words(process: int) -> list[bytes]:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _below(roots: set[int]) -> set[int]:
    """Every process that descends from some."""
    parents: dict[int, int] = {}
    for process in _processes():
        with contextlib.suppress(OSError, IndexError):
            parents[process] = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    found = set(roots)
    while more := {process for process, parent in parents.items() if parent in found} - found:
        found |= more
    return found - roots

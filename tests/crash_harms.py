"""How each fault of the crash matrix is done, and how the surroundings are put right after it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crash_faults import SENT, Cell, Fault, Step, Who
from crash_stage import BUDGET_SECONDS, CrashStage

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), Path("/nonexistent"))
_PAUSE_SECONDS, _LONG_SECONDS = 3, BUDGET_SECONDS + 3
_SLOW_BYTES = 40_000
_CLOCKS = {Fault.CLOCK_BACK: "-3600", Fault.CLOCK_ON: "+3600"}
_DEAD = "127.0.0.1:9"
_SERVICES = {
    Fault.MAIL: '\n[mail]\nfrom = "dfwarm@example.org"\nto = ["ops@example.org"]\nhost = "127.0.0.1"\nport = 9\nsecurity = "starttls"\n',
    Fault.ARCHIVE: '\n[archive]\nplaces = [{ name = "vault", kind = "folder", folder = "/nonexistent/vault" }]\n',
}


@contextmanager
def surroundings(made: CrashStage, cell: Cell) -> Iterator[dict[str, str]]:
    """Prepare what a fault needs before the cycle begins, and give its environment."""
    config = made.stage.config
    usual = config.read_text()
    environment: dict[str, str] = {}
    if cell.fault in _SERVICES:
        config.write_text(usual + _SERVICES[cell.fault])
    if cell.fault is Fault.TSA:
        local = f'local_authority = "{made.stage.state}/tsa"'
        assert local in usual
        config.write_text(usual.replace(local, f'authorities = ["http://{_DEAD}/"]'))
    keys = made.stage.folder / "ssh" / "authorized_keys"
    lines = keys.read_text()
    if cell.fault in _CLOCKS:
        clock = _clock(made)
        clock.write_text("+0\n")
        faked = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(clock),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        if cell.who is Who.NEAR:
            environment = faked
        else:
            words = " ".join(f"{key}={value}" for key, value in faked.items())
            keys.write_text(lines.replace('command="', f'command="/usr/bin/env {words} '))
    try:
        yield environment
    finally:
        config.write_text(usual)
        keys.write_text(lines)


def harm(made: CrashStage, cell: Cell, controller: int, is_over: threading.Event) -> bool:
    """Do it. Says whether it happened before the cycle was over."""
    match cell.fault:
        case Fault.KILL | Fault.PAUSE:
            return _strike(made, cell, controller, is_over)
        case Fault.POWER:
            made.stop_host(cell.who, controller)
            _lose_power(made, cell)
            made.relay.stall(is_stalled=cell.who is Who.FAR)
            made.end_host(cell.who, controller)
            made.relay.cut()
            return True
        case Fault.EIO:
            _lose_power(made, cell)
            return True
        case Fault.CUT:
            made.relay.cut()
            return True
        case Fault.STALL:
            made.relay.stall(is_stalled=True)
            is_over.wait(_LONG_SECONDS)
            made.relay.stall(is_stalled=False)
            return True
        case Fault.SLOW:
            made.relay.slow(_SLOW_BYTES)
            is_over.wait(_LONG_SECONDS)
            made.relay.slow(0)
            return True
        case Fault.CLOCK_BACK | Fault.CLOCK_ON:
            _clock(made).write_text(f"{_CLOCKS[cell.fault]}\n")
            return True
        case Fault.SECOND:
            return _second(made)
        case _:
            for disk in made.disks_of(cell.who):
                {
                    Fault.FULL: disk.fill,
                    Fault.INODES: disk.use_up_inodes,
                    Fault.READ_ONLY: disk.turn_read_only,
                }[cell.fault]()
            return True


def mend(made: CrashStage, cell: Cell, *, happened: bool) -> None:
    """Put right what a fault did to the surroundings, as an operator does before `recover`."""
    made.relay.stall(is_stalled=False)
    made.relay.slow(0)
    if not happened:
        return
    if cell.fault in {Fault.FULL, Fault.INODES}:
        for disk in made.disks_of(cell.who):
            disk.make_room()
    if cell.fault in {Fault.POWER, Fault.EIO, Fault.READ_ONLY}:
        host = made.host_of(cell.who)
        made.end_host(host)
        made.boot_host(host)


def _strike(made: CrashStage, cell: Cell, controller: int, is_over: threading.Event) -> bool:
    is_rsync = cell.who in {Who.SENDER, Who.RECEIVER}
    if is_rsync and cell.step in SENT:
        made.relay.slow(_SLOW_BYTES * 4)
    while not (found := made.find(cell.who, controller)):
        if is_over.wait(0.01):
            return False
    if cell.fault is Fault.KILL:
        made.signal(found, signal.SIGKILL)
    else:
        made.signal(found, signal.SIGSTOP)
        is_over.wait(_LONG_SECONDS if cell.step is Step.FROZEN else _PAUSE_SECONDS)
        made.signal({number for number in found if number in made.find(cell.who, controller)}, signal.SIGCONT)
    made.relay.slow(0)
    return True


def _lose_power(made: CrashStage, cell: Cell) -> None:
    for disk in made.disks_of(cell.who):
        disk.lose_power()


def _second(made: CrashStage) -> bool:
    """Let another controller with its own locks run a whole cycle of the same pair beside the first."""
    other = made.stage.folder / "other.toml"
    argv = [sys.executable, "-m", "dfwarm", "--config", str(other), "cycle", "120"]
    subprocess.run(argv, capture_output=True, timeout=150, check=False)
    return True


def _clock(made: CrashStage) -> Path:
    return made.stage.folder / "clock"

"""
The stage of the crash matrix: a pair whose two hosts have disks of their own, a link that can be harmed, a sealed record.

The controller, the evidence and the standby are the near host; production and what its gate keeps are the far one,
behind an sshd and a relay. Both are on this machine: a host is its disks and its processes. Needs root and a loop device.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from crash_disk import CrashDisk
from crash_faults import Who
from dfwarm.simulator.mishaps import _below, _processes, _words
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.relay import Relay
from dfwarm.simulator.stage import Setting, Stage, set_stage

BUDGET_SECONDS = 15
SETTING = Setting(
    plans=(replace(SMALL, subjects=40),),
    freeze=f'mode = "access"\nbudget = "{BUDGET_SECONDS}s"\ndrain = "1s"',
    seals=True,
)
OTHER_STATE = "other"


def why_not() -> str:
    """Why no such stage can be set here, or nothing."""
    if os.geteuid():
        return "mounting a disk needs root"
    missing = [tool for tool in ("mkfs.ext4", "fsck.ext4", "findmnt", "losetup") if not shutil.which(tool)]
    if missing:
        return f"{', '.join(missing)} is not installed"
    if "\text4" not in Path("/proc/filesystems").read_text():
        return "this kernel has no ext4"
    free = subprocess.run(("losetup", "-f"), capture_output=True, check=False)
    return "this host has no loop device to spare" if free.returncode else ""


@dataclass(frozen=True, slots=True)
class CrashStage:
    stage: Stage
    relay: Relay
    disks: dict[str, CrashDisk]

    def disks_of(self, who: Who) -> tuple[CrashDisk, ...]:
        names = {
            Who.NEAR: ("state", "standby"),
            Who.FAR: ("production", "gate-state"),
            Who.STATE_DISK: ("state",),
            Who.STANDBY_DISK: ("standby",),
            Who.PRODUCTION_DISK: ("production", "gate-state"),
        }[who]
        return tuple(self.disks[name] for name in names)

    def host_of(self, who: Who) -> Who:
        return Who.FAR if who in {Who.FAR, Who.PRODUCTION_DISK} else Who.NEAR

    def find(self, who: Who, controller: int = 0) -> set[int]:
        """The processes of one player that live now. Without a controller only what stayed behind is found."""
        roots = {controller} if controller > 1 else set()
        if who is Who.CONTROLLER:
            return roots
        own = self._started(roots)
        if who is Who.STANDBY_GATE:
            return {number for number in own if _is_gate(number)}
        beyond = self._beyond() - own - roots
        if who is Who.PRODUCTION_GATE:
            return {number for number in beyond if _is_gate(number)}
        if who is Who.FAR:
            return beyond
        if who is Who.NEAR:
            return own | roots | self._serving(self.stage.standby.root)
        rsyncs = {number for number in own | beyond if _name(number) == b"rsync"}
        return {number for number in rsyncs if (b"--sender" in _words(number)) is (who is Who.SENDER)}

    def _started(self, roots: set[int]) -> set[int]:
        """What a controller started, and what bears its configuration: children of a dead one are nobody's."""
        marks = {os.fsencode(self.stage.config), os.fsencode(self.stage.folder / "other.toml")}
        marked = {number for number in _processes() if marks & set(_words(number))}
        return (_below(roots | marked) | marked) - roots

    def _beyond(self) -> set[int]:
        listener = int((self.stage.folder / "ssh" / "sshd.pid").read_text())
        mark = os.fsencode(self.stage.gate_config)
        watchers = {number for number in _processes() if mark in _words(number)}
        return _below({listener}) | watchers | _below(watchers) | self._serving(self.stage.production.root)

    def _serving(self, root: Path) -> set[int]:
        """The servers of an installation, and whatever else its programs run."""
        mark = os.fsencode(root / "datafax")
        return {number for number in _processes() if any(word.startswith(mark) for word in _words(number))}

    def signal(self, processes: set[int], number: signal.Signals) -> None:
        """Send a signal to processes of this stage. Where one is not of it, none gets a signal."""
        refuse_foreign(processes, os.fsencode(self.stage.folder))
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)

    def stop_host(self, who: Who, controller: int) -> None:
        """Let every process of a host stand still, so that none sees another one go."""
        self.signal(self.find(who, controller), signal.SIGSTOP)

    def end_host(self, who: Who, controller: int = 0) -> None:
        """Let a host die."""
        for _ in range(50):
            found = self.find(who, controller)
            self.signal(found, signal.SIGKILL)
            if not any(_lives(number) for number in found):
                return
            time.sleep(0.05)

    def boot_host(self, who: Who) -> None:
        """Mount its disks as they were left, and start its servers."""
        for disk in self.disks_of(who):
            disk.remount()
        (self.stage.production if who is Who.FAR else self.stage.standby).call("DFbootstrap")

    def sync(self) -> None:
        for disk in self.disks.values():
            disk.sync()

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "dfwarm", "--config", str(self.stage.config), *words]


def refuse_foreign(processes: set[int], mark: bytes) -> None:
    """Raise AssertionError where a process neither descends from this one nor names the folder of the stage."""
    own = _below({os.getpid()})
    for process in processes:
        is_ours = process in own or any(mark in word for word in _words(process)) or not _lives(process)
        assert process > 1 and process != os.getpid() and is_ours, f"process {process} is not of this stage"


def _lives(number: int) -> bool:
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _is_gate(number: int) -> bool:
    return any(word.startswith(b"dfwarm.gate") for word in _words(number))


def _name(number: int) -> bytes:
    return os.path.basename((_words(number) or [b""])[0])


def wait_until(condition: Callable[[], object], seconds: float) -> bool:
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def set_crash_stage(folder: Path) -> Iterator[CrashStage]:
    """Make the disks, set the stage upon them, make a key, and run one clean cycle."""
    folder.mkdir(parents=True)
    place = folder / "stage"
    with ExitStack() as stack:
        disks = {}
        for name in ("state", "standby", "production", "gate-state"):
            disks[name] = CrashDisk(folder / f"{name}.img", place / name)
            disks[name].make()
            stack.callback(_take_away, disks[name])
        stage = stack.enter_context(set_stage(place, SETTING))
        relay = stack.enter_context(Relay(_port(stage)))
        _reach_through(stage, relay.port)
        made = CrashStage(stage, relay, disks)
        stack.callback(_end_all, made)
        for words in (("keys", "init"), ("cycle", "120")):
            done = subprocess.run(made.command(*words), capture_output=True, timeout=120, check=False)
            if done.returncode:
                raise OSError(f"{words}: {done.stderr.decode()[-800:]}")
        _write_other(stage)
        yield made


def _end_all(made: CrashStage) -> None:
    for who in (Who.NEAR, Who.FAR):
        made.signal(made.find(who), signal.SIGKILL)


def _take_away(disk: CrashDisk) -> None:
    try:
        disk.unmount()
    except OSError:
        subprocess.run(("umount", "--lazy", disk.point), check=False)
    disk.image.unlink()


def _port(stage: Stage) -> int:
    return int(next(line for line in stage.config.read_text().splitlines() if line.startswith("port = "))[7:])


def _reach_through(stage: Stage, port: int) -> None:
    direct = _port(stage)
    known = stage.folder / "ssh" / "known_hosts"
    known.write_text(known.read_text() + known.read_text().replace(f":{direct} ", f":{port} "))
    text = stage.config.read_text().replace(f"port = {direct}\n", f"port = {port}\n")
    # A study this small deletes more than its share when harmed cycles have let work pile up.
    stage.config.write_text(text.replace("[transfer]\n", '[transfer]\ndelete_at_most = "50%"\n'))


def _write_other(stage: Stage) -> None:
    """A second controller: a state of its own, so no lock in common, and the same pair."""
    other = stage.folder / "other.toml"
    state = stage.folder / OTHER_STATE
    state.mkdir()
    for shared in ("freezes", "identity", "authority"):
        (state / shared).symlink_to(stage.state / shared)
    other.write_text(stage.config.read_text().replace(f'state = "{stage.state}"', f'state = "{state}"', 1))

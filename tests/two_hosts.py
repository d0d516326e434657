"""
Two hosts on this machine: a network namespace each, a cable between them, an sshd on the far one.

The controller and the standby live on the near host, production on the far one. Both share the disk and the table of
processes, so what dies or is cut off is a host's network and its processes, not its files. Needs root and `ip`.
"""

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from dfwarm.simulator.sshd import Place
from dfwarm.simulator.stage import PULL, Setting, Stage, set_stage

NEAR_ADDRESS, FAR_ADDRESS = "198.51.100.1", "198.51.100.2"


@dataclass(frozen=True, slots=True)
class TwoHosts:
    """A pair whose sides are apart."""

    stage: Stage
    near: str
    far: str

    @property
    def on_near(self) -> tuple[str, ...]:
        """The words that run a command on the controller's host."""
        return _within(self.near)

    def unplug(self) -> None:
        """Pull the cable out: both ends know."""
        ip("-n", self.near, "link", "set", "cable", "down")

    def stall(self) -> None:
        """Lose every packet to the controller's host, and tell nobody."""
        ip("-n", self.far, "route", "add", "blackhole", f"{NEAR_ADDRESS}/32")

    def mend(self) -> None:
        """Plug the cable in again and lose nothing more."""
        ip("-n", self.near, "link", "set", "cable", "up")
        subprocess.run(
            ("ip", "-n", self.far, "route", "del", "blackhole", f"{NEAR_ADDRESS}/32"), capture_output=True, check=False
        )

    def crash_near(self) -> None:
        """Let the controller's host die: every process of it at once, and its network with them."""
        self.unplug()
        for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first, so that none sees another one die
            for process in map(int, ip("netns", "pids", self.near).split()):
                os.kill(process, number)


@contextmanager
def two_hosts(folder: Path, setting: Setting) -> Iterator[TwoHosts]:
    """Set a stage on two hosts for the length of a block."""
    if os.geteuid() or not shutil.which("ip"):
        pytest.skip("network namespaces need root and the program ip")
    name = uuid.uuid4().hex[:8]
    near, far = f"dfn-{name}", f"dff-{name}"
    with ExitStack() as stack:
        for host in (near, far):
            made = subprocess.run(("ip", "netns", "add", host), capture_output=True, text=True, check=False)
            if made.returncode:
                pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")
            stack.callback(ip, "netns", "del", host)
        ip("-n", near, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", far)
        for host, address in ((near, NEAR_ADDRESS), (far, FAR_ADDRESS)):
            ip("-n", host, "address", "add", f"{address}/24", "dev", "cable")
            for link in ("lo", "cable"):
                ip("-n", host, "link", "set", link, "up")
        apart = replace(setting, arrangement=PULL, far=Place(FAR_ADDRESS, NEAR_ADDRESS, _within(far)))
        yield TwoHosts(stack.enter_context(set_stage(folder / "stage", apart)), near, far)


def _within(host: str) -> tuple[str, ...]:
    return ("ip", "netns", "exec", host)


def ip(*words: str) -> str:
    done = subprocess.run(("ip", *words), capture_output=True, check=False, text=True)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout

"""An sshd of our own on a loopback port: own host key, one account, two keys, each let in for one function."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dfwarm.equipment.process import run
from dfwarm.errors import HostUnreachable, ToolMissing
from dfwarm.facts.doors import KeyFunction
from dfwarm.facts.reach import SshReach
from dfwarm.plan.doors import DoorTerms, gate_line
from dfwarm.terms import HostName, Side

LOOPBACK = "127.0.0.1"
EXPIRES = "2099-12-31"
_CLIENT_KEYS = ("client_ed25519", "transfer_ed25519")

Argv = tuple[str, ...]
_LOCALHOST = HostName("localhost")
_PATIENCE_SECONDS = 10.0

_CONFIGURATION = """\
Port {port}
ListenAddress {place.address}
HostKey {folder}/host_ed25519
AuthorizedKeysFile {folder}/authorized_keys
PidFile {folder}/sshd.pid
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowAgentForwarding no
AllowTcpForwarding no
X11Forwarding no
PermitTTY no
PermitUserEnvironment no
PrintMotd no
LogLevel ERROR
"""


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where an sshd runs: its address, and from where it is reached.

    `within` are words before its own that start it elsewhere, as in a network namespace.
    """

    address: str = LOOPBACK
    reached_from: str = LOOPBACK
    within: Argv = ()


HERE = Place()


@dataclass(frozen=True, slots=True)
class LoopbackSshd:
    """A running sshd, how to reach it, and what its keys are let in for."""

    folder: Path
    reach: SshReach
    terms: DoorTerms


def loopback_sshd(folder: Path, forced_command: str) -> AbstractContextManager[LoopbackSshd]:
    """Run an sshd for the length of a block, that lets one key in to one command."""
    quoted = forced_command.replace("\\", "\\\\").replace('"', '\\"')
    terms = DoorTerms((LOOPBACK,), EXPIRES)
    return _run_sshd(folder, HERE, terms, lambda keys: (f'restrict,command="{quoted}" {keys[0]}',))


def gate_sshd(folder: Path, gate: Argv, side: Side, place: Place = HERE) -> AbstractContextManager[LoopbackSshd]:
    """Run an sshd for the length of a block, that lets one key in to the gate's verbs and one to its rsync."""
    terms = DoorTerms((place.reached_from,), EXPIRES, gate)
    functions = (KeyFunction.CONTROL, KeyFunction.of_transfer(side))
    return _run_sshd(folder, place, terms, lambda keys: map(partial(gate_line, terms, side), functions, keys))


@contextmanager
def _run_sshd(
    folder: Path, place: Place, terms: DoorTerms, let_in: Callable[[Argv], Iterable[str]]
) -> Iterator[LoopbackSshd]:
    """
    It needs no root, and lets in the account that started it.

    Raises ToolMissing where no sshd is installed and HostUnreachable where it does not come up.
    """
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise ToolMissing("program sshd is not installed", hint="Install the package openssh-server.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = _free_port()
    keys = _write_keys(folder, place.address, port)
    (folder / "authorized_keys").write_text("".join(f"{line}\n" for line in let_in(keys)))
    (folder / "sshd_config").write_text(_CONFIGURATION.format(port=port, folder=folder, place=place))
    _allow_separation()
    (folder / "sshd.pid").unlink(missing_ok=True)
    log = (folder / "sshd.log").open("wb")
    process = subprocess.Popen(
        [*place.within, program, "-D", "-e", "-f", str(folder / "sshd_config")],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        _wait_until_up(process, port, folder)
        client, transfer = (folder / name for name in _CLIENT_KEYS)
        reach = SshReach(place.address, port, getpass.getuser(), client, folder / "known_hosts", (transfer,))
        yield LoopbackSshd(folder, reach, terms)
    finally:
        _end(process)
        log.close()


def _write_keys(folder: Path, address: str, port: int) -> tuple[str, ...]:
    """Make the keys, pin the host's, and return the public halves of those that log in."""
    for name in ("host_ed25519", *_CLIENT_KEYS):
        if not (folder / name).exists():
            argv = ("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "dfwarm", "-f", str(folder / name))
            run(argv, host=_LOCALHOST, deadline_seconds=30)
    host_key = " ".join((folder / "host_ed25519.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[{address}]:{port} {host_key}\n")
    return tuple((folder / f"{name}.pub").read_text().strip() for name in _CLIENT_KEYS)


def _allow_separation() -> None:
    """When root runs sshd it wants its empty folder for privilege separation."""
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_up(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    """It writes its number when it listens, wherever that is."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        if (folder / "sshd.pid").exists():
            return
        time.sleep(0.02)
    said = (folder / "sshd.log").read_text(errors="replace").strip()[-300:]
    raise HostUnreachable(f"the sshd on port {port} did not come up: {said or 'no word'}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the listener and the sessions that it left: they are of its own session group."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    except ProcessLookupError:
        process.wait()

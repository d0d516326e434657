"""
The one file that starts processes.

argv tuples, never a shell string; every run has a deadline and yields a transcript. A child is told by the kernel
when its parent dies, so that no rsync outlives a controller that was killed.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.errors import DeadlinePassed, ToolMissing
from dfwarm.facts.fact import Transcript
from dfwarm.terms import HostName

OUTPUT_LIMIT = 1 << 30
"""Bytes of one stream that a run keeps; a program that says more is stopped."""

_GRACE_SECONDS = 5.0
_CHUNK = 1 << 18


def plain_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of every child: one locale, one zone, no `DFUSER`, nothing inherited but the way to tools."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK") if key in os.environ}
    return {"PATH": os.defpath, **kept, "LC_ALL": "C", "TZ": "UTC", **(extra or {})}


def run(
    argv: tuple[str, ...],
    *,
    host: HostName,
    deadline_seconds: float,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    listen: Callable[[bytes], None] | None = None,
    lends: tuple[int, ...] = (),
) -> Transcript:
    """
    Run a program to its end and keep everything that it said.

    `environment` adds to the plain one; `listen` hears standard output in pieces as it comes;
    `lends` are open descriptors that the program keeps. Raises ToolMissing
    where the program is not there and DeadlinePassed where it does not end; its whole process group is then ended.
    """
    began_at = datetime.now(UTC)
    with _start_guarded(argv, environment, lends) as process:
        try:
            stdout, stderr = _converse(process, stdin, time.monotonic() + deadline_seconds, listen)
        except BaseException:
            end_group(process)
            raise
        if stdout is None or stderr is None:
            end_group(process)
            raise DeadlinePassed(f"{argv[0]} on {host} did not end within {deadline_seconds:g} s")
        status = process.wait()
    return Transcript(host, argv, status, stdout, stderr, began_at, datetime.now(UTC))


def run_attended(argv: tuple[str, ...], *, stdin: bytes, deadline_seconds: float) -> tuple[int, bytes]:
    """
    Run a program that talks with the person at the terminal, and return its status and standard output.

    It keeps the terminal, where it may ask for a PIN or a touch; what it says there is not kept. Raises ToolMissing
    and DeadlinePassed.
    """
    asks = {key: os.environ[key] for key in ("TERM", "DISPLAY", "WAYLAND_DISPLAY", "SSH_ASKPASS") if key in os.environ}
    wanted = plain_environment(asks)
    if not shutil.which(argv[0], path=wanted["PATH"]):
        raise ToolMissing(f"program {argv[0]} is not installed")
    try:
        done = subprocess.run(
            argv, input=stdin, stdout=subprocess.PIPE, env=wanted, timeout=deadline_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DeadlinePassed(f"{argv[0]} did not end within {deadline_seconds:g} s") from error
    return done.returncode, done.stdout


def start(
    argv: tuple[str, ...], environment: Mapping[str, str] | None, lends: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """
    Start a program with pipes on all three ends, in a session of its own. Raises ToolMissing.

    Such a program has to end by itself when its input ends: nobody else ends it when this process dies.
    """
    wanted = plain_environment(environment)
    if not shutil.which(argv[0], path=wanted["PATH"]):
        raise ToolMissing(f"program {argv[0]} is not installed")
    return subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=wanted,
        start_new_session=True,
        pass_fds=lends,
    )


def detach(argv: tuple[str, ...], *, log: Path) -> None:
    """
    Start a program that outlives this process: in a session of its own, adopted by the system, with no pipe to us.

    What it says goes to the log file. Raises ToolMissing.
    """
    wanted = plain_environment(None)
    leader = shutil.which("setsid", path=f"{wanted['PATH']}:/usr/bin:/bin")
    if leader is None:
        raise ToolMissing("program setsid is not installed", hint="Install the package util-linux.")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        subprocess.run(
            (leader, "--fork", *argv),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            env=wanted,
            check=True,
            timeout=_GRACE_SECONDS,
        )
    finally:
        os.close(descriptor)


def _start_guarded(
    argv: tuple[str, ...], environment: Mapping[str, str] | None, lends: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """
    Start a program that the kernel ends when the thread that started it ends.

    The caller waits for it in that same thread.
    """
    path = plain_environment(environment)["PATH"]
    if not shutil.which(argv[0], path=path):
        raise ToolMissing(f"program {argv[0]} is not installed")
    guard = shutil.which("setpriv", path=f"{path}:/usr/bin:/bin")
    if guard is None:
        raise ToolMissing("program setpriv is not installed", hint="Install the package util-linux.")
    return start((guard, "--pdeathsig", "TERM", *argv), environment, lends)


def _converse(
    process: subprocess.Popen[bytes], stdin: bytes, deadline: float, listen: Callable[[bytes], None] | None
) -> tuple[bytes, bytes] | tuple[None, None]:
    """Feed and hear a process until both its outputs end. A pair of nothing says that the deadline passed."""
    assert process.stdin and process.stdout and process.stderr  # noqa: S101  (Popen was asked for all three)
    heard: dict[int, list[bytes]] = {process.stdout.fileno(): [], process.stderr.fileno(): []}
    size = 0
    unsaid = memoryview(stdin)
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            selector.register(stream, selectors.EVENT_READ)
        if unsaid:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE)
        else:
            process.stdin.close()
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0 or size > OUTPUT_LIMIT:
                return None, None
            for key, _ in selector.select(left):
                if key.fd not in heard:
                    unsaid = _say(process, selector, unsaid)
                elif chunk := os.read(key.fd, _CHUNK):
                    heard[key.fd].append(chunk)
                    size += len(chunk)
                    if listen and key.fd == process.stdout.fileno():
                        listen(chunk)
                else:
                    selector.unregister(key.fileobj)
        if not _ended(process, deadline):
            return None, None
    return b"".join(heard[process.stdout.fileno()]), b"".join(heard[process.stderr.fileno()])


def _say(process: subprocess.Popen[bytes], selector: selectors.BaseSelector, unsaid: memoryview) -> memoryview:
    assert process.stdin  # noqa: S101
    try:
        unsaid = unsaid[os.write(process.stdin.fileno(), unsaid[:_CHUNK]) :]
    except BrokenPipeError:
        unsaid = unsaid[:0]
    if not unsaid:
        selector.unregister(process.stdin)
        process.stdin.close()
    return unsaid


def _ended(process: subprocess.Popen[bytes], deadline: float) -> bool:
    try:
        process.wait(max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask the whole group to end, then insist. A stopped process is continued so that it can hear."""
    for demand in (signal.SIGTERM, signal.SIGCONT):
        _signal_group(process, demand)
    if not _ended(process, time.monotonic() + _GRACE_SECONDS):
        _signal_group(process, signal.SIGKILL)
        process.wait()
    _signal_group(process, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _signal_group(process: subprocess.Popen[bytes], demand: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, demand)

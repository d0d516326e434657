import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dfwarm.equipment.process import run
from dfwarm.errors import DeadlinePassed, ToolMissing
from dfwarm.terms import HostName

HERE = HostName("here")


def test_a_run_keeps_everything_that_was_said() -> None:
    said = run(("sh", "-c", "cat; echo bad >&2; exit 3"), host=HERE, deadline_seconds=10, stdin=b"word" * 100_000)
    assert (said.status, said.stdout, said.stderr) == (3, b"word" * 100_000, b"bad\n")
    assert said.ended_at >= said.began_at


def test_a_child_inherits_no_identity_of_the_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DFUSER", "someone")
    monkeypatch.setenv("DFPASSWD", "secret")
    said = run(("env",), host=HERE, deadline_seconds=10).stdout
    assert b"DFUSER" not in said
    assert b"DFPASSWD" not in said
    assert b"TZ=UTC" in said


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(ToolMissing, match="no-such-program"):
        run(("no-such-program",), host=HERE, deadline_seconds=10)


@pytest.mark.hazard("H56")
@pytest.mark.parametrize("script", ["sleep 60 & sleep 60", "trap '' TERM; while :; do sleep 1; done", "kill -STOP $$"])
def test_a_program_that_hangs_is_ended_with_its_children(script: str, tmp_path: Path) -> None:
    mark = f"{tmp_path.name}-{os.getpid()}"
    with pytest.raises(DeadlinePassed, match="did not end within"):
        run(("sh", "-c", script, mark), host=HERE, deadline_seconds=0.3)
    left = [name for name in os.listdir("/proc") if name.isdigit() and mark.encode() in _command_line(name)]
    assert left == []


def test_a_child_does_not_outlive_a_controller_that_was_killed(tmp_path: Path) -> None:
    program = (
        "from dfwarm.equipment.process import run\n"
        f"run(('sh', '-c', 'echo $$ > {tmp_path}/child; exec sleep 60'), host='h', deadline_seconds=60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as controller:
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text().endswith("\n"):
            time.sleep(0.01)
        child = (tmp_path / "child").read_text().strip()
        controller.kill()
    for _ in range(500):
        if b"sleep" not in _command_line(child):
            return
        time.sleep(0.01)
    pytest.fail("the child still runs")


def test_what_a_program_says_can_be_heard_as_it_comes() -> None:
    heard: list[bytes] = []
    run(("printf", "abc"), host=HERE, deadline_seconds=10, listen=heard.append)
    assert b"".join(heard) == b"abc"


def test_a_program_that_does_not_listen_is_no_error() -> None:
    assert run(("true",), host=HERE, deadline_seconds=10, stdin=b"x" * 1_000_000).status == 0


def _command_line(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""

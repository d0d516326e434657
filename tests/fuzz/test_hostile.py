"""The script that knocks at the gate with hostile commands finds none that reaches anything, and would see one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent


@pytest.mark.hazard("H70")
@pytest.mark.requirement("URS-SEC-01")
def test_ten_thousand_hostile_commands_reach_nothing() -> None:
    argv = [sys.executable, "-m", "fuzz.hostile", "--commands", "10000"]
    done = subprocess.run(argv, cwd=TESTS, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "commands tried: 10,000" in done.stdout
    assert "reached a program or were served: 0" in done.stdout
    assert re.search(r"right commands that the watch saw reach a program: 4 of 4", done.stdout)

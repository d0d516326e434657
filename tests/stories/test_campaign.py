"""A live study in all freeze modes over real ssh and rsync, held against the truth."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLAYED = ("--cycles", "3", "--mode", "access", "--mode", "still", "--seed", "11", "--harm", "1")


def campaign(folder: Path, *words: str) -> tuple[int, dict[str, object], str]:
    argv = [sys.executable, "-m", "dfwarm", "simulate", "campaign", "--json", "--folder", str(folder), *words]
    done = subprocess.run(argv, capture_output=True, check=False, timeout=115, text=True)
    return done.returncode, json.loads(done.stdout), done.stderr


@pytest.mark.requirement("URS-VER-01")
@pytest.mark.hazard("H19")
def test_no_verdict_of_a_live_study_is_false_and_no_healthy_cycle_raises_an_alarm(tmp_path: Path) -> None:
    code, told, said = campaign(tmp_path, *PLAYED)
    assert code == 0, (told, said)
    assert told["isKept"] is True
    assert told["judged"] >= 2  # type: ignore[operator]
    assert not any(told["brokenPromises"].values())  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_a_dishonest_copy_is_caught_by_the_oracle(tmp_path: Path) -> None:
    code, told, said = campaign(tmp_path, "--cycles", "1", "--mode", "access", "--sabotage")
    assert code == 54, said
    assert told["brokenPromises"]["false EQUIVALENT"] == [1]  # type: ignore[index]
    assert "other bytes: b'data/DFin.dat'" in said
    assert "broke: false EQUIVALENT" in said

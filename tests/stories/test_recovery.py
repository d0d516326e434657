"""A controller that dies at any line of its ledger, and what `recover` makes of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dfwarm.facts.ledger import Act, read_ledger
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.stage import Stage
from stage_play import STUDY, dfwarm, is_up, outcome, play, record_folder, trees_are_equal

DIE = """
import os, signal, sys
from dfwarm.equipment.ledger import Ledger
append, count = Ledger.append, [0]
def append_and_die(self, *words, **detail):
    line = append(self, *words, **detail)
    count[0] += 1
    if count[0] == int(os.environ["DIE_AT"]):
        os.kill(os.getpid(), signal.SIGKILL)
    return line
Ledger.append = append_and_die
from dfwarm.cli.main import main
main(sys.argv[1:])
"""
"""The real command, in which the n-th line of the ledger is the last thing that ever happens."""


PARTS = 8
"""A cycle has some forty lines, and each death costs seconds: they are shared out over so many tests."""


def die_at(stage: Stage, line: int) -> int:
    argv = [sys.executable, "-c", DIE, "--config", str(stage.config), "cycle", "120"]
    done = subprocess.run(argv, env={**os.environ, "DIE_AT": str(line)}, capture_output=True, check=False, timeout=60)
    return done.returncode


@pytest.mark.hazard("H52")
@pytest.mark.requirement("URS-CYC-01")
@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_controller_that_is_killed_at_any_line_of_its_ledger_is_tied_up(tmp_path: Path, part: int) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        lines = len(read_ledger((stage.state / "ledger.jsonl").read_bytes()))
        assert lines > 25
        sequence = 1
        for line in range(1 + part, lines + 1, PARTS):
            let_a_day_pass(stage.production, STUDY, day=line)
            assert die_at(stage, line) == -signal.SIGKILL
            sequence += 1
            is_open = _is_open(stage)
            if is_open:
                assert dfwarm(stage, "cycle", "120").code == 28
                assert dfwarm(stage, "recover").code in (0, 3)
            assert is_up(stage), f"not up after line {line}"
            assert not _is_open(stage)
            assert outcome(stage, sequence) == ("INCONCLUSIVE" if not _was_judged(stage, sequence) else "EQUIVALENT")
            assert not list(record_folder(stage, sequence).parent.glob(".*"))
        assert dfwarm(stage, "recover").out.startswith("nothing to recover")
        assert dfwarm(stage, "cycle", "120").code == 0
        assert outcome(stage, sequence + 1) == "EQUIVALENT"
        assert trees_are_equal(stage)


def _is_open(stage: Stage) -> bool:
    lines = read_ledger((stage.state / "ledger.jsonl").read_bytes())
    begun = {line.cycle for line in lines if line.act is Act.CYCLE_BEGUN}
    return bool(begun - {line.cycle for line in lines if line.act is Act.CYCLE_CLOSED})


def _was_judged(stage: Stage, sequence: int) -> bool:
    """Whether the cycle got as far as its own record before it died."""
    cycle = f"120-{sequence:05d}"
    lines = read_ledger((stage.state / "ledger.jsonl").read_bytes())
    own = [line for line in lines if line.cycle == cycle and line.detail.get("by") != "recover"]
    return any(line.act is Act.CYCLE_CLOSED and line.detail["outcome"] == "EQUIVALENT" for line in own)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_the_middle_of_the_transfer_leaves_both_servers_up_and_a_record(
    tmp_path: Path, number: signal.Signals
) -> None:
    with play(tmp_path) as stage:
        programs = stage.folder / "slow"
        programs.mkdir()
        (programs / "rsync").write_text(
            '#!/bin/sh\ncase "$1" in -*V*|--version) exec /usr/bin/rsync "$@" ;; esac\n'
            f'touch "{stage.folder}/transferring"\nsleep 60\n'
        )
        (programs / "rsync").chmod(0o755)
        environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        argv = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "cycle", "120"]
        with subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as cycle:
            for _ in range(2_000):
                if (stage.folder / "transferring").exists():
                    break
                time.sleep(0.01)
            cycle.send_signal(number)
            _, said = cycle.communicate(timeout=60)
        assert cycle.returncode == 128 + number, said
        assert is_up(stage)
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert dfwarm(stage, "cycle", "120").code == 0


def test_an_rsync_that_says_what_nobody_knows_ends_the_cycle_and_both_servers_are_up(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        programs = stage.folder / "strange"
        programs.mkdir()
        (programs / "rsync").write_text(
            '#!/bin/sh\ncase "$1" in -*V*|--version) exec /usr/bin/rsync "$@" ;; esac\necho gibberish\n'
        )
        (programs / "rsync").chmod(0o755)
        said = dfwarm(stage, "cycle", "120", environment={"PATH": f"{programs}:{os.environ['PATH']}"})
        assert (said.code, "gibberish" in said.err) == (21, True)
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert is_up(stage)


@pytest.mark.hazard("H55")
def test_a_second_cycle_of_the_pair_is_refused_while_one_runs(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        program = (
            "import sys, time; from pathlib import Path\n"
            "from dfwarm.equipment.lock import pair_lock\n"
            "with pair_lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)\n"
        )
        stage.state.mkdir(exist_ok=True)
        argv = [sys.executable, "-c", program, str(stage.state / "pair.lock")]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as holder:
            assert holder.stdout
            holder.stdout.readline()
            said = dfwarm(stage, "cycle", "120")
            holder.kill()
        assert (said.code, f"process {holder.pid}" in said.err) == (15, True)
        assert dfwarm(stage, "cycle", "120").code == 0

"""Who was set aside cannot write: an old controller, an old timer, a restored machine, a process that slept."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.assembly import Site
from dfwarm.config.reading import read_config
from dfwarm.equipment.ruling import Rulings
from dfwarm.errors import AuthorityRefused, PairBusy
from dfwarm.facts.ruling import CONTROLLER
from dfwarm.plan import questions
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, PUSH, Setting, Stage
from dfwarm.terms import CycleId, Side, StudyNumber
from stage_play import STUDY, dfwarm, is_up, outcome, picture, play, record, record_folder, trees_are_equal

MOVE = ("authority", "move", "--by", "qa-1", "--reason", "production's site is lost", "--to")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path) as stage:
        yield stage


def cycle_is_refused(stage: Stage, says: str, code: int = 50) -> None:
    before = picture(stage.standby.study_dir(STUDY))
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, says in said.err) == (code, True), said.err
    assert picture(stage.standby.study_dir(STUDY)) == before
    assert is_up(stage)
    assert outcome(stage, 1) == "INCONCLUSIVE"


@pytest.mark.hazard("H63")
def test_while_the_standby_rules_no_cycle_writes_to_it(stage: Stage) -> None:
    moved = dfwarm(stage, *MOVE, "standby")
    assert (moved.code, moved.out.count("standby rules, epoch 2")) == (0, 3), moved.out + moved.err
    cycle_is_refused(stage, "the standby rules, epoch 2")
    assert "Authority: standby rules, epoch 2" in dfwarm(stage, "status").out


@pytest.mark.hazard("H63")
@pytest.mark.parametrize("arrangement", [PULL, PUSH])
def test_a_controller_that_was_set_aside_or_restored_from_a_backup_cannot_write(
    tmp_path: Path, arrangement: str
) -> None:
    """It comes back with the number that it knew then, its timer fires, and neither side listens."""
    with play(tmp_path, Setting(arrangement, (SMALL,))) as stage:
        kept = stage.state / "authority" / f"stage.{CONTROLLER}.json"
        old = kept.read_bytes()
        for ruler in ("standby", "production"):
            assert dfwarm(stage, *MOVE, ruler).code == 0
        now = kept.read_bytes()
        kept.write_bytes(old)
        cycle_is_refused(stage, "production rules, epoch 3")
        kept.write_bytes(now)
        assert dfwarm(stage, "cycle", "120").code == 0
        assert trees_are_equal(stage)
        assert record(stage, 2)["authority"]["epoch"] == 3  # type: ignore[index]
        assert "production rules, epoch 3" in (record_folder(stage, 2) / "letter.txt").read_text()


@pytest.mark.hazard("H63")
def test_a_process_that_slept_through_the_change_is_refused_at_each_writing_call(stage: Stage) -> None:
    """The kit of a running cycle goes by the number that it began with, whatever the records say since."""
    site = Site(read_config(stage.config))
    with site.kit(None) as kit:  # type: ignore[arg-type]
        for ruler in ("standby", "production"):
            assert dfwarm(stage, *MOVE, ruler).code == 0
        target = f"{stage.standby.study_dir(STUDY)}/"
        with pytest.raises(AuthorityRefused, match="epoch 1 of pair stage, and epoch 3"):
            kit.run_rsync(("rsync", "-a", f"{stage.production.study_dir(STUDY)}/", target), b"", lambda _: None)
        with pytest.raises(AuthorityRefused, match="epoch 3"):
            kit.standby.ask(questions.stop(StudyNumber(STUDY), Side.STANDBY, CycleId(StudyNumber(STUDY), 1)))
    assert is_up(stage)


@pytest.mark.hazard("H55")
@pytest.mark.hazard("H64")
def test_two_writers_cannot_write_at_once_and_nobody_moves_authority_under_one(stage: Stage) -> None:
    receiver = Rulings(stage.state / "authority", "standby")
    with receiver.alone("stage"):
        cycle_is_refused(stage, "is being written to on the standby by another process", code=15)
        said = dfwarm(stage, *MOVE, "standby")
        assert said.code == 15, said.err
    assert dfwarm(stage, "authority", "show").code == 0, "nothing was half moved"


@pytest.mark.hazard("H55")
def test_the_lock_lives_as_long_as_the_rsync_that_it_was_lent_to(tmp_path: Path) -> None:
    rulings = Rulings(tmp_path, "standby")
    with rulings.alone("main") as lock:
        child = subprocess.Popen(["/bin/sleep", "60"], pass_fds=(lock,))
    try:
        with pytest.raises(PairBusy), rulings.alone("main"):
            pass
    finally:
        child.kill()
        child.wait()
    with rulings.alone("main"):
        pass


@pytest.mark.hazard("H63")
def test_the_receiving_gate_takes_no_rsync_of_an_older_epoch_or_of_none(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PUSH, (SMALL,))) as stage:
        command = f"rsync --server -logDtpre.LsfxCIvu . {stage.standby.study_dir(STUDY)}/"
        assert dfwarm(stage, *MOVE, "standby").code == 0
        assert dfwarm(stage, *MOVE, "production").code == 0
        for prefix in ("", "epoch=1 ", "epoch=2 ", "epoch=4 "):
            code, err = gate(stage, prefix + command)
            assert (code, "epoch 3" in err) == (50, True), err
        assert gate(stage, "epoch=3 " + command)[0] != 50
        trail = (stage.folder / "gate-state" / "audit.jsonl").read_text()
        assert [json.loads(line)["after"] for line in trail.splitlines()] == [
            "standby rules, epoch 2",
            "production rules, epoch 3",
        ]
        assert [json.loads(line)["actor"]["by"] for line in trail.splitlines()] == ["qa-1", "qa-1"]


def gate(stage: Stage, command: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dfwarm.gate", "--config", str(stage.gate_config), "--side", "standby"],
        env={**os.environ, "SSH_ORIGINAL_COMMAND": command},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.hazard("H64")
def test_a_side_that_is_lost_is_told_later_and_until_then_nothing_is_written(stage: Stage) -> None:
    installation = stage.production.datafax_dir
    refused = dfwarm(stage, "authority", "move", "--to", "standby", "--by", "qa-1", "--reason", "x" * 800)
    assert refused.code == 64
    kept = stage.state / "authority" / "stage.production.json"
    shutil.move(kept, stage.folder / "lost.json")
    kept.mkdir()
    lost = dfwarm(stage, *MOVE, "standby")
    assert (lost.code, "--without production" in lost.err) == (11, True), lost.err
    assert dfwarm(stage, *MOVE, "standby", "--without", "production").code == 0
    kept.rmdir()
    shutil.move(stage.folder / "lost.json", kept)
    shown = dfwarm(stage, "authority", "show")
    assert (shown.code, "do not agree" in shown.err, "production rules, epoch 1" in shown.out) == (50, True, True)
    cycle_is_refused(stage, "the standby rules, epoch 2")
    assert dfwarm(stage, *MOVE, "production").code == 0
    assert dfwarm(stage, "cycle", "120").code == 0
    assert installation.exists()


def test_a_pair_that_was_never_told_who_rules_is_refused_until_it_is_adopted(stage: Stage) -> None:
    from stage_play import adopt

    for keeper in ("production", "standby", CONTROLLER):
        with contextlib.suppress(FileNotFoundError):
            (stage.state / "authority" / f"stage.{keeper}.json").unlink()
    cycle_is_refused(stage, "this controller was never told who rules")
    adopt(stage)
    assert dfwarm(stage, "authority", "show", "--json").code == 0
    assert dfwarm(stage, "cycle", "120").code == 0

"""Folders that are not what was adopted: a disk that is gone or another one, one folder twice, swapped sides."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PUSH, Setting, Stage
from stage_play import STUDY, dfwarm, is_up, outcome, picture, play, record


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path) as stage:
        yield stage


def cycle_is_refused(stage: Stage, says: str) -> None:
    before = picture(stage.standby.study_dir(STUDY))
    said = dfwarm(stage, "cycle", "120")
    assert said.code == 46, said.out + said.err
    assert says in said.err
    assert "Do not adopt it to be rid of the error" in said.err
    assert picture(stage.standby.study_dir(STUDY)) == before
    assert outcome(stage, 1) == "INCONCLUSIVE"
    assert record(stage, 1)["error"]["kind"] == "IdentityRefused"  # type: ignore[index]


@pytest.mark.hazard("H02")
@pytest.mark.parametrize("side", ["production", "standby"])
def test_another_disk_at_the_place_of_a_study_is_refused(stage: Stage, side: str) -> None:
    """The same files on another file system: a backup disk that was mounted by mistake looks just like the study."""
    study = getattr(stage, side).study_dir(STUDY)
    away = study.with_name("away")
    study.rename(away)
    study.mkdir()
    assert os.system(f"mount -t tmpfs none {study} && cp -a {away}/. {study}/") == 0  # noqa: S605
    try:
        cycle_is_refused(stage, "when it was adopted")
    finally:
        os.system(f"umount {study}")  # noqa: S605
    assert is_up(stage)


@pytest.mark.hazard("H02")
def test_a_folder_that_took_the_place_of_the_study_is_refused(stage: Stage) -> None:
    study = stage.standby.study_dir(STUDY)
    study.rename(study.with_name("away"))
    os.system(f"cp -a {study.with_name('away')} {study}")  # noqa: S605
    cycle_is_refused(stage, "is another folder than the one that was adopted, on the same disk")


@pytest.mark.hazard("H02")
@pytest.mark.hazard("H30")
def test_a_link_that_leads_elsewhere_since_is_refused(stage: Stage) -> None:
    study = stage.standby.study_dir(STUDY)
    study.rename(study.with_name("away"))
    study.symlink_to(study.with_name("away"))
    cycle_is_refused(stage, "leads to")


@pytest.mark.hazard("H02")
def test_a_study_that_nobody_adopted_is_refused(stage: Stage) -> None:
    (stage.state / "identity" / "standby.120.json").unlink()
    cycle_is_refused(stage, "it was never adopted on this host, or the record of that is gone")


def test_a_record_of_identity_that_is_damaged_is_refused(stage: Stage) -> None:
    (stage.state / "identity" / "standby.120.json").write_text('{"pair": ')
    cycle_is_refused(stage, "cannot be read")


@pytest.mark.hazard("H08")
def test_swapped_sides_are_refused(stage: Stage) -> None:
    kept = stage.state / "identity"
    ours, theirs = (kept / f"{side}.120.json" for side in ("production", "standby"))
    was, is_now = ours.read_text(), theirs.read_text()
    ours.write_text(is_now)
    theirs.write_text(was)
    cycle_is_refused(stage, "the sides are swapped")


@pytest.mark.hazard("H08")
def test_the_state_of_another_pair_is_refused(stage: Stage) -> None:
    path = stage.state / "identity" / "production.120.json"
    path.write_text(path.read_text().replace('"stage"', '"other"'))
    cycle_is_refused(stage, "it was adopted for pair other, not stage")


@pytest.mark.hazard("H07")
def test_one_folder_under_two_names_is_refused(stage: Stage) -> None:
    """A bind mount makes production's folder the standby's as well; adopting that is refused too."""
    production, standby = stage.production.study_dir(STUDY), stage.standby.study_dir(STUDY)
    own = stage.folder / "DFserver.cf"
    own.write_bytes((standby / "lib" / "DFserver.cf").read_bytes())
    assert os.system(f"mount --bind {production} {standby}") == 0  # noqa: S605
    assert os.system(f"mount --bind {own} {standby}/lib/DFserver.cf") == 0  # noqa: S605
    try:
        said = dfwarm(stage, "adopt", "120", "--by", "qa-1", "--reason", "r", "--standby-host", socket.gethostname())
        assert (said.code, "are one and the same folder" in said.err) == (46, True), said.err
        assert "nothing was adopted" in said.err
    finally:
        os.system(f"umount {standby}/lib/DFserver.cf && umount {standby}")  # noqa: S605


@pytest.mark.hazard("H02")
@pytest.mark.hazard("H63")
def test_the_receiving_host_itself_refuses_to_be_written_to(tmp_path: Path) -> None:
    """Whatever the controller believes: the gate of the standby looks at its own disk before it becomes rsync."""
    with play(tmp_path, Setting(PUSH, (SMALL,))) as stage:
        command = f"rsync --server -logDtpre.LsfxCIvu . {stage.standby.study_dir(STUDY)}/"
        argv = ["--config", str(stage.gate_config), "--side", "standby"]
        (stage.folder / "gate-state" / "identity" / "standby.120.json").unlink()
        said = gate(argv, command)
        assert said[0] == 46
        assert json.loads(said[1])["message"].startswith("nothing is written to study 120")


def gate(argv: list[str], command: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "dfwarm.gate", *argv], env={**os.environ, "SSH_ORIGINAL_COMMAND": command},
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60,
    )  # fmt: skip
    return done.returncode, done.stderr

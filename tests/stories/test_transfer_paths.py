"""Whatever may lie in a tree is as it is on production after a cycle, in each arrangement, at once and after changes."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, PUSH, Setting, Stage
from stage_play import STUDY, dfwarm, outcome, picture, play, record, record_folder

NAMES = (b"new\nline", b"esc\x1b[31m", b"-leading", b" blank ", b"caf\xe9", "é".encode(), "é".encode(), b"back\\#012")


def fill(lut: bytes) -> None:
    for number, name in enumerate(NAMES):
        Path(os.fsdecode(lut + b"/" + name)).write_bytes(b"%d" % number)
    os.makedirs(lut + b"/deep/er/folder")
    Path(os.fsdecode(lut + b"/deep/er/folder/file")).write_bytes(b"deep")
    os.symlink(b"nowhere", lut + b"/link")
    os.link(lut + b"/-leading", lut + b"/hard")
    os.makedirs(lut + b"/was-folder/inside")
    Path(os.fsdecode(lut + b"/was-file")).write_bytes(b"file")
    Path(os.fsdecode(lut + b"/other")).write_bytes(b"x")


def change(lut: bytes) -> None:
    shutil.rmtree(lut + b"/deep")
    os.unlink(lut + b"/new\nline")
    os.rename(lut + b"/caf\xe9", lut + b"/caf\xe8")
    os.unlink(lut + b"/link")
    os.symlink(b"elsewhere", lut + b"/link")
    shutil.rmtree(lut + b"/was-folder")
    Path(os.fsdecode(lut + b"/was-folder")).write_bytes(b"now a file")
    os.unlink(lut + b"/was-file")
    os.makedirs(lut + b"/was-file/now-a-folder")
    os.link(lut + b"/other", lut + b"/other-too")
    os.chmod(lut + b"/back\\#012", 0o640)
    os.utime(lut + b"/ blank ", ns=(5, 1_700_000_000_000_000_007))


@pytest.mark.hazard("H25")
@pytest.mark.hazard("H27")
@pytest.mark.hazard("H31")
@pytest.mark.parametrize("arrangement", [LOCAL, PULL, PUSH])
def test_every_kind_of_change_arrives(tmp_path: Path, arrangement: str) -> None:
    with play(tmp_path, Setting(arrangement, (SMALL,))) as stage:
        text = stage.config.read_text()
        stage.config.write_text(
            text.replace("[transfer]\n", '[transfer]\ndelete_at_most = "50%"\n') + "\n[budgets]\nsetup_deletes = 20\n"
        )
        lut = os.fsencode(stage.production.study_dir(STUDY) / "lut")
        fill(lut)
        assert_equivalent(stage, 1)
        change(lut)
        assert_equivalent(stage, 2)
        hard = [
            os.lstat(os.fsencode(stage.standby.study_dir(STUDY)) + b"/lut/" + name).st_ino
            for name in (b"other", b"other-too")
        ]
        assert hard[0] == hard[1]
        assert_equivalent(stage, 3)
        assert record(stage, 3)["transfer"]["status"] == 0  # type: ignore[index]
        logs = {path.name.removeprefix("warm.").partition(".")[0] for path in record_folder(stage, 2).glob("*.log")}
        assert logs == {"cycle", "listed", *({"deletions"} if arrangement == PULL else set())}


def assert_equivalent(stage: Stage, sequence: int) -> None:
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, outcome(stage, sequence)) == (0, "EQUIVALENT"), said.out + said.err
    ours, theirs = picture(stage.production.study_dir(STUDY)), picture(stage.standby.study_dir(STUDY))
    assert {name for name in ours if not name.startswith("work")} <= theirs.keys()
    assert {name: theirs[name] for name in ours if not name.startswith("work")} == {
        name: entry for name, entry in ours.items() if not name.startswith("work")
    }


def test_what_only_the_standby_has_goes_and_is_told(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PULL, (SMALL,))) as stage:
        assert_equivalent(stage, 1)
        (stage.standby.study_dir(STUDY) / "stray").write_text("x")
        assert_equivalent(stage, 2)
        assert "deleted" in str(record(stage, 2)["transfer"]["counts"])  # type: ignore[index]


@pytest.mark.hazard("H32")
def test_a_fifo_and_a_socket_in_the_tree_hang_nothing(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        lut = stage.production.study_dir(STUDY) / "lut"
        os.mkfifo(lut / "fifo")
        folder = os.open(lut, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{folder}/socket")
        os.close(folder)
        assert_equivalent(stage, 1)


@pytest.mark.hazard("H29")
@pytest.mark.parametrize("arrangement", [LOCAL, PULL])
def test_access_lists_and_attributes_come_along(tmp_path: Path, arrangement: str) -> None:
    with play(tmp_path, Setting(arrangement, (SMALL,))) as stage:
        noted = stage.production.study_dir(STUDY) / "lib" / "DFschema"
        try:
            os.setxattr(noted, "user.note", b"reviewed")
        except OSError:
            pytest.skip("this file system takes no extended attributes")
        assert dfwarm(stage, "cycle", "120").code == 0
        there = stage.standby.study_dir(STUDY) / "lib" / "DFschema"
        assert os.getxattr(there, "user.note") == b"reviewed"
        os.setxattr(noted, "user.note", b"reviewed twice")
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.out
        assert os.getxattr(there, "user.note") == b"reviewed twice"

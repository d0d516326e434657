"""A pair whose cycles are logged, cosigned, copied, kept small and verified as one history."""

import shutil
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting
from stage_play import STUDY, dfwarm, play, record_folder


@pytest.mark.requirement("URS-EVD-04")
@pytest.mark.requirement("URS-EVD-06")
@pytest.mark.requirement("URS-CYC-05")
def test_a_pair_at_work_leaves_a_history_in_which_a_missing_cycle_is_named(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,), seals=True)) as stage:
        vault = tmp_path / "vault"
        vault.mkdir()
        place = f'places = [{{ name = "vault", kind = "folder", folder = "{vault}" }}]'
        stage.config.write_text(f"{stage.config.read_text()}\n[archive]\n{place}\n")
        assert dfwarm(stage, "keys", "init").code == 0
        for _ in range(2):
            assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        told = (record_folder(stage, 2) / "history.txt").read_text()
        assert told == f"log: leaf 2 of study {STUDY}\nwitness: 2 leaves cosigned by standby\n"
        assert (vault / "log" / f"{STUDY}" / "00000002" / "checkpoint.witnessed.sig").exists()

        assert "listings: " in dfwarm(stage, "archive", "compact", "--older-than", "0").out
        assert list(record_folder(stage, 2).glob("*.rebuild"))
        said = dfwarm(stage, "verify", "--all")
        assert (said.code, said.out.count("GENUINE"), said.out.count(f"history {STUDY}")) == (0, 2, 10), said.out
        assert dfwarm(stage, "archive", "restore", f"{STUDY}-00002").code == 0
        assert not list(record_folder(stage, 2).glob("*.rebuild"))
        assert dfwarm(stage, "archive", "copy").code == 0
        assert "0 wait" in dfwarm(stage, "archive", "status").out
        assert dfwarm(stage, "archive", "readback", "--all").out.endswith("copies were read back\n")
        early = ("--before", "2030-01-01", "--by", "qa-1", "--approved-by", "qa-2", "--reason", "x")
        assert dfwarm(stage, "archive", "expire", f"{STUDY}", *early).code == 52

        shutil.rmtree(record_folder(stage, 1))
        said = dfwarm(stage, "verify", "--study", f"{STUDY}")
        assert (said.code, f"{STUDY}-00001 is missing: the log has it" in said.out) == (35, True), said.out

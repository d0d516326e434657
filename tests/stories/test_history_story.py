"""A pair whose cycles are logged, cosigned, copied, kept small and verified as one history."""

import re
import shutil
import time
from pathlib import Path

import pytest

from alert_server import Alerted, alert_server
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting
from guide_pages import blocks, commands
from stage_play import STUDY, dfwarm, play, record_folder


@pytest.mark.requirement("URS-EVD-04")
@pytest.mark.requirement("URS-EVD-06")
@pytest.mark.requirement("URS-CYC-05")
def test_a_pair_at_work_leaves_a_history_in_which_a_missing_cycle_is_named(tmp_path: Path) -> None:
    with alert_server() as alerted, play(tmp_path, Setting(LOCAL, (SMALL,), seals=True)) as stage:
        vault = tmp_path / "vault"
        vault.mkdir()
        (archive,) = blocks("archive.md", "toml")
        archive = re.sub(r'(?m)^    { name = "box".*\n', "", archive).replace("/mnt/vault", str(vault))
        stage.config.write_text(
            f'{stage.config.read_text()}\n{archive}compact_after = "1s"\n{alerts_to(alerted, tmp_path)}'
        )
        due, status, copy, readback, compact, restore, expire = commands("archive.md", STUDY)
        assert dfwarm(stage, "keys", "init").code == 0
        for _ in range(2):
            assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        told = (record_folder(stage, 2) / "history.txt").read_text()
        assert told == f"log: leaf 2 of study {STUDY}\nwitness: 2 leaves cosigned by standby\n"
        assert (vault / "log" / f"{STUDY}" / "00000002" / "checkpoint.witnessed.sig").exists()

        assert dfwarm(stage, *due).out == "0 copies were read back\n"
        assert "0 wait, 0 are due" in dfwarm(stage, *status).out
        assert dfwarm(stage, *copy).code == 0
        time.sleep(1)
        assert "listings: " in dfwarm(stage, *compact).out
        assert list(record_folder(stage, 2).glob("*.rebuild"))
        said = dfwarm(stage, "verify", "--all")
        assert (said.code, said.out.count("GENUINE"), said.out.count(f"history {STUDY}")) == (0, 2, 10), said.out
        assert dfwarm(stage, *(word.replace("-00001", "-00002") for word in restore)).code == 0
        assert not list(record_folder(stage, 2).glob("*.rebuild"))
        assert dfwarm(stage, *readback).out.endswith("copies were read back\n")
        assert dfwarm(stage, *expire).code == 52

        altered = vault / "records" / f"{STUDY}" / f"{STUDY}-00001" / "statement.json"
        altered.chmod(0o600)
        altered.write_bytes(b"{}")
        assert dfwarm(stage, *readback).code == 36
        told = len(alerted.posts)
        said = dfwarm(stage, *due)
        assert (said.code, "statement.json is altered" in said.err) == (36, True), said.out
        assert "ALTERED  vault  records/" in said.out
        assert alerted.posts[told]["subject"].startswith("COPIES - ")
        assert "statement.json is altered" in alerted.posts[told]["text"]

        shutil.rmtree(record_folder(stage, 1))
        said = dfwarm(stage, "verify", "--study", f"{STUDY}")
        assert (said.code, f"{STUDY}-00001 is missing: the log has it" in said.out) == (35, True), said.out


def alerts_to(alerted: Alerted, folder: Path) -> str:
    file = folder / "webhook.url"
    file.write_text(alerted.url)
    file.chmod(0o600)
    return f'\n[alerts]\nwebhook_file = "{file}"\n'

"""`dfwarm gaps`, `show --list` and `index rebuild` over a pair at work."""

import json
import shutil
from pathlib import Path

import pytest

from stage_play import STUDY, dfwarm, play, record_folder


@pytest.mark.requirement("URS-CYC-05")
@pytest.mark.requirement("URS-CYC-04")
def test_what_was_expected_and_did_not_come_is_told_with_its_reason(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "gaps").code == 2
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0
        assert dfwarm(stage, "cycle", f"{STUDY}").code == 0

        listed = json.loads(dfwarm(stage, "show", "--list", "--json").out)["cycles"]
        assert [each["outcome"] for each in listed] == ["EQUIVALENT", "EQUIVALENT"]
        said = dfwarm(stage, "show", "--list", "--study", f"{STUDY}").out
        assert (said.count("EQUIVALENT"), "Authority now: production rules, epoch 1" in said) == (2, True)
        assert dfwarm(stage, "show").code == 64
        assert dfwarm(stage, "show", f"{STUDY}-00001", "--list").code == 64

        assert dfwarm(stage, "index", "rebuild").out == "the index holds 2 records\n"
        shutil.rmtree(record_folder(stage, 1))
        said = dfwarm(stage, "gaps", "--json")
        (found,) = json.loads(said.out)["studies"]
        (gap,) = [gap for gap in found["gaps"] if gap["kind"] == "unrecorded"]
        assert (said.code, gap["cycle"], gap["reason"]) == (2, "120-00001", "was begun and left no record")
        assert "120-00001   was begun and left no record" in dfwarm(stage, "gaps", "--study", f"{STUDY}").out
        assert json.loads(dfwarm(stage, "index", "rebuild", "--json").out)["records"] == 1
        assert dfwarm(stage, "gaps", "--from", "2026-11-02", "--to", "2026-11-01").code == 64

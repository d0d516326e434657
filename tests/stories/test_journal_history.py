"""DataFax's own audit trail only ever grows: a cycle carries that on and never copies a past that was changed."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from dfwarm.simulator import file_faults
from dfwarm.simulator.stage import Stage
from stage_play import STUDY, dfwarm, outcome, picture, play, record, record_folder


def oldest(stage: Stage, side: str) -> Path:
    return min((getattr(stage, side).study_dir(STUDY) / "data").glob("*.jnl"))


def reasons(stage: Stage, sequence: int) -> list[str]:
    found = record(stage, sequence)["verdict"]["reasons"]  # type: ignore[index]
    return [reason["says"] for reason in found if reason["clause"] == "journals"]


@pytest.mark.requirement("URS-VER-03")
@pytest.mark.hazard("H20")
def test_a_journal_that_grew_is_carried_over_and_one_that_shrank_or_changed_is_refused(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        ours = oldest(stage, "production")
        theirs = stage.standby.study_dir(STUDY) / "data" / ours.name
        assert dfwarm(stage, "cycle", "120").code == 0
        with ours.open("ab") as file:
            file.write(b"260301|120000|jack|one more\n")
        assert dfwarm(stage, "cycle", "120").code == 0
        whole = ours.read_bytes()
        kept = json.loads((record_folder(stage, 2) / "journals.json").read_text())[f"data/{ours.name}"]
        assert kept == {"size": len(whole), "sha256": hashlib.sha256(whole).hexdigest()}

        before = picture(stage.standby.study_dir(STUDY))
        for sequence, spoil in ((3, file_faults.truncate_journal), (4, file_faults.rewrite_journal)):
            spoil(stage.production.study_dir(STUDY), 7)
            said = dfwarm(stage, "cycle", "120")
            assert said.code == 49, said.err
            assert f"journal data/{ours.name}" in said.err
            assert reasons(stage, sequence)
            assert outcome(stage, sequence) == "INCONCLUSIVE"
            assert picture(stage.standby.study_dir(STUDY)) == before
            ours.write_bytes(whole)

        ours.write_bytes(b"X" + whole[1:] + b"260302|120000|jack|it grew as well\n")
        assert dfwarm(stage, "cycle", "120").code == 49
        assert theirs.read_bytes() == whole
        words = (
            "--path",
            f"data/{ours.name}",
            "--reason",
            "restored from tape",
            "--approver",
            "qa-1",
            "--expires",
            "9d",
        )
        assert dfwarm(stage, "deviation", "add", "120", *words).code == 0
        assert dfwarm(stage, "cycle", "120").code == 1
        assert theirs.read_bytes() == ours.read_bytes()


@pytest.mark.hazard("H15")
@pytest.mark.hazard("H65")
def test_a_standby_that_wrote_its_own_history_is_left_alone_and_one_that_was_damaged_is_repaired(
    tmp_path: Path,
) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        theirs = oldest(stage, "standby")
        whole = theirs.read_bytes()
        theirs.write_bytes(whole + b"260301|120000|jack|entered on the standby\n")
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 49
        assert "the standby wrote into its own" in said.err
        assert theirs.read_bytes().startswith(whole + b"260301")

        theirs.write_bytes(b"X" + whole[1:])
        os.utime(theirs, ns=(1, 1))
        assert dfwarm(stage, "cycle", "120").code == 0
        assert theirs.read_bytes() == whole
        assert any("was altered on the standby" in remark for remark in record(stage, 3)["remarks"])  # type: ignore[attr-defined]

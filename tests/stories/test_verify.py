"""A damaged standby is found with its size and time unchanged, explained, and never repaired unasked."""

import os
import shutil
from pathlib import Path

import pytest

from dfwarm.simulator.damage import damage_unseen
from stage_play import STUDY, dfwarm, outcome, picture, play


@pytest.mark.hazard("H18")
@pytest.mark.requirement("URS-VER-02")
def test_one_flipped_bit_on_the_standby_is_found_explained_and_left_to_a_person(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        clean = dfwarm(stage, "verify", "120", "--full")
        assert (clean.code, clean.out.splitlines()[0]) == (0, "EQUIVALENT"), clean.err

        path = os.fsdecode(damage_unseen(stage.standby.study_dir(STUDY)))
        damaged = picture(stage.standby.study_dir(STUDY))
        found = dfwarm(stage, "verify", "120", "--full")
        assert (found.code, found.out.splitlines()[0]) == (2, "DISCREPANT")
        assert f"* {path} is other content." in found.out
        assert "a comparison by size and time passes it by" in found.out
        assert "Which side is wrong: the standby (production holds what the last equivalent cycle proved" in found.out
        assert picture(stage.standby.study_dir(STUDY)) == damaged

        assert dfwarm(stage, "cycle", "120").code == 2
        assert outcome(stage, 2) == "DISCREPANT"
        said = dfwarm(stage, "explain", "120-00002", "--path", path)
        assert (said.code, said.out.splitlines()[0]) == (0, f"* {path} is other content.")
        assert "let production's entry replace the standby's" in said.out
        pair = (stage.production.study_dir(STUDY) / path, stage.standby.study_dir(STUDY) / path)
        ours, theirs = (file.read_bytes() for file in pair)
        first = next(place for place, (one, other) in enumerate(zip(ours, theirs, strict=True), 1) if one != other)
        assert f"They differ from byte {first:,} on." in said.out
        pair[1].write_bytes(b"another one")
        assert "has changed since" in dfwarm(stage, "explain", "120-00002", "--path", path).out
        assert dfwarm(stage, "explain", "120-00001", "--path", path).code == 27


@pytest.mark.hazard("H18")
def test_records_that_the_standbys_server_wrote_in_another_order_are_the_same_records(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        plate = stage.standby.study_dir(STUDY) / "data" / "plt001.dat"
        lines = plate.read_bytes().splitlines(keepends=True)
        assert len(set(lines)) > 1
        aside = plate.with_name("sorted")
        aside.write_bytes(b"".join(reversed(lines)))
        shutil.copystat(plate, aside)
        os.chown(aside, plate.stat().st_uid, plate.stat().st_gid)
        os.utime(aside)
        aside.rename(plate)
        said = dfwarm(stage, "verify", "120")
        assert (said.code, said.out.splitlines()[0]) == (0, "EQUIVALENT"), said.out
        assert "by records: data/plt001.dat: the same records" in said.out
        plate.write_bytes(b"".join(reversed(lines[1:])))
        assert dfwarm(stage, "verify", "120").code == 2
        plate.write_bytes(b"".join(reversed(lines)))
        stage.standby.call("DFaccess.rpc", "-s", str(STUDY), "-disable", "quiet")
        assert dfwarm(stage, "verify", "120").code == 2, "a server that did not run wrote nothing anew"


def test_a_manifest_of_a_folder_is_accepted_by_the_stock_tool(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        root = stage.production.study_dir(STUDY)
        roots = dfwarm(stage, "manifest", str(root))
        assert roots.code == 0
        assert [line.split()[0] for line in roots.out.splitlines()] == ["content", "metadata", "entries"]
        sums = dfwarm(stage, "manifest", str(root), "--form", "sha256").out
        assert len(sums.splitlines()) == sum(path.is_file() for path in root.rglob("*"))


def test_an_accepted_difference_is_named_in_the_letter_and_is_no_equality(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        path = os.fsdecode(damage_unseen(stage.standby.study_dir(STUDY)))
        words = ("--path", path, "--reason", "known", "--approver", "data management", "--expires", "90d")
        assert dfwarm(stage, "deviation", "add", "120", *words).code == 0
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 2)) == (1, "EQUIVALENT WITH DEVIATIONS"), said.out
        assert "accepted by data management" in said.out
        assert "(known)" in dfwarm(stage, "deviation", "list", "120").out


def test_a_damaged_production_is_told_from_a_damaged_standby_by_what_was_proven(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        path = os.fsdecode(damage_unseen(stage.production.study_dir(STUDY)))
        said = dfwarm(stage, "verify", "120", "--full").out
        assert f"* {path} is other content." in said
        assert "Which side is wrong: production (the standby holds what the last equivalent cycle proved" in said
        assert "keep the standby's entry aside" in said
        for kept in (stage.state / "proven").iterdir():
            kept.write_bytes(b"damaged")
        assert "Which side is wrong: not known" in dfwarm(stage, "verify", "120").out

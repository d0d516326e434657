import json
from pathlib import Path

import pytest

from dfwarm.facts.ledger import Act, read_ledger
from dfwarm.plan.cycle import STEPS
from dfwarm.simulator.damage import damage_unseen
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import DECK, SMALL
from dfwarm.simulator.stage import LOCAL, PULL, PUSH, Setting
from stage_play import ONE_STUDY, STUDY, dfwarm, is_up, outcome, picture, play, record, record_folder, trees_are_equal

SETTINGS = [
    Setting(PULL, (SMALL,), "5"),
    Setting(PUSH, (SMALL,), "2014"),
    Setting(LOCAL, (SMALL,), "4", stop="server"),
    Setting(LOCAL, (SMALL,), "5", hold="none"),
]


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: f"{setting.arrangement}-{setting.release}")
def test_two_days_of_work_reach_the_standby_and_are_proven(tmp_path: Path, setting: Setting) -> None:
    with play(tmp_path, setting) as stage:
        for day in (1, 2):
            let_a_day_pass(stage.production, STUDY, day=day)
            before = picture(stage.production.study_dir(STUDY))
            said = dfwarm(stage, "cycle", "120")
            assert (said.code, outcome(stage, day)) == (0, "EQUIVALENT"), said.err
            assert said.out.startswith("EQUIVALENT - the standby of study 120 equals production as of")
            after = picture(stage.standby.study_dir(STUDY))
            data = {name: entry for name, entry in before.items() if not name.startswith("work")}
            assert {name: after.get(name) for name in data} == data
            assert is_up(stage)


@pytest.mark.requirement("URS-CYC-01")
def test_the_ten_steps_stand_in_the_ledger_the_log_and_the_record_in_the_decks_order(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        said = dfwarm(stage, "cycle", "--all")
        lines = read_ledger((stage.state / "ledger.jsonl").read_bytes())
        titles = [line.detail["title"] for line in lines if line.act is Act.STEP_BEGUN]
        assert tuple(titles) == STEPS
        places = [said.err.index(title) for title in STEPS]
        assert places == sorted(places)
        told = record(stage, 1)["steps"]
        assert [step["title"] for step in told] == list(STEPS[:9])  # type: ignore[attr-defined,index]


@pytest.mark.requirement("URS-TRF-03")
def test_the_record_holds_everything_that_was_said(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        let_a_day_pass(stage.production, STUDY, day=1)
        dfwarm(stage, "cycle", "120")
        folder = record_folder(stage, 2)
        names = {path.name.partition(".")[0] for path in folder.rglob("*") if path.is_file()}
        assert {"cycle", "transfer", "letter", "transcripts", "DFstatus", "DF_ICimages"} <= names
        forms = {path.suffix for path in (folder / "reports").iterdir()}
        assert forms == {".raw", ".normalised", ".jsonl", ".txt", ".json"}
        lines = [json.loads(line) for line in (folder / "transfer.jsonl").read_text().splitlines()]
        assert {"deleted CRF", "new", "updated"} <= {line["changeClass"] for line in lines}
        assert {"page image", "data", "journal", "setup", "schema history"} <= {line["area"] for line in lines}
        said = [json.loads(line)["argv"][0] for line in (folder / "transcripts.jsonl").read_text().splitlines()]
        assert {"rsync", "DFstatus", "DF_ICimages", "DF_ICqcs", "DF_ICrecords", "DFaccess.rpc"} <= set(said)
        assert all(path.stat().st_mode & 0o077 == 0 for path in stage.state.rglob("*"))


@pytest.mark.hazard("H18")
@pytest.mark.requirement("URS-TRF-01")
def test_a_bit_that_flips_on_the_standby_is_found_named_and_mended_only_when_asked(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        damaged = damage_unseen(stage.standby.study_dir(STUDY)).decode()
        for sequence in (2, 3):
            said = dfwarm(stage, "cycle", "120")
            assert (said.code, outcome(stage, sequence)) == (2, "DISCREPANT")
            assert damaged in said.out
        assert not trees_are_equal(stage)
        said = dfwarm(stage, "cycle", "120", "--mend")
        assert (said.code, outcome(stage, 4)) == (0, "EQUIVALENT")


@pytest.mark.hazard("H16")
def test_an_edit_on_production_that_kept_size_and_time_is_found(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        damage_unseen(stage.production.study_dir(STUDY), name=b"data/plt001.dat")
        assert dfwarm(stage, "cycle", "120").code == 2
        assert "data/plt001.dat" in str(record(stage, 2)["trees"])


@pytest.mark.requirement("URS-CYC-05")
def test_cycles_are_numbered_without_gaps_also_across_failures(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        (stage.production.datafax_dir / "work" / f"refuse.{STUDY}").touch()
        (stage.production.datafax_dir / "work" / "users").write_text("jack\n")
        setting = stage.config.read_text().replace('activity = "wait"', 'activity = "skip"')
        stage.config.write_text(setting)
        assert dfwarm(stage, "cycle", "120").code == 16
        (stage.production.datafax_dir / "work" / "users").write_text("")
        (stage.production.datafax_dir / "work" / f"refuse.{STUDY}").unlink()
        assert dfwarm(stage, "cycle", "120").code == 0
        assert [outcome(stage, 1), outcome(stage, 2)] == ["INCONCLUSIVE", "EQUIVALENT"]
        said = dfwarm(stage, "status")
        assert said.code == 0
        assert "120-00002" in said.out
        assert json.loads(dfwarm(stage, "status", "--json").out)["studies"][0]["lastOutcome"] == "EQUIVALENT"


def test_a_record_can_be_shown_in_every_form(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        assert dfwarm(stage, "show", "120-00001").out.startswith("EQUIVALENT")
        assert json.loads(dfwarm(stage, "show", "120-00001", "--json").out)["cycle"] == {"sequence": 1, "study": 120}
        assert "cycle.json" in dfwarm(stage, "show", "120-00001", "--files").out
        assert dfwarm(stage, "show", "120-00001", "--file", "letter.txt").out.startswith("EQUIVALENT")
        assert dfwarm(stage, "show", "120-00001", "--file", "../../../ledger.jsonl").code == 27
        assert dfwarm(stage, "show", "120-00099").code == 27
        assert dfwarm(stage, "show", "yesterday").code == 27


def test_a_study_of_the_deck_travels_over_ssh_with_its_images(tmp_path: Path) -> None:
    with play(tmp_path, Setting(PULL, (DECK,))) as stage:
        let_a_day_pass(stage.production, 35, day=1)
        assert dfwarm(stage, "cycle", "35").code == 0
        assert record(stage, 1, 35)["trees"]["compared"] > 200  # type: ignore[index]
        assert trees_are_equal(stage, 35)


def test_naming_no_study_or_a_study_and_all_is_a_usage_error(tmp_path: Path) -> None:
    with play(tmp_path, ONE_STUDY) as stage:
        assert dfwarm(stage, "cycle").code == 64
        assert dfwarm(stage, "cycle", "120", "--all").code == 64
        assert dfwarm(stage, "cycle", "0").code == 64

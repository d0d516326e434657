import json
from pathlib import Path

from stage_play import dfwarm, play, record_folder


def test_a_cycle_that_is_not_due_is_not_run_and_a_missed_one_is_caught_up_once(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        every_minute = stage.config.read_text().replace('"*-*-* 02:00:00"', '"*-*-* *:*:00"')
        once_a_day = stage.config.read_text().replace('"*-*-* 02:00:00"', '"*-*-* 00:00:00"')
        stage.config.write_text(every_minute)
        assert dfwarm(stage, "cycle", "--all", "--if-due").code == 0
        assert record_folder(stage, 1).is_dir()
        stage.config.write_text(once_a_day)
        assert dfwarm(stage, "cycle", "--all", "--if-due").code == 0
        assert not record_folder(stage, 2).exists()
        said = dfwarm(stage, "status")
        assert "next " in said.out
        assert json.loads(dfwarm(stage, "status", "--json").out)["nextDue"].endswith("00:00:00Z")


def test_the_environment_of_both_hosts_is_on_record(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        told = json.loads((record_folder(stage, 1) / "environment.json").read_text())
        for side in ("production", "standby"):
            assert told[side]["environment"]["ssh"].startswith("OpenSSH")
            assert told[side]["environment"]["kernel"].startswith("Linux")
            assert "rsync" in told[side]["rsync"]

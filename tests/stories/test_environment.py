import json
from pathlib import Path

from stage_play import dfwarm, play, record_folder


def test_the_environment_of_both_hosts_is_on_record(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        told = json.loads((record_folder(stage, 1) / "environment.json").read_text())
        for side in ("production", "standby"):
            assert told[side]["environment"]["ssh"].startswith("OpenSSH")
            assert told[side]["environment"]["kernel"].startswith("Linux")
            assert "rsync" in told[side]["rsync"]

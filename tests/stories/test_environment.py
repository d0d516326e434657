import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from stage_play import STUDY, dfwarm, play, record, record_folder


def test_the_environment_of_both_hosts_is_on_record(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        dfwarm(stage, "cycle", "120")
        told = json.loads((record_folder(stage, 1) / "environment.json").read_text())
        for side in ("production", "standby"):
            assert told[side]["environment"]["ssh"].startswith("OpenSSH")
            assert told[side]["environment"]["kernel"].startswith("Linux")
            assert "rsync" in told[side]["rsync"]


@pytest.mark.requirement("URS-VAL-03")
def test_the_build_of_rsync_is_on_record_and_another_one_is_told_before_the_next_cycle(tmp_path: Path) -> None:
    there = shutil.which("rsync")
    assert there
    sha256 = hashlib.sha256(Path(there).read_bytes()).hexdigest()
    other = tmp_path / "bin"
    other.mkdir()
    (other / "rsync").write_text(f'#!/bin/sh\nexec {there} "$@"\n')
    (other / "rsync").chmod(0o755)
    with play(tmp_path) as stage:
        before = dfwarm(stage, "preflight", f"{STUDY:03d}").out
        assert dfwarm(stage, "cycle", f"{STUDY:03d}").code == 0
        told = json.loads((record_folder(stage, 1) / "environment.json").read_text())
        assert [told[side]["environment"]["rsyncSha256"] for side in ("production", "standby")] == [sha256, sha256]
        assert f"sha256 {sha256}" in json.dumps(record(stage, 1))
        same = dfwarm(stage, "preflight", f"{STUDY:03d}").out
        changed = dfwarm(stage, "preflight", f"{STUDY:03d}", environment={"PATH": f"{other}:{os.environ['PATH']}"}).out
    assert "another build" not in before + same
    assert "rsync is another build than the one that carried 120-00001" in changed

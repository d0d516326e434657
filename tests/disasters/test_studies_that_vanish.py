"""A study that production registers no more is missed: its cycle fails and people are told, until somebody ends it."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alert_server import Alerted, alert_server
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from dfwarm.terms import StudyNumber
from stage_play import STUDY, dfwarm, picture, play, record

OTHER = replace(SMALL, number=StudyNumber(121))


@pytest.fixture
def alerted() -> Iterator[Alerted]:
    with alert_server() as server:
        yield server


@pytest.fixture
def stage(tmp_path: Path, alerted: Alerted) -> Iterator[Stage]:
    (tmp_path / "url").write_text(alerted.url)
    (tmp_path / "url").chmod(0o600)
    table = f'\n[alerts]\nwebhook_file = "{tmp_path}/url"\n'
    with play(tmp_path, Setting(LOCAL, (SMALL, OTHER), mail=table)) as stage:
        rewrite(stage, '["120", "121"]', '"all"')
        assert dfwarm(stage, "cycle", "--all").code == 0
        yield stage


def rewrite(stage: Stage, old: str, new: str) -> None:
    text = stage.config.read_text()
    assert old in text
    stage.config.write_text(text.replace(old, new))


def registry(stage: Stage) -> Path:
    return stage.production.datafax_dir / "lib" / "DFstudies.db"


@pytest.mark.hazard("H01")
def test_a_study_that_vanished_from_the_registry_raises_an_alarm_and_keeps_its_standby(
    stage: Stage, alerted: Alerted
) -> None:
    before = picture(stage.standby.study_dir(121))
    registry(stage).write_text(re.sub(r"^121\|.*\n", "", registry(stage).read_text(), flags=re.MULTILINE))
    said = dfwarm(stage, "cycle", "--all")
    assert (said.code, "study 121 is not registered on the production" in said.err) == (13, True), said.err
    assert record(stage, 2)["verdict"]["outcome"] == "EQUIVALENT"  # type: ignore[index]
    assert record(stage, 2, 121)["verdict"]["outcome"] == "INCONCLUSIVE"  # type: ignore[index]
    assert [post["subject"] for post in alerted.posts] == ["INCONCLUSIVE - study 121 - StudyUnknown - 121-00002"]
    assert picture(stage.standby.study_dir(121)) == before

    rewrite(stage, 'studies = "all"', 'studies = "all"\nended = ["121"]')
    assert dfwarm(stage, "cycle", "--all").code == 0
    assert len(alerted.posts) == 1


@pytest.mark.hazard("H01")
@pytest.mark.hazard("H02")
def test_a_registry_that_is_not_there_at_all_fails_every_study_that_was_proven(stage: Stage, alerted: Alerted) -> None:
    registry(stage).unlink()
    assert dfwarm(stage, "cycle", "--all").code == 13
    assert {post["subject"].split(" - ")[1] for post in alerted.posts} == {f"study {STUDY}", "study 121"}
    assert json.loads(dfwarm(stage, "status", "--json").out)["studies"][0]["lastOutcome"] == "INCONCLUSIVE"

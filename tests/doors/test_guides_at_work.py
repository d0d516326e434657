"""The guides to holds, to authority and to alerts: every command that they show is run, in their order."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alert_server import alert_server
from dfwarm.simulator.stage import Stage
from stage_play import ONE_STUDY, STUDY, dfwarm, outcome, play, trees_are_equal

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def shown(guide: str) -> list[tuple[str, ...]]:
    text = (HOW_TO / guide).read_text(encoding="utf-8").replace("035", f"{STUDY:03d}")
    return [tuple(shlex.split(line)) for line in re.findall(r"^# dfwarm (.*)$", text, flags=re.MULTILINE)]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        yield stage


def blocking(stage: Stage) -> set[str]:
    said = dfwarm(stage, "readiness", "--month", f"{datetime.now(UTC):%Y-%m}", "--json")
    return {each["clause"] for each in json.loads(said.out)["reasons"] if each["effect"] == "block"}


@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.requirement("URS-OPS-03")
def test_a_hold_is_looked_at_and_released_as_the_guide_shows_and_blocks_readiness_until_then(stage: Stage) -> None:
    next((stage.production.study_dir(STUDY) / "data").glob("plt*.dat")).unlink()
    assert dfwarm(stage, "cycle", "120").code == 49
    assert "holds" in blocking(stage)
    show, look, approve, cycle = (
        tuple("120-00002" if word == "120-00042" else word for word in words) for words in shown("release-a-hold.md")
    )
    assert "dfwarm approve hold 120-00002" in dfwarm(stage, *show).out
    assert "not approved" in dfwarm(stage, *look).out
    said = dfwarm(stage, *approve)
    assert (said.code, "approved by qa-1" in said.out) == (0, True), said.err
    assert dfwarm(stage, *cycle).code in {0, 3}
    assert trees_are_equal(stage)
    assert "holds" not in blocking(stage)


@pytest.mark.hazard("H63")
@pytest.mark.requirement("URS-OPS-03")
def test_who_rules_is_moved_and_moved_back_as_the_guide_shows(stage: Stage) -> None:
    show, away, back = shown("move-authority.md")
    assert dfwarm(stage, *show).out.count("production rules, epoch 1") == 3
    assert dfwarm(stage, *away).out.count("standby rules, epoch 2") == 3
    assert dfwarm(stage, "cycle", "120").code == 50
    assert "authority" in blocking(stage), "while the standby rules there is no standby"
    assert dfwarm(stage, *back).out.count("production rules, epoch 3") == 3
    assert dfwarm(stage, "cycle", "120").code == 0
    assert outcome(stage, 3) == "EQUIVALENT"
    assert "authority" not in blocking(stage)
    said = dfwarm(stage, "readiness", "--month", f"{datetime.now(UTC):%Y-%m}").out
    assert "standby rules, epoch 2, by qa-1" in " ".join(said.split())


@pytest.mark.hazard("H43")
def test_alerts_are_due_tested_acknowledged_listed_and_sent_again_as_the_guide_shows(tmp_path: Path) -> None:
    guide = (HOW_TO / "alerts.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"```toml\n(.*?)```", guide, flags=re.DOTALL)
    with alert_server() as alerted:
        for name in ("webhook", "ping"):
            table = table.replace(f"/etc/dfwarm/{name}.url", f"{tmp_path}/{name}.url")
            (tmp_path / f"{name}.url").write_text(alerted.url)
            (tmp_path / f"{name}.url").chmod(0o600)
        table = table.replace("/var/lib/node_exporter/dfwarm.prom", f"{tmp_path}/dfwarm.prom")
        with play(tmp_path, replace(ONE_STUDY, mail=f"\n{table}")) as stage:
            due, test, acknowledge, waiting, retry = shown("alerts.md")
            assert dfwarm(stage, *due).code == 0
            assert {post["subject"].split(" - ")[0] for post in alerted.posts} == {"ALIVE", "TEST"}
            assert dfwarm(stage, *test).code == 0
            code = alerted.posts[-1]["subject"].split("acknowledge ")[1].split()[0]
            said = dfwarm(stage, *(code if word == "K7QX3MPA" else word for word in acknowledge))
            assert (said.code, said.out) == (0, "acknowledged by qa-1\n")
            assert dfwarm(stage, *waiting).out == "no alert waits\n"
            assert dfwarm(stage, *retry).code == 0
            assert (tmp_path / "dfwarm.prom").exists()

"""Alerts that arrive, or that say that they did not: a dead, slow or refusing webhook, a test that nobody answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alert_server import TOKEN, Alerted, alert_server
from dfwarm.simulator.stage import Stage
from stage_play import ONE_STUDY, STUDY, dfwarm, outcome, play


@pytest.fixture
def alerted() -> Iterator[Alerted]:
    with alert_server() as server:
        yield server


@pytest.fixture
def stage(tmp_path: Path, alerted: Alerted) -> Iterator[Stage]:
    (tmp_path / "url").write_text(f"{alerted.url}\n")
    (tmp_path / "url").chmod(0o600)
    table = (
        f'\n[alerts]\nwebhook_file = "{tmp_path}/url"\nping_file = "{tmp_path}/url"\nanswer_within = "2s"\n'
        f'metrics = "{tmp_path}/dfwarm.prom"\n'
    )
    with play(tmp_path, replace(ONE_STUDY, mail=table)) as stage:
        yield stage


def figures(path: Path) -> dict[str, int]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return {line.split("{")[0]: int(line.rpartition(" ")[2]) for line in lines}


@pytest.mark.hazard("H42")
@pytest.mark.hazard("H43")
def test_a_proven_cycle_gives_a_sign_of_life_and_a_held_one_an_alert_and_none(
    stage: Stage, alerted: Alerted, tmp_path: Path
) -> None:
    assert dfwarm(stage, "cycle", "120").code == 0
    assert (alerted.pings, alerted.posts) == (1, [])
    proven = figures(tmp_path / "dfwarm.prom")
    assert 0 <= proven["dfwarm_last_equivalent_age_seconds"] < 300
    assert proven["dfwarm_last_equivalent_timestamp_seconds"] > 0
    next((stage.production.study_dir(STUDY) / "data").glob("*.jnl")).unlink()
    assert dfwarm(stage, "cycle", "120").code == 49
    assert alerted.pings == 1, "silence is the alarm"
    (post,) = alerted.posts
    assert (post["pair"], post["subject"]) == ("stage", "INCONCLUSIVE - study 120 - HOLD - 120-00002")
    assert "dfwarm approve hold" in post["text"]
    held = figures(tmp_path / "dfwarm.prom")
    assert held["dfwarm_last_equivalent_timestamp_seconds"] == proven["dfwarm_last_equivalent_timestamp_seconds"]
    assert (held["dfwarm_last_outcome"], held["dfwarm_authority_epoch"]) == (3, 1)


@pytest.mark.hazard("H43")
@pytest.mark.parametrize("status", [500, 302, 0], ids=["refuses", "redirects", "is silent"])
def test_a_webhook_that_takes_nothing_costs_no_cycle_and_gets_it_later_and_its_address_stands_nowhere(
    stage: Stage, alerted: Alerted, status: int
) -> None:
    alerted.status = status
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, outcome(stage, 1)) == (0, "EQUIVALENT")
    waiting = json.loads(dfwarm(stage, "alert", "list", "--json").out)["waiting"]
    assert [each["way"] for each in waiting] == ["ping"]
    refused = dfwarm(stage, "alert", "retry")
    assert refused.code == 53
    says = f"it answered with status {status}" if status else "it did not answer: TimeoutError"
    assert says in refused.err, refused.err

    assert TOKEN not in said.out + said.err + refused.out + refused.err
    files = [path for path in stage.state.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []

    alerted.status = 200
    assert dfwarm(stage, "alert", "retry").code == 0
    assert alerted.pings == 1
    assert dfwarm(stage, "alert", "list").out == "no alert waits\n"


@pytest.mark.hazard("H42")
@pytest.mark.hazard("H43")
def test_a_test_wants_a_person_and_is_escalated_where_nobody_answers(stage: Stage, alerted: Alerted) -> None:
    lines = dfwarm(stage, "alert", "metrics").out.splitlines()
    assert lines[0].startswith("# HELP dfwarm_last_equivalent_age_seconds")
    assert 'dfwarm_last_equivalent_age_seconds{pair="stage",study="120"} -1' in lines

    assert dfwarm(stage, "alert", "test").code == 0
    (post,) = alerted.posts
    code = post["subject"].split()[3]
    calendar = stage.state / "alerts" / "calendar.json"
    assert code not in calendar.read_text()
    assert dfwarm(stage, "alert", "acknowledge", "WRONGONE", "--by", "qa-1").code == 53

    calendar.write_text(json.dumps(json.loads(calendar.read_text()) | {"testAt": "2026-01-01T00:00:00Z"}))
    assert dfwarm(stage, "alert", "due").code == 0
    subjects = [each["subject"].split(" - ")[0] for each in alerted.posts]
    assert subjects == ["TEST", "ALIVE", "NOBODY ANSWERED"]
    assert dfwarm(stage, "alert", "due").code == 0
    assert len(alerted.posts) == 3, "once a day is enough"

    assert dfwarm(stage, "alert", "acknowledge", code.lower(), "--by", "qa-1").code == 0
    trail = [json.loads(line) for line in (stage.state / "audit.jsonl").read_text().splitlines()]
    acts = [line["act"] for line in trail if line["act"].startswith("alert")]
    assert acts == ["alert tested", "alert escalated", "alert acknowledged"]
    assert trail[-1]["actor"]["by"] == "qa-1"

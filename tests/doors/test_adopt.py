"""`dfwarm adopt`: look at both sides first, then say so by name."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.simulator.stage import Stage
from stage_play import STUDY, dfwarm, play

BY = ("--by", "qa-1", "--reason", "the disk was replaced, ticket 118")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path) as stage:
        yield stage


def forget(stage: Stage) -> None:
    for path in (stage.state / "identity").iterdir():
        path.unlink()


def test_looking_adopts_nothing_and_shows_both_sides(stage: Stage) -> None:
    forget(stage)
    said = dfwarm(stage, "adopt", "120")
    assert said.code == 46
    for side in (stage.production, stage.standby):
        assert str(side.study_dir(STUDY)) in said.out
    assert not list((stage.state / "identity").iterdir())


def test_a_study_is_adopted_by_name_and_the_trail_says_so(stage: Stage) -> None:
    forget(stage)
    said = dfwarm(stage, "adopt", "120", *BY, "--standby-host", socket.gethostname())
    assert said.code == 0, said.err
    assert dfwarm(stage, "adopt", "120").code == 0
    told = json.loads(dfwarm(stage, "adopt", "120", "--json").out)
    assert [told[side]["is_adopted" if "is_adopted" in told[side] else "isAdopted"] for side in told] == [True, True]
    assert dfwarm(stage, "cycle", "120").code == 0
    trail = (stage.state / "audit.jsonl").read_text()
    assert "ticket 118" in trail
    assert "qa-1" in trail


@pytest.mark.hazard("H08")
def test_a_host_that_is_typed_wrong_is_refused(stage: Stage) -> None:
    forget(stage)
    said = dfwarm(stage, "adopt", "120", *BY, "--standby-host", "dfprod1")
    assert said.code == 46
    assert "'dfprod1' was typed" in said.err
    assert not list((stage.state / "identity").iterdir())


def test_a_name_without_a_reason_or_a_host_is_a_usage_error(stage: Stage) -> None:
    assert dfwarm(stage, "adopt", "120", "--by", "qa-1").code == 64


def test_preflight_says_whether_both_sides_are_what_was_adopted(stage: Stage) -> None:
    assert "roots as adopted" in dfwarm(stage, "preflight", "120").out
    forget(stage)
    said = dfwarm(stage, "preflight", "120")
    assert said.code == 2
    assert "it was never adopted on this host" in said.out

"""`dfwarm plan`: what a cycle would do is said before anything is touched, and the cycle goes by the same plan."""

import json
from pathlib import Path

import pytest

from dfwarm.facts.ledger import Act, read_ledger
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from stage_play import STUDY, dfwarm, is_up, picture, play, record_folder


def acts(stage: Stage) -> list[Act]:
    path = stage.state / "ledger.jsonl"
    return [line.act for line in read_ledger(path.read_bytes())] if path.exists() else []


@pytest.mark.requirement("URS-CYC-02")
def test_a_plan_touches_neither_side_and_says_what_is_measured_once_a_cycle_has_run(tmp_path: Path) -> None:
    freeze = 'mode = "access"\nbudget = "60s"\ndrain = "1s"'
    with play(tmp_path, Setting(PULL, (SMALL,), freeze=freeze)) as stage:
        sides = [stage.production.study_dir(STUDY), stage.standby.study_dir(STUDY)]
        before = [picture(side) for side in sides]
        said = dfwarm(stage, "plan", "120")
        assert said.code == 0, said.err
        assert "assumed, since no cycle has measured it" in said.out
        assert said.out.startswith("Authority: production rules, epoch 1")
        assert said.out.rstrip().endswith("A cycle may begin.")
        assert [picture(side) for side in sides] == before
        assert acts(stage) == []
        assert is_up(stage)
        assert dfwarm(stage, "cycle", "120").code == 0
        let_a_day_pass(stage.production, STUDY, day=1)
        told = json.loads(dfwarm(stage, "plan", "120", "--json").out)["plans"][0]
        assert told["isRefused"] is False
        (load,) = told["plan"]["loads"]
        assert load["sends"] > 6
        assert load["sendBytes"] > 0
        parts = {part["title"]: part for part in told["plan"]["estimate"]["parts"]}
        assert parts["open and close"]["knownBy"] == "measured in cycle 120-00001"
        assert parts["vendor reports"]["milli"] > 0
        kept = json.loads((record_folder(stage, 1) / "plan.json").read_text())
        assert kept["loads"][0]["sends"] > load["sends"]


@pytest.mark.hazard("H53")
@pytest.mark.requirement("URS-CYC-02")
def test_a_plan_that_breaks_its_budget_is_refused_and_so_is_the_cycle_before_its_freeze(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "1s"')) as stage:
        said = dfwarm(stage, "plan", "120")
        assert said.code == 40
        assert "REFUSED: the freeze would take" in said.out
        cycle = dfwarm(stage, "cycle", "120")
        assert cycle.code == 40
        assert "nothing was frozen" in cycle.err
        assert Act.HOLD not in acts(stage)
        assert is_up(stage)
        assert json.loads((record_folder(stage, 1) / "plan.json").read_text())["freeze"]["budgetSeconds"] == 1


def test_a_plan_says_that_the_transfer_would_be_refused(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        for page in sorted(stage.production.study_dir(STUDY).glob("pages/*/*"))[:100]:
            page.unlink()
        said = dfwarm(stage, "plan", "120")
        assert said.code == dfwarm(stage, "cycle", "120").code
        assert "REFUSED: " in said.out

"""A gate that closes the study late, when others have thawed it already, does not leave production closed."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.datafax.control import REASON
from dfwarm.errors import WatchdogFailed
from dfwarm.facts.freeze import FreezeMode
from dfwarm.facts.ledger import Act
from dfwarm.gate.freeze import FreezeOrder, arm, freeze, thaw
from dfwarm.gate.site import read_site
from dfwarm.gate.watch import Watch, watch_of
from dfwarm.gate.watchdog import LINGER_SECONDS
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from dfwarm.terms import Side, StudyNumber
from stage_play import STUDY, dfwarm, is_up, outcome, play, record

CYCLE = "120-00001"
ORDER = FreezeOrder(FreezeMode.ACCESS, 30, 0, throws_out=False)
SLOW = """#!/bin/sh
case " $* " in *" -disable "*) sleep 2 ;; esac
exec '{real}' "$@"
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path, Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "30s"')) as made:
        yield made


def is_frozen(stage: Stage) -> bool:
    return b"disabled" in stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-q")


def watch_on(stage: Stage) -> Watch:
    return watch_of(read_site(stage.config, Side.PRODUCTION), StudyNumber(STUDY), CYCLE)


def wait_for(watch: Watch, act: Act, seconds: float = 40) -> None:
    patience = time.monotonic() + seconds
    while not any(line.act is act for line in watch.lines()):
        assert time.monotonic() < patience, f"{act} never came"
        time.sleep(0.05)


@pytest.mark.hazard("H53")
@pytest.mark.requirement("URS-CYC-02")
def test_a_gate_that_closes_the_study_after_another_one_thawed_it_opens_it_again(stage: Stage) -> None:
    site, number = read_site(stage.config, Side.PRODUCTION), StudyNumber(STUDY)
    program = stage.production.datafax_dir / "bin" / "DFaccess.rpc"
    real = program.with_name("DFaccess.real")
    program.rename(real)
    program.write_text(SLOW.format(real=real))
    program.chmod(0o755)
    arm(site, number, CYCLE, 30, "access")
    failed: list[Exception] = []

    def close_it() -> None:
        try:
            freeze(site, number, CYCLE, ORDER)
        except WatchdogFailed as error:
            failed.append(error)

    closing = threading.Thread(target=close_it)
    closing.start()
    wait_for(watch_on(stage), Act.FREEZE)
    thaw(site, number, CYCLE, by="gate", why="another gate")
    closing.join(timeout=60)
    assert failed
    assert not is_frozen(stage)
    wait_for(watch_on(stage), Act.RESTORED)
    wait_for(watch_on(stage), Act.WATCH_ENDED)
    assert not is_frozen(stage)


@pytest.mark.hazard("H53")
def test_the_watchdog_stays_as_long_as_a_gate_lives_that_may_close_the_study(stage: Stage) -> None:
    site, number = read_site(stage.config, Side.PRODUCTION), StudyNumber(STUDY)
    arm(site, number, CYCLE, 30, "access")
    watch = watch_on(stage)
    with watch.closing():
        told = {"mode": "access", "access": "enabled", "wasOpen": "true", "inboundWasOn": "false"}
        assert watch.write_unless("is_watch_over", Act.FREEZE, **told)
        thaw(site, number, CYCLE, by="gate", why="another gate")
        time.sleep(LINGER_SECONDS + 2)
        stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-disable", REASON)
        assert is_frozen(stage)
    wait_for(watch, Act.WATCH_ENDED)
    assert not is_frozen(stage)
    assert not watch.is_held()


@pytest.mark.hazard("H53")
def test_a_study_that_an_earlier_cycle_left_closed_is_opened_and_that_is_said(stage: Stage) -> None:
    stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-disable", REASON)
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, outcome(stage, 1)) == (0, "EQUIVALENT"), said.out + said.err
    assert is_up(stage)
    assert "found closed by an earlier cycle of dfwarm" in str(record(stage, 1)["remarks"])

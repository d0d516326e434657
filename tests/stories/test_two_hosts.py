"""Production is never left frozen when the controller's host dies or the link between two real networks is cut."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dfwarm.facts.ledger import Act, Line, read_ledger
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import Setting
from stage_play import STUDY, dfwarm, is_up, outcome, trees_are_equal
from two_hosts import TwoHosts, two_hosts

BUDGET_SECONDS, SPARE_SECONDS = 4, 10
ACCESS = Setting(plans=(SMALL,), freeze=f'mode = "access"\nbudget = "{BUDGET_SECONDS}s"\ndrain = "1s"')
TROUBLES: dict[str, Callable[[TwoHosts], None]] = {
    "cut link": TwoHosts.unplug,
    "stalling link": TwoHosts.stall,
    "reboot": TwoHosts.crash_near,
}


@pytest.mark.hazard("H53")
@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize("trouble", list(TROUBLES))
def test_production_opens_by_itself_and_both_ledgers_tell_what_happened(tmp_path: Path, trouble: str) -> None:
    with two_hosts(tmp_path, ACCESS) as hosts:
        report = hosts.stage.production.datafax_dir / "reports" / "DF_ICqcs"
        whole = report.read_text()
        report.write_text(f"#!/bin/sh\ntouch '{hosts.stage.folder}/inside'\nexec sleep 30\n")
        with a_cycle(hosts):
            wait_until((hosts.stage.folder / "inside").exists)
            assert is_frozen(hosts)
            TROUBLES[trouble](hosts)
            wait_until(lambda: not is_frozen(hosts), BUDGET_SECONDS + SPARE_SECONDS)
        report.write_text(whole)
        hosts.mend()
        wait_until(lambda: any(line.act is Act.WATCH_ENDED for line in of_production(hosts)))
        thawed = [line for line in of_production(hosts) if line.act is Act.THAWED]
        assert [line.detail["by"] for line in thawed] == ["watchdog"]
        held = [line.act for line in of_controller(hosts) if line.act in {Act.HOLD, Act.RESTORED}]
        assert held[:1] == [Act.HOLD]
        assert dfwarm(hosts.stage, "recover", prefix=hosts.on_near).code == 3
        assert outcome(hosts.stage, 1) == "INCONCLUSIVE"
        said = dfwarm(hosts.stage, "cycle", "120", prefix=hosts.on_near)
        assert said.code == 0, said.err
        assert is_up(hosts.stage)
        assert trees_are_equal(hosts.stage)


@contextmanager
def a_cycle(hosts: TwoHosts) -> Iterator[None]:
    argv = [*hosts.on_near, sys.executable, "-m", "dfwarm", "--config", str(hosts.stage.config), "cycle", "120"]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as cycle:
        try:
            yield
        finally:
            cycle.send_signal(signal.SIGKILL)


def is_frozen(hosts: TwoHosts) -> bool:
    return b"disabled" in hosts.stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-q")


def of_production(hosts: TwoHosts) -> tuple[Line, ...]:
    path = hosts.stage.folder / "gate-state" / "freezes" / "120-00001.jsonl"
    content = path.read_bytes()
    return read_ledger(content[: content.rfind(b"\n") + 1])


def of_controller(hosts: TwoHosts) -> tuple[Line, ...]:
    content = (hosts.stage.state / "ledger.jsonl").read_bytes()
    return read_ledger(content[: content.rfind(b"\n") + 1])


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)

"""Production is never left frozen: whoever dies, hangs or is cut off, and whatever the vendor's programs say."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.facts.ledger import Act, Line, read_ledger
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from stage_play import STUDY, dfwarm, is_up, outcome, play, record, record_folder, trees_are_equal

ACCESS = Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "4s"\ndrain = "1s"')
SPARE_SECONDS = 10
"""A freeze may outlast its budget by so much, and never by more."""


def in_ledger(stage: Stage, act: Act) -> bool:
    path = stage.state / "ledger.jsonl"
    whole = path.read_bytes() if path.exists() else b""
    return any(line.act is act for line in read_ledger(whole[: whole.rfind(b"\n") + 1]))


def own_ledger(folder: Path, cycle: str = "120-00001") -> tuple[Line, ...]:
    return read_ledger((folder / "freezes" / f"{cycle}.jsonl").read_bytes())


def is_frozen(stage: Stage) -> bool:
    return b"disabled" in stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-q")


def wait_until(condition: object, seconds: float = 30) -> float:
    began = time.monotonic()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.02)
    return time.monotonic() - began


def hang_in_the_freeze(stage: Stage) -> None:
    """A vendor report that takes its time, so that there is a middle of the freeze."""
    report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
    report.write_text(f"#!/bin/sh\ntouch '{stage.folder}/inside'\nexec sleep 60\n")


@contextmanager
def a_cycle(stage: Stage) -> Iterator["subprocess.Popen[bytes]"]:
    argv = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "cycle", "120"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as cycle:
        try:
            yield cycle
        finally:
            for number in (signal.SIGCONT, signal.SIGKILL):
                if cycle.poll() is None:
                    cycle.send_signal(number)


@pytest.mark.hazard("H53")
@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_production_is_thawed_by_its_own_watchdog_when_the_controller_is_gone(
    tmp_path: Path, number: signal.Signals
) -> None:
    with play(tmp_path, ACCESS) as stage:
        hang_in_the_freeze(stage)
        with a_cycle(stage) as cycle:
            wait_until((stage.folder / "inside").exists)
            assert is_frozen(stage)
            cycle.send_signal(number)
            assert wait_until(lambda: not is_frozen(stage)) <= 4 + SPARE_SECONDS
        wait_until(lambda: any(line.act is Act.WATCH_ENDED for line in own_ledger(stage.state)))
        told = [(line.act, line.detail.get("by", "")) for line in own_ledger(stage.state)]
        assert (Act.THAWED, "watchdog") in told
        assert dfwarm(stage, "recover").code == 3
        assert is_up(stage)
        assert "thawed by the watchdog" in str(record(stage, 1)["remarks"])
        assert b"thawed" in (record_folder(stage, 1) / "freeze.jsonl").read_bytes()


@pytest.mark.hazard("H53")
@pytest.mark.parametrize("victim", ["gate", "link", "stopped gate"])
def test_production_is_thawed_when_its_gate_stops_or_dies_or_the_link_dies(tmp_path: Path, victim: str) -> None:
    with play(tmp_path, replace(ACCESS, arrangement=PULL)) as stage:
        hang_in_the_freeze(stage)
        with a_cycle(stage) as cycle:
            wait_until((stage.folder / "inside").exists)
            assert is_frozen(stage)
            victims = links(cycle.pid) if victim == "link" else gates(stage)
            for process in victims:
                os.kill(process, signal.SIGSTOP if victim == "stopped gate" else signal.SIGKILL)
            assert wait_until(lambda: not is_frozen(stage)) <= 4 + SPARE_SECONDS
            if victim == "stopped gate":
                for process in victims:
                    os.kill(process, signal.SIGCONT)
            cycle.communicate(timeout=60)
        assert cycle.returncode in (11, 29, 42)
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert is_up(stage)


def gates(stage: Stage) -> list[int]:
    """Production's gate, found by its own configuration and side."""
    return _processes(b"dfwarm.gate\0", os.fsencode(stage.gate_config), b"production")


def links(controller: int) -> list[int]:
    """The ssh clients that a controller started."""
    found = _processes(b"ssh\0-F")
    return [process for process in found if _parent(process) == controller]


def _processes(*marks: bytes) -> list[int]:
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = Path(f"/proc/{name}/cmdline").read_bytes()
        except OSError:
            continue
        if all(mark in words for mark in marks):
            found.append(int(name))
    return found


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.hazard("H56")
def test_a_freeze_that_reaches_its_budget_is_given_up_with_a_clear_error(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        hang_in_the_freeze(stage)
        said = dfwarm(stage, "cycle", "120")
        assert said.code in (40, 42), said.err
        assert "the budget of 4 s" in said.err
        assert "hint:" in said.err
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert is_up(stage)


def test_the_time_point_lies_inside_the_freeze_and_says_how_it_is_known(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        let_a_day_pass(stage.production, STUDY, day=1)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.err
        assert "FREEZE 00:0" in said.err
        found = record(stage, 2)
        acts = {line.act: line.at.isoformat()[:23] for line in own_ledger(stage.state, "120-00002")}
        assert acts[Act.FROZEN] <= str(found["asOf"])[:23] <= acts[Act.THAW]
        told = str(found["asOfKnownBy"])
        assert "the study was disabled on production since" in told
        assert "found that nothing moved; the newest journal entry is of 2026-02-03 " in told
        assert ", in 2602.jnl of" in told
        assert "jack" not in told  # who worked, and on what, stays in the journal
        assert found["freeze"]["mode"] == "access"  # type: ignore[index]
        assert 0 < found["freeze"]["heldMilli"] < 4000  # type: ignore[index,operator]
        assert not list((stage.state / "staging").glob("*"))
        assert trees_are_equal(stage)


def test_users_who_do_not_leave_end_the_freeze_and_not_production(tmp_path: Path) -> None:
    setting = replace(ACCESS, activity="skip")
    with play(tmp_path, setting) as stage:
        users = stage.production.datafax_dir / "work" / "users"
        restrict = stage.production.datafax_dir / "bin" / "DFaccess.rpc"
        restrict.write_text(restrict.read_text().replace("-restrict) echo", f"-restrict) echo jack >'{users}'; echo"))
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "1 did not leave: jack" in said.err) == (16, True), said.err
        assert is_up(stage)
        assert outcome(stage, 1) == "INCONCLUSIVE"


def test_inbound_pages_wait_during_the_freeze_and_come_in_after_it(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        marker = stage.production.datafax_dir / "work" / "inbound.disabled"
        report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
        whole = report.read_text()
        report.write_text(whole.replace("set -eu", f"set -eu\n[ -e '{marker}' ] && touch '{stage.folder}/waited'", 1))
        assert dfwarm(stage, "cycle", "120").code == 0
        assert ((stage.folder / "waited").exists(), marker.exists()) == (True, False)
        marker.touch()
        assert dfwarm(stage, "cycle", "120").code == 0
        assert marker.exists(), "what was off before stays off"


def test_an_access_state_that_was_restricted_before_is_restricted_after(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-restrict", "maintenance")
        assert dfwarm(stage, "cycle", "120").code == 0
        assert b"restricted" in stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-q")


def test_a_study_that_was_found_disabled_stays_disabled(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-disable", "maintenance")
        assert dfwarm(stage, "cycle", "120").code == 0
        assert is_frozen(stage)
        assert "found disabled" in str(record(stage, 1)["asOfKnownBy"])


@pytest.mark.hazard("H40")
def test_a_server_that_writes_though_access_says_disabled_is_caught(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, activity="go-on")) as stage:
        journal = stage.production.study_dir(STUDY) / "data" / "2503.jnl"
        program = f"import time\nfor _ in range(60000):\n    open({str(journal)!r}, 'ab').write(b'x|y|z\\n'); time.sleep(.001)"
        liars = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(4)]
        said = dfwarm(stage, "cycle", "120")
        for liar in liars:
            liar.kill()
            liar.wait()
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE"), said.err
        assert "production moved at the time point: STUDY_DIR data" in " ".join(said.out.split())
        assert is_up(stage)


@pytest.mark.hazard("H55")
def test_two_controllers_cannot_freeze_one_study_at_once(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, freeze='mode = "access"\nbudget = "25s"\ndrain = "1s"')) as stage:
        hang_in_the_freeze(stage)
        other = stage.folder / "other.toml"
        other.write_text(
            stage.config.read_text().replace(f'state = "{stage.state}"', f'state = "{stage.folder}/other"')
        )
        (stage.folder / "other").mkdir()
        for shared in ("freezes", "identity", "authority"):
            (stage.folder / "other" / shared).symlink_to(stage.state / shared)
        with a_cycle(stage):
            wait_until((stage.folder / "inside").exists)
            argv = [sys.executable, "-m", "dfwarm", "--config", str(other), "cycle", "120"]
            said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
            assert said.returncode in (15, 16), said.stderr
        wait_until(lambda: not is_frozen(stage))


def test_disabling_that_fails_is_one_clear_error_and_production_is_open(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, freeze='mode = "access"\nbudget = "20s"')) as stage:
        (stage.production.datafax_dir / "work" / f"refuse.{STUDY}").touch()
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "did not stop" in said.err) == (23, True), said.err
        assert is_up(stage)


def test_the_whole_server_is_stopped_and_started_where_the_mode_says_so(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, freeze='mode = "stop"\nbudget = "30s"')) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        said = (record_folder(stage, 1) / "transcripts.jsonl").read_text()
        assert '"DFshutdown"' in said
        assert '"DFbootstrap"' in said
        assert is_up(stage)

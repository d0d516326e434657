"""What comes at a bad moment: pages inside the freeze and while the rest is sent, a clock that is set, a study that sticks."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from stage_play import STUDY, dfwarm, is_up, outcome, play, record

ACCESS = Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "30s"\ndrain = "1s"')
STILL = replace(ACCESS, activity="go-on", freeze='mode = "still"\nbudget = "30s"\nfallback = "access"\ntries = 1')
CLOCK = """\
import os, time
honest = time.time_ns, time.clock_gettime_ns
step = lambda: int(open({path!r}).read()) * 10**9 if os.path.exists({path!r}) else 0
time.time_ns = lambda: honest[0]() + step()
time.time = lambda: time.time_ns() / 10**9
time.clock_gettime_ns = lambda which: honest[1](which) + (step() if which == time.CLOCK_REALTIME else 0)
"""
"""A gate's host whose clock can be set, without that of this machine."""
PAGE = Path("pages", "0901", "ZZZZ001")


def report_that_writes(stage: Stage, *, again: bool) -> None:
    """A vendor report beside which a page arrives: before any look at the time point, and never between two of them."""
    report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
    page, marker = stage.production.study_dir(STUDY) / PAGE, stage.folder / "arrived"
    once = "" if again else f"[ -e '{marker}' ] || "
    arrives = f"{once}{{ sleep 0.1; echo page >>'{page}'; : >'{marker}'; }}\n"
    report.write_text(report.read_text().replace("set -eu\n", f"set -eu\n{arrives}", 1))


@pytest.mark.hazard("H40")
def test_a_page_that_comes_in_though_the_study_is_closed_is_told_by_its_change_time(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        report_that_writes(stage, again=True)
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE"), said.err
        told = " ".join(said.out.split())
        assert "STUDY_DIR pages/0901/ZZZZ001: written since the reports began" in told
        assert is_up(stage)


def test_a_still_moment_is_not_one_in_which_the_reports_saw_another_study(tmp_path: Path) -> None:
    with play(tmp_path, STILL) as stage:
        report_that_writes(stage, again=False)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.err
        assert record(stage, 1)["freeze"]["mode"] == "access"  # type: ignore[index]
        assert "production did not stand still in 1 tries" in str(record(stage, 1)["remarks"])
        assert dfwarm(stage, "cycle", "120").code == 0
        assert record(stage, 2)["freeze"]["mode"] == "still"  # type: ignore[index]


def test_a_page_that_arrives_while_the_rest_is_sent_belongs_to_the_next_cycle(tmp_path: Path) -> None:
    with play(tmp_path, ACCESS) as stage:
        page = stage.production.study_dir(STUDY) / PAGE
        arriving = threading.Thread(target=_arrive, args=(stage, page))
        arriving.start()
        said = dfwarm(stage, "cycle", "120")
        arriving.join()
        assert (said.code, outcome(stage, 1)) == (0, "EQUIVALENT"), said.err
        assert page.exists()
        assert not (stage.standby.study_dir(STUDY) / PAGE).exists()
        assert dfwarm(stage, "cycle", "120").code == 0
        assert (stage.standby.study_dir(STUDY) / PAGE).read_bytes() == b"page"


def _arrive(stage: Stage, page: Path) -> None:
    """Wait for the freeze and for its end, then let a page in."""
    registration = stage.production.datafax_dir / "lib" / "DFstudies.db"
    patience = time.monotonic() + 60
    for wanted in (True, False):
        while ("|-" in registration.read_text()) is not wanted and time.monotonic() < patience:
            time.sleep(0.005)
    page.write_bytes(b"page")


@pytest.mark.hazard("H57")
def test_a_clock_that_is_set_while_the_reports_run_leaves_the_time_point_without_a_time(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, arrangement=PULL)) as stage:
        clock, keys = stage.folder / "clock", stage.folder / "ssh" / "authorized_keys"
        (stage.folder / "lies").mkdir()
        (stage.folder / "lies" / "sitecustomize.py").write_text(CLOCK.format(path=str(clock)))
        keys.write_text(keys.read_text().replace('command="', f'command="env PYTHONPATH={stage.folder}/lies '))
        report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
        report.write_text(report.read_text().replace("set -eu\n", f"set -eu\necho -3600 >'{clock}'\n", 1))
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE"), said.err
        assert "production's clock was set by -36" in " ".join(said.out.split())
        assert is_up(stage)


@pytest.mark.hazard("H53")
def test_a_study_that_cannot_be_opened_again_is_told_and_recover_opens_it(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, freeze='mode = "access"\nbudget = "6s"\ndrain = "1s"')) as stage:
        report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
        stuck = stage.production.datafax_dir / "work" / f"stuck.{STUDY}"
        report.write_text(report.read_text().replace("set -eu\n", f"set -eu\n: >'{stuck}'\n", 1))
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "did not open" in said.err) == (23, True), said.err
        assert outcome(stage, 1) == "INCONCLUSIVE"
        stuck.unlink()
        dfwarm(stage, "recover")
        assert is_up(stage)

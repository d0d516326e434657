"""Pages that arrive at bad moments: inside the freeze, where nobody should write, and while the rest is sent."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from stage_play import STUDY, dfwarm, is_up, outcome, play, record

ACCESS = Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "30s"\ndrain = "1s"')
STILL = replace(ACCESS, activity="go-on", freeze='mode = "still"\nbudget = "30s"\nfallback = "access"\ntries = 1')
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

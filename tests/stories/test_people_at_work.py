import contextlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.simulator.stage import Stage
from stage_play import ONE_STUDY, STUDY, dfwarm, outcome, play, record_folder


def test_somebody_who_writes_without_a_login_is_seen_between_two_looks(tmp_path: Path) -> None:
    with play(tmp_path, replace(ONE_STUDY, activity="skip")) as stage, writing(stage):
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "the journals changed by" in said.err) == (16, True), said.err
        assert outcome(stage, 1) == "INCONCLUSIVE"


@pytest.mark.hazard("H19")
def test_a_study_that_never_stands_still_is_never_equivalent(tmp_path: Path) -> None:
    with play(tmp_path, replace(ONE_STUDY, activity="go-on", hold="none")) as stage:
        for place in range(4_000):  # so that two looks take far longer than a pause of the writer
            (stage.production.study_dir(STUDY) / "lut" / f"{place:04d}").touch()
        with writing(stage, every=0.001):
            said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE")
        assert "production moved at the time point: STUDY_DIR data" in " ".join(said.out.split())


def test_a_cycle_waits_until_people_have_left(tmp_path: Path) -> None:
    with play(tmp_path, replace(ONE_STUDY, activity="wait")) as stage:
        users = stage.production.datafax_dir / "work" / "users"
        users.write_text("jack\n")
        leave = threading.Timer(3, lambda: users.write_text(""))
        leave.start()
        said = dfwarm(stage, "cycle", "120")
        leave.join()
        assert (said.code, outcome(stage, 1)) == (0, "EQUIVALENT")
        log = next(record_folder(stage, 1).glob("cycle.*.log")).read_text()
        assert "step begun step=1 title=look for study activity on production" in log


class writing:  # noqa: N801
    """Append to the journal as a study server does, ten times a second or oftener."""

    def __init__(self, stage: Stage, every: float = 0.1) -> None:
        self._every = every
        self._path = stage.production.study_dir(STUDY) / "data" / "2503.jnl"
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _write(self) -> None:
        with contextlib.suppress(PermissionError):  # it writes in time on a busy machine too, where it may ask for that
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -20)
        for _ in range(int(60 / self._every)):
            with self._path.open("ab") as journal:
                journal.write(b"261123|120000|jack|1|2|0000/0000000|120|1|1|1001|x|\n")
            if self._end.wait(self._every):
                return

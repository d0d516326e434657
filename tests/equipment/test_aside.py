"""Work that goes on aside: its result is that of the work itself, and a process that is lost is an error."""

import os
import signal
from pathlib import Path

import pytest
from test_study_reports import made

from dfwarm.equipment import study_reports
from dfwarm.equipment.aside import begin_aside
from dfwarm.errors import PathUnreadable
from dfwarm.simulator.plan import DECK
from dfwarm.simulator.study import write_study


@pytest.mark.parametrize("is_worth_it", [True, False])
def test_what_is_done_aside_comes_back_whole(is_worth_it: bool) -> None:
    with begin_aside(lambda: (os.getpid(), b"x" * 1_000_000), is_worth_it=is_worth_it) as result:
        process, content = result()
    assert len(content) == 1_000_000
    assert (process != os.getpid()) == is_worth_it


def test_a_process_that_is_lost_is_an_error_and_no_smaller_result() -> None:
    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with begin_aside(die, is_worth_it=True) as result, pytest.raises(PathUnreadable, match="was lost"):
        result()


def test_nobody_waits_for_work_aside_that_is_not_wanted_any_more() -> None:
    with pytest.raises(KeyError), begin_aside(signal.pause, is_worth_it=True):
        raise KeyError


def test_reports_that_are_made_among_processes_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_study(tmp_path / "study", DECK)
    (tmp_path / "study/pages/0901").mkdir(exist_ok=True)
    (tmp_path / "study/pages/0901/odd").write_bytes(b"")
    alone = made(tmp_path / "study", number=DECK.number, shelf=tmp_path / "one")
    monkeypatch.setattr(study_reports, "SHARED_FROM_BYTES", 0)
    together = made(tmp_path / "study", number=DECK.number, shelf=tmp_path / "two", workers=2)
    assert together == alone
    assert list(together) == list(alone)

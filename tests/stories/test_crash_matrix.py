"""A seeded share of the crash matrix, on real disks and processes; the whole of it is run by tests/crash_matrix.py."""

import os
from pathlib import Path

import pytest

from crash_faults import CELLS, Cell, Fault, Step, Who
from crash_matrix import Played, draw, play_cells, render
from crash_stage import refuse_foreign, why_not
from stage_play import dfwarm, is_up, outcome, play

SHARE = (
    Cell(Fault.POWER, Who.NEAR, Step.RECORD),
    Cell(Fault.FULL, Who.STANDBY_DISK, Step.FREEZE),
    Cell(Fault.FULL, Who.STATE_DISK, Step.RECORD),
)


@pytest.mark.hazard("H51")
@pytest.mark.hazard("H52")
@pytest.mark.hazard("H54")
@pytest.mark.hazard("H61")
@pytest.mark.timeout(900)
@pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can be played here")
def test_a_share_of_the_crash_matrix_is_survived(tmp_path: Path) -> None:
    played = list(play_cells(SHARE, tmp_path))
    assert [cell.say() for cell in played if cell.broken] == []
    assert [cell.say() for cell in played if not cell.happened] == []


@pytest.mark.hazard("H53")
@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize("by", ["recover", "cycle"])
def test_a_standby_that_could_not_be_opened_is_opened_by_recover_or_by_the_next_cycle(tmp_path: Path, by: str) -> None:
    with play(tmp_path) as stage:
        access = stage.standby.datafax_dir / "bin" / "DFaccess.rpc"
        usual = access.read_text()
        access.write_text(usual.replace("#!/bin/sh\n", '#!/bin/sh\ncase "$*" in *-enable*) exit 1 ;; esac\n', 1))
        assert dfwarm(stage, "cycle", "120").code == 23
        access.write_text(usual)
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert not is_up(stage)
        assert dfwarm(stage, "status", "--json").out.count('"openCycle": "120-00001"') == 1
        said = dfwarm(stage, by, *(("120",) if by == "cycle" else ()))
        assert said.code == (0 if by == "cycle" else 3), said.err
        assert is_up(stage)
        assert dfwarm(stage, "recover").out.startswith("nothing to recover")


def test_each_fault_is_drawn_once_before_one_is_drawn_twice_and_a_seed_repeats_it() -> None:
    kinds = {(cell.fault, cell.who) for cell in CELLS}
    first = draw(7, len(kinds))
    assert {(cell.fault, cell.who) for cell in first} == kinds
    assert first == draw(7, len(kinds)) != draw(8, len(kinds))
    assert sorted(map(Cell.say, draw(7, 10_000))) == sorted(map(Cell.say, CELLS))
    assert {cell.fault for cell in CELLS} == set(Fault)
    assert {cell.who for cell in CELLS} == set(Who)
    assert {cell.step for cell in CELLS} == set(Step)


def test_the_page_counts_what_happened_and_names_what_was_not_survived() -> None:
    cell = ("SIGKILL", "controller", "10 letter")
    good = Played(*cell, happened=True, code=-9, outcome="EQUIVALENT", recovered=0, next_code=0, broken=())
    bad = Played(*cell, happened=True, code=-9, outcome="EQUIVALENT", recovered=0, next_code=2, broken=("it differs",))
    never = Played(*cell, happened=False, code=0, outcome="EQUIVALENT", recovered=0, next_code=0, broken=())
    page = render([good, bad, never])
    assert "| SIGKILL | controller | 3 | 2 | 1 |" in page
    assert "- SIGKILL, controller, 10 letter: it differs" in page


def test_no_signal_reaches_a_process_that_is_not_of_the_stage(tmp_path: Path) -> None:
    for process in (0, 1, os.getpid(), os.getppid()):
        with pytest.raises(AssertionError, match="not of this stage"):
            refuse_foreign({process}, os.fsencode(tmp_path))

"""Every fault is held against a second, slow, obvious reading of the study; nothing of the product reads it here."""

import os
import shutil
from pathlib import Path

import pytest

from dfwarm.simulator.faults import FAULTS, Fault
from dfwarm.simulator.finding import Finding, Place
from dfwarm.simulator.plan import DECK
from dfwarm.simulator.study import write_study
from obvious_study import examine


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy") / "035"
    write_study(folder, DECK)
    return folder


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_causes_its_finding_once(fault: Fault, healthy: Path, tmp_path: Path) -> None:
    study = copy(healthy, tmp_path / "035")
    place = fault.inject(study, 7)
    appeared = examine(study, healthy) - examine(healthy, healthy)
    assert appeared[fault.expects] == 1
    assert speaks_of_something(study, healthy, place)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_makes_two_sides_differ_and_on_both_sides_leaves_them_equal(
    fault: Fault, healthy: Path, tmp_path: Path
) -> None:
    one, other = copy(healthy, tmp_path / "one"), copy(healthy, tmp_path / "other")
    at = fault.inject(one, 7)
    assert bytes_of(one) != bytes_of(other)
    assert fault.inject(other, 7) == at
    assert bytes_of(one) == bytes_of(other)


def test_a_study_without_a_fitting_record_refuses_the_fault(healthy: Path, tmp_path: Path) -> None:
    study = copy(healthy, tmp_path / "035")
    (study / "data" / "plt001.dat").write_bytes(b"")
    with pytest.raises(LookupError, match="no record"):
        FAULTS[0].inject(study, 7)


def test_every_fault_has_a_name_of_its_own_and_every_finding_a_fault() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    assert {fault.expects for fault in FAULTS} == set(Finding)


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))


def bytes_of(study: Path) -> dict[str, tuple[int, bytes]]:
    """Mode and content of every file; the times of a copy are its own, and what may not be read has its mode."""
    return {
        str(path.relative_to(study)): (mode, path.read_bytes() if mode & 0o400 and path.is_file() else b"")
        for path in study.rglob("*")
        if not path.is_dir() and (mode := path.stat().st_mode)
    }


def speaks_of_something(study: Path, healthy: Path, place: Place) -> bool:
    """The named place is where the two trees differ."""
    now, before = study / os.fsdecode(place.path), healthy / os.fsdecode(place.path)
    if not place.line:
        return (
            not now.exists()
            or not before.exists()
            or now.stat().st_mode != before.stat().st_mode
            or now.is_fifo()
            or (now.read_bytes() != before.read_bytes())
        )
    lines, old = now.read_bytes().splitlines(keepends=True), before.read_bytes().splitlines(keepends=True)
    return place.line > len(old) or lines[place.line - 1] != old[place.line - 1]

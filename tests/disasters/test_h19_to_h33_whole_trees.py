"""Trees that have hurt other tools, carried over and proven whole; what moved meanwhile is never proven."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dfwarm.equipment.remembered import Nothing
from dfwarm.equipment.scan import scan
from dfwarm.manifest.difference import Comparison, compare
from dfwarm.manifest.scope import Scope
from dfwarm.rsync.argv import TransferOptions
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting
from rsync_stage import Stage, open_stage, write
from stage_play import STUDY, dfwarm, play

SLOW = TransferOptions(io_timeout_seconds=20, bandwidth_kib=2_000)


@pytest.fixture
def stage() -> Iterator[Stage]:
    yield from open_stage()


def compared(stage: Stage) -> Comparison:
    return compare(scan(stage.production, Nothing()), scan(stage.standby, Nothing()), Scope())


@pytest.mark.hazard("H24")
@pytest.mark.hazard("H30")
@pytest.mark.hazard("H33")
@pytest.mark.parametrize("arrangement", [LOCAL, PULL])
def test_holes_longest_names_and_links_that_lead_away_arrive_and_nothing_behind_them_is_touched(
    tmp_path: Path, arrangement: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").write_bytes(b"not of the study")
    with play(tmp_path, Setting(arrangement, (SMALL,))) as pair:
        ours, theirs = (side.study_dir(STUDY) for side in (pair.production, pair.standby))
        lut = ours / "lut"
        lut.mkdir(exist_ok=True)
        with (lut / "sparse").open("wb") as file:
            file.seek(3 << 20)
            file.write(b"after the hole")
            file.truncate(5 << 20)
        (lut / ("n" * 255)).write_bytes(b"longest")
        (lut / "away").symlink_to(elsewhere)
        (lut / "folder").mkdir()
        (lut / "folder" / "precious").write_bytes(b"of the study")
        assert dfwarm(pair, "cycle", "120").code == 0
        (theirs / "lut" / "folder" / "precious").unlink()
        (theirs / "lut" / "folder").rmdir()
        (theirs / "lut" / "folder").symlink_to(elsewhere)
        (lut / ("n" * 255)).write_bytes(b"longest, again")
        with (lut / "sparse").open("r+b") as file:
            file.write(b"no hole here")
        said = dfwarm(pair, "cycle", "120")
        assert said.code == 0, said.out
        assert (theirs / "lut" / "sparse").read_bytes() == (lut / "sparse").read_bytes()
        assert (theirs / "lut" / ("n" * 255)).read_bytes() == b"longest, again"
        assert os.readlink(theirs / "lut" / "away") == str(elsewhere)
        assert (theirs / "lut" / "folder" / "precious").read_bytes() == b"of the study"
        assert [path.name for path in elsewhere.iterdir()] == ["precious"]
        assert (elsewhere / "precious").read_bytes() == b"not of the study"


@pytest.mark.hazard("H22")
@pytest.mark.parametrize("size", [100_000, 5_000_000])
def test_a_file_that_shrinks_or_grows_under_the_transfer_is_never_called_equal(stage: Stage, size: int) -> None:
    write(stage.production, {b"data/plt001.dat": os.urandom(2_000_000), b"lib/DFschema": b"1"})
    plate = stage.production + b"/data/plt001.dat"
    plate_name, there = b"data/plt001.dat", Path(os.fsdecode(stage.standby)) / "data" / "plt001.dat"
    moved = threading.Event()

    def rewrite(said: bytes) -> None:
        if said and not moved.is_set():
            moved.set()
            os.truncate(plate, size)

    ran = stage.transfer(SLOW, listen=rewrite)
    assert moved.is_set()
    differing = {each.path for each in compared(stage).differences}
    is_equal = Path(os.fsdecode(plate)).read_bytes() == there.read_bytes() if there.exists() else False
    assert is_equal or plate_name in differing
    assert ran.said.status in (0, 23, 24, 12)


@pytest.mark.hazard("H19")
def test_a_file_that_is_rewritten_in_place_under_the_transfer_is_found_by_the_listings(stage: Stage) -> None:
    old, new = b"o" * 3_000_000, b"n" * 3_000_000
    write(stage.production, {b"data/plt001.dat": old})
    plate = Path(os.fsdecode(stage.production + b"/data/plt001.dat"))
    before = plate.stat()
    moved = threading.Event()

    def rewrite(said: bytes) -> None:
        if said and not moved.is_set():
            moved.set()
            with plate.open("r+b") as file:
                file.write(new)
            os.utime(plate, ns=(before.st_atime_ns, before.st_mtime_ns))

    first = scan(stage.production, Nothing())
    stage.transfer(SLOW, listen=rewrite)
    assert moved.is_set()
    moved_on_production = compare(first, scan(stage.production, Nothing()), Scope()).differences
    assert [each.path for each in moved_on_production] == [b"data/plt001.dat"], "its time was put back, and it is seen"

"""Changes that go beyond the budgets: held before the first write, until a second person approves exactly them."""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dfwarm.simulator.stage import Stage
from stage_play import STUDY, dfwarm, is_up, outcome, picture, play, record, record_folder, trees_are_equal

APPROVE = ("--by", "qa-1", "--reason", "the site asked for it, change 17")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        yield stage


def images(stage: Stage) -> list[Path]:
    found = sorted((stage.production.study_dir(STUDY) / "pages").glob("*/[0-9]*"))
    return [path for path in found if path.is_file()]


def encrypt(stage: Stage) -> None:
    """What a ransomware does first: a few images become noise of the same size, with their times put back."""
    path = images(stage)[0]
    path.write_bytes(b"".join(hashlib.sha256(bytes([turn])).digest() for turn in range(64)))


def lose_setup(stage: Stage) -> None:
    (stage.production.study_dir(STUDY) / "lib" / "DFsetup").unlink()


def lose_data(stage: Stage) -> None:
    next((stage.production.study_dir(STUDY) / "data").glob("plt*.dat")).unlink()


def lose_a_folder(stage: Stage) -> None:
    shutil.rmtree(stage.production.study_dir(STUDY) / "pages")


@pytest.mark.hazard("H01")
@pytest.mark.hazard("H05")
@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (encrypt, "1 images are no images any more, 0 allowed"),
        (lose_setup, "1 setup files would be deleted, 0 allowed, first lib/DFsetup"),
        (lose_data, "1 data files would be deleted, 0 allowed"),
        (lose_a_folder, "study folders vanished, 0 allowed, first pages"),
    ],
)
def test_what_goes_beyond_a_budget_is_held_before_the_first_write(
    stage: Stage, spoil: Callable[[Stage], None], says: str
) -> None:
    before = picture(stage.standby.study_dir(STUDY))
    spoil(stage)
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, says in said.err) == (49, True), said.err
    assert "HOLD, nothing was written to the standby" in said.err
    assert picture(stage.standby.study_dir(STUDY)) == before
    assert is_up(stage)
    assert outcome(stage, 2) == "INCONCLUSIVE"
    assert record(stage, 2)["hold"]["isHeld"]  # type: ignore[index]
    letter = (record_folder(stage, 2) / "letter.txt").read_text()
    assert "dfwarm approve hold 120-00002 --by NAME --reason WHY" in letter


@pytest.mark.hazard("H01")
def test_a_second_person_approves_exactly_the_held_plan_and_once(stage: Stage) -> None:
    whole = picture(stage.production.study_dir(STUDY))
    lose_data(stage)
    assert dfwarm(stage, "cycle", "120").code == 49
    shown = dfwarm(stage, "approve", "hold", "120-00002")
    assert (shown.code, "not approved" in shown.out, "data/plt" in shown.out) == (0, True, True)
    assert dfwarm(stage, "cycle", "120").code == 49, "showing approves nothing"
    refused = dfwarm(stage, "approve", "hold", "120-00003", "--by", "root", "--reason", "mine")
    assert (refused.code, "somebody else has to approve it" in refused.err) == (48, True), refused.err
    assert dfwarm(stage, "approve", "hold", "120-00003", *APPROVE).code == 0
    assert dfwarm(stage, "approve", "hold", "120-00003", *APPROVE).code == 48

    lost = next((stage.production.study_dir(STUDY) / "data").glob("plt*.dat"))
    content = lost.read_bytes()
    lost.unlink()
    said = dfwarm(stage, "cycle", "120")
    assert (said.code, f"first data/{lost.name}" in said.err) == (49, True), "more than was approved"
    lost.write_bytes(content)
    assert dfwarm(stage, "cycle", "120").code in {0, 3}
    assert trees_are_equal(stage)
    assert len(picture(stage.standby.study_dir(STUDY))) < len(whole)
    found = record(stage, 5)["hold"]
    assert (found["isHeld"], found["approvedCycle"], found["approvedBy"]) == (False, "120-00003", "qa-1")  # type: ignore[index]
    assert any("approved by qa-1 as held in 120-00003" in each for each in record(stage, 5)["remarks"])  # type: ignore[attr-defined]
    trail = (stage.state / "audit.jsonl").read_text()
    assert json.loads(trail.splitlines()[-1])["act"] == "hold approved"

    lose_data(stage)
    assert dfwarm(stage, "cycle", "120").code == 49, "an approval is good for one cycle"


def test_a_held_plan_that_was_altered_cannot_be_approved(stage: Stage) -> None:
    lose_setup(stage)
    assert dfwarm(stage, "cycle", "120").code == 49
    path = record_folder(stage, 2) / "hold.json"
    path.chmod(0o600)
    path.write_text(path.read_text().replace("lib/DFsetup", "lib/DFother"))
    said = dfwarm(stage, "approve", "hold", "120-00002", *APPROVE)
    assert (said.code, "was altered since" in said.err) == (48, True)
    assert dfwarm(stage, "approve", "hold", "120-00001", *APPROVE).code == 48


@pytest.mark.hazard("H44")
def test_a_crf_that_was_deleted_in_the_ordinary_way_is_not_held(stage: Stage) -> None:
    """DataFax renames the image of a deleted CRF to `X`: nothing is lost, however many there are."""
    for path in images(stage):
        path.rename(path.with_name(f"X{path.name}"))
    assert dfwarm(stage, "cycle", "120").code in {0, 2, 3}, "judged, not held"
    assert record(stage, 2)["hold"] is None
    assert trees_are_equal(stage)

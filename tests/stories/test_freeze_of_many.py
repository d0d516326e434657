"""A study with more page images than a freeze looks at: what it leaves for after the thaw is proven then."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.facts.capture import BUSY_ENTRIES
from dfwarm.facts.ledger import Act, read_ledger
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting, Stage
from stage_play import STUDY, dfwarm, outcome, play, record, trees_are_equal

ACCESS = Setting(LOCAL, (SMALL,), freeze='mode = "access"\nbudget = "30s"\ndrain = "1s"')
OLD_WEEKS = ("0101", "0102", "0103")


def fill(stage: Stage) -> Path:
    """Give the study some old weeks and one new one that is as large as what a freeze looks at."""
    pages = stage.production.study_dir(STUDY) / "pages"
    for week, count in (*((week, 40) for week in OLD_WEEKS), ("2601", BUSY_ENTRIES)):
        (pages / week).mkdir()
        for number in range(count):
            os.close(os.open(pages / week / f"{number:04d}001", os.O_CREAT | os.O_WRONLY, 0o644))
    return pages / OLD_WEEKS[0] / "0001001"


@pytest.mark.hazard("H19")
def test_what_a_freeze_did_not_wait_for_is_proven_after_the_thaw_or_there_is_no_time_point(tmp_path: Path) -> None:
    with play(tmp_path, replace(ACCESS, activity="go-on")) as stage:
        image = fill(stage)
        assert dfwarm(stage, "cycle", "120").code == 0
        assert trees_are_equal(stage)
        liar = threading.Thread(target=rewrite_when_frozen, args=(image, stage))
        liar.start()
        said = dfwarm(stage, "cycle", "120")
        liar.join()
        assert (said.code, outcome(stage, 2)) == (3, "INCONCLUSIVE"), said.err
        assert "before the freeze and after the thaw" in str(record(stage, 2)["asOfKnownBy"])
        assert "STUDY_DIR pages/0101/0001001: moved at about the time point" in " ".join(said.out.split())


def rewrite_when_frozen(image: Path, stage: Stage) -> None:
    """Write into an old image when the second cycle freezes, with its size and time as they were."""
    before = image.stat()
    for _ in range(30_000):
        lines = read_ledger((stage.state / "ledger.jsonl").read_bytes().rpartition(b"\n")[0] + b"\n")
        if sum(line.act is Act.HOLD for line in lines) == 2:
            os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))
            return
        time.sleep(0.002)

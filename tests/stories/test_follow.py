"""Between cycles what is new is shipped, never deleted or replaced, never called proven; a crash of it harms nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dfwarm.equipment.lock import follow_lock, pair_lock
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, PUSH, Setting, Stage
from stage_play import STUDY, dfwarm, outcome, play, trees_are_equal

SETTLE = 1.2


def add_page(stage: Stage, name: str, content: bytes = b"GIF89a" + b"x" * 500) -> Path:
    week = next(iter(sorted(stage.production.study_dir(STUDY).glob("pages/[0-9]*"))))
    page = week / name
    page.write_bytes(content)
    return page.relative_to(stage.production.study_dir(STUDY))


def journal_of(stage: Stage) -> Path:
    study = stage.production.study_dir(STUDY)
    return max(study.glob("data/*.jnl")).relative_to(study)


def grow(stage: Stage) -> None:
    path = stage.production.study_dir(STUDY) / journal_of(stage)
    last = path.read_bytes().splitlines(keepends=True)[-1]
    with path.open("ab") as file:
        file.write(last)


def sides(stage: Stage, path: Path) -> tuple[Path, Path]:
    return stage.production.study_dir(STUDY) / path, stage.standby.study_dir(STUDY) / path


@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize("arrangement", [PULL, PUSH])
def test_new_pages_and_the_growth_of_journals_are_shipped_and_the_next_cycle_proves_them(
    tmp_path: Path, arrangement: str
) -> None:
    with play(tmp_path, Setting(arrangement, (SMALL,))) as stage:
        early = dfwarm(stage, "follow", "120", "--once")
        assert (early.code, "has proven equality" in early.err) == (27, True), early.err
        assert dfwarm(stage, "cycle", "120").code == 0
        page, journal = add_page(stage, "00ZZ001"), journal_of(stage)
        grow(stage)
        gone = next(iter(sorted((stage.production.study_dir(STUDY) / "pages").glob("*/*"))))
        gone.unlink()
        kept = stage.standby.study_dir(STUDY) / gone.relative_to(stage.production.study_dir(STUDY))
        time.sleep(SETTLE)
        said = dfwarm(stage, "follow", "120", "--once", "--json")
        assert said.code == 0, said.err
        told = json.loads(said.out)
        assert (told["pages"], told["journals"], told["provenBy"]) == (1, 1, "120-00001")
        for path in (page, journal):
            ours, theirs = sides(stage, path)
            assert ours.read_bytes() == theirs.read_bytes()
        assert kept.exists(), "nothing is ever deleted"
        status = dfwarm(stage, "status")
        assert "Not proven, but shipped since" in status.out
        (seen,) = json.loads(dfwarm(stage, "status", "--json").out)["studies"]
        assert seen["provenBy"] == "120-00001"
        assert dfwarm(stage, "cycle", "120").code == 0
        assert trees_are_equal(stage)
        assert "Not proven" not in dfwarm(stage, "status").out


@pytest.mark.hazard("H18")
def test_what_the_standby_has_is_never_replaced_but_by_its_own_continuation(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = add_page(stage, "00ZZ002")
        _, theirs = sides(stage, page)
        theirs.write_bytes(b"something of the standby's own")
        ours, other = sides(stage, journal_of(stage))
        other.write_bytes(b"X" + other.read_bytes()[1:])
        altered = other.read_bytes()
        grow(stage)
        time.sleep(SETTLE)
        said = dfwarm(stage, "follow", "120", "--once", "--json")
        assert said.code == 0, said.err
        assert "is no continuation of the standby's" in json.loads(said.out)["remark"]
        assert theirs.read_bytes() == b"something of the standby's own"
        assert other.read_bytes() == altered
        assert ours.read_bytes() != altered


def test_nothing_is_shipped_where_a_side_is_not_what_was_adopted(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = add_page(stage, "00ZZ003")
        standby = stage.standby.study_dir(STUDY)
        standby.rename(standby.with_name("away"))
        standby.mkdir()
        time.sleep(SETTLE)
        said = dfwarm(stage, "follow", "120", "--once")
        assert said.code != 0
        assert not (standby / page).exists()


def test_it_gives_way_to_a_cycle_and_the_cycle_waits_until_it_has(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = add_page(stage, "00ZZ004")
        time.sleep(SETTLE)
        with pair_lock(stage.state / "pair.lock"):
            said = dfwarm(stage, "follow", "120", "--once")
        assert "a cycle runs, so nothing was shipped" in said.out
        assert not sides(stage, page)[1].exists()
        argv = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "cycle", "120"]
        with follow_lock(stage.state / "follow.lock") as is_free:
            assert is_free
            cycle = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(2)
            assert not (stage.state / "records" / "120" / "120-00002").exists()
        assert cycle.wait(60) == 0


@pytest.mark.hazard("H53")
@pytest.mark.parametrize("moment", ["its look", "its shipping"])
def test_it_may_be_killed_at_any_moment_and_the_next_cycle_proves_equality(tmp_path: Path, moment: str) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        stage.config.write_text(stage.config.read_text() + '\n[follow]\nevery = "1s"\nbandwidth = "200K"\n')
        argv = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "follow", "120"]
        large = add_page(stage, "00ZZ005", os.urandom(3_000_000))
        let_a_day_pass(stage.production, STUDY, day=1)
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as follower:
            week = (stage.standby.study_dir(STUDY) / large).parent
            until = time.monotonic() + 30
            while moment == "its shipping" and not list(week.glob(".00ZZ005.*")):
                assert time.monotonic() < until, "it never shipped"
                time.sleep(0.01)
            time.sleep(0.2 if moment == "its shipping" else 1.0)
            follower.send_signal(signal.SIGKILL)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.out + said.err
        assert outcome(stage, 2) == "EQUIVALENT"
        assert trees_are_equal(stage)


@pytest.mark.hazard("H36")
def test_a_page_that_cannot_be_written_is_told_until_it_was_shipped(tmp_path: Path) -> None:
    """rsync ends with 23 and goes on: nothing may then be called shipped until now."""
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = add_page(stage, "00ZZ009")
        ours, theirs = sides(stage, page)
        time.sleep(SETTLE)
        theirs.parent.rename(theirs.parent.with_name("aside"))
        theirs.parent.write_bytes(b"a file where a folder was")
        said = dfwarm(stage, "follow", "120", "--once")
        assert (said.code, "rsync ended with status 23" in said.out) == (0, True), said
        told = json.loads(dfwarm(stage, "follow", "120", "--once", "--json").out)
        assert "is asked for again" in told["remark"]
        proven = json.loads(dfwarm(stage, "status", "--json").out)["studies"][0]["provenAsOf"]
        assert told["shippedUntil"] == proven, "not shipped until now"
        assert "rsync ended with status 23" in dfwarm(stage, "status").out
        theirs.parent.unlink()
        theirs.parent.with_name("aside").rename(theirs.parent)
        again = json.loads(dfwarm(stage, "follow", "120", "--once", "--json").out)
        assert (again["remark"], theirs.read_bytes()) == ("", ours.read_bytes())

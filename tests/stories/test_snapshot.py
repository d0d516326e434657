"""A study is frozen only while its disk takes a snapshot, and everything is then read from that."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dfwarm.facts.ledger import read_ledger
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, PULL, Setting, Stage
from loop_disk import loop_disk
from stage_play import STUDY, dfwarm, is_up, outcome, play, record, trees_are_equal

FREEZE = """\
mode = "snapshot"
budget = "20s"
drain = "1s"
snapshot = {{ kind = "{kind}", source = "{source}", folder = "{folder}"{more} }}"""


@contextmanager
def on_disk(folder: Path, kind: str, arrangement: str = LOCAL) -> Iterator[tuple[Stage, Path]]:
    """A stage whose production lies on a disk of its own kind, and the folder where snapshots appear."""
    with loop_disk(folder, kind) as disk:
        source, snapshots = disk / "studies", disk / "snapshots"
        if kind == "btrfs":
            subprocess.run(["btrfs", "-q", "subvolume", "create", source], check=True)
        source.mkdir(exist_ok=True)
        snapshots.mkdir()
        name = {"btrfs": "btrfs", "xfs": "reflink"}[kind]
        freeze = FREEZE.format(kind=name, source=source, folder=snapshots, more="")
        with play(source, Setting(arrangement, (SMALL,), freeze=freeze)) as stage:
            yield stage, snapshots


def site_commands(folder: Path, create: str, remove: str = 'rm -rf "$1"') -> str:
    """The site's own two programs, and the freeze that names them. They copy a folder, and note what they did."""
    source, snapshots = folder / "stage" / "production", folder / "snapshots"
    snapshots.mkdir()
    for name, text in (("create", create), ("remove", remove)):
        program = folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n{text}\n')
        program.chmod(0o755)
    more = (
        f', create = ["{folder}/create", "{{source}}", "{{place}}", "{{name}}"]'
        f', remove = ["{folder}/remove", "{{place}}"]'
    )
    return FREEZE.format(kind="command", source=source, folder=snapshots, more=more)


def calls(folder: Path) -> list[str]:
    return [line.split()[0] for line in (folder / "calls").read_text().splitlines()]


@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize(("kind", "arrangement"), [("btrfs", PULL), ("xfs", LOCAL)])
def test_a_study_is_frozen_for_a_snapshot_alone_and_the_standby_gets_what_it_shows(
    tmp_path: Path, kind: str, arrangement: str
) -> None:
    with on_disk(tmp_path, kind, arrangement) as (stage, snapshots):
        foreign = snapshots / "dfwarm-120-00099"
        foreign.mkdir()
        assert dfwarm(stage, "cycle", "120").code == 0
        let_a_day_pass(stage.production, STUDY, day=1)
        said = dfwarm(stage, "cycle", "120", "--json")
        assert said.code == 0, said.err
        assert trees_are_equal(stage)
        assert is_up(stage)
        assert os.listdir(snapshots) == ["dfwarm-120-00099"], "only what was made is removed"
        found = record(stage, 2)
        assert found["freeze"]["mode"] == "snapshot"  # type: ignore[index]
        assert "snapshot dfwarm-120-00002 of its disk was taken between" in str(found["asOfKnownBy"])


@pytest.mark.requirement("URS-CYC-02")
def test_what_is_written_after_the_thaw_is_not_in_the_standby_and_not_missed_by_the_verdict(tmp_path: Path) -> None:
    """The site's remove command waits; people write meanwhile, and the proof is still of the snapshot."""
    with on_disk(tmp_path, "btrfs") as (stage, _):
        journal = next(stage.production.study_dir(STUDY).glob("data/*.jnl"))
        before = journal.read_bytes()
        report = stage.production.datafax_dir / "reports" / "DF_ICqcs"
        assert report.exists()
        stop = threading.Event()
        writer = threading.Thread(target=_write_when_open, args=(stage, stop))
        writer.start()
        try:
            said = dfwarm(stage, "cycle", "120")
        finally:
            stop.set()
            writer.join()
        assert said.code == 0, said.out + said.err
        assert (stage.production.study_dir(STUDY) / "work" / "after-the-thaw").exists()
        assert not (stage.standby.study_dir(STUDY) / "work" / "after-the-thaw").exists()
        assert journal.read_bytes() == before


def _write_when_open(stage: Stage, stop: threading.Event) -> None:
    """Write as soon as the watch on production says that it thawed."""
    ledger = stage.state / "freezes" / "120-00001.jsonl"
    while not stop.is_set():
        if ledger.exists() and b'"thawed"' in ledger.read_bytes():
            work = stage.production.study_dir(STUDY) / "work"
            work.mkdir(exist_ok=True)
            (work / "after-the-thaw").write_text("later\n")
            return
        time.sleep(0.005)


@pytest.mark.hazard("H53")
@pytest.mark.parametrize("way", ["fails", "hangs", "shows half", "lies"])
def test_a_snapshot_that_fails_half_way_leaves_production_open_a_clear_error_and_nothing_behind(
    tmp_path: Path, way: str
) -> None:
    create = {
        "fails": 'mkdir "$2" && echo "no room in the pool" >&2 && exit 5',
        "hangs": 'mkdir "$2" && exec sleep 60',
        "shows half": 'mkdir "$2"',
        "lies": 'cp -a "$1" "$2" && rm "$2"/studies/*/data/*.jnl',
    }[way]
    freeze = site_commands(tmp_path, create).replace('budget = "20s"', 'budget = "6s"')
    with play(tmp_path, Setting(LOCAL, (SMALL,), freeze=freeze)) as stage:
        said = dfwarm(stage, "cycle", "120")
        assert said.code == {"fails": 47, "hangs": 40, "shows half": 47, "lies": 3}[way], said.err + said.out
        assert {
            "fails": "no room in the pool",
            "hangs": "budget",
            "shows half": "does not show",
            "lies": "not like it",
        }[way] in said.err + said.out
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert is_up(stage)
        assert os.listdir(tmp_path / "snapshots") == []
        assert not list((stage.state / "snapshots").glob("*.json"))


@pytest.mark.requirement("URS-CYC-02")
def test_the_sites_own_commands_take_and_remove_it_and_writing_meanwhile_is_seen(tmp_path: Path) -> None:
    moves = '[ ! -e "$0.moves" ] || for work in "$1"/studies/*/work; do date >> "$work/late"; done'
    freeze = site_commands(tmp_path, f'cp -a "$1" "$2"; {moves}')
    with play(tmp_path, Setting(LOCAL, (SMALL,), freeze=freeze)) as stage:
        (stage.production.study_dir(STUDY) / "work").mkdir(exist_ok=True)
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 0, said.err + said.out
        assert trees_are_equal(stage)
        assert calls(tmp_path) == ["create", "remove"]
        (tmp_path / "create.moves").touch()
        assert dfwarm(stage, "cycle", "120").code == 3
        assert "moved at the time point" in str(record(stage, 2))


@pytest.mark.hazard("H53")
def test_the_snapshot_of_a_killed_cycle_is_removed_by_recover_and_no_other_one(tmp_path: Path) -> None:
    with on_disk(tmp_path, "btrfs") as (stage, snapshots):
        subprocess.run(["btrfs", "-q", "subvolume", "create", snapshots / "dfwarm-120-00007"], check=True)
        argv = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "cycle", "120"]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as cycle:
            _wait_for(snapshots / "dfwarm-120-00001")
            cycle.send_signal(signal.SIGKILL)
        said = dfwarm(stage, "recover")
        assert said.code == 3, said.err
        assert os.listdir(snapshots) == ["dfwarm-120-00007"]
        assert is_up(stage)
        assert dfwarm(stage, "cycle", "120").code == 0
        assert trees_are_equal(stage)


def _wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.002)


@pytest.mark.requirement("URS-CYC-02")
def test_a_volume_inside_the_study_is_refused_since_the_snapshot_would_show_an_empty_folder(tmp_path: Path) -> None:
    with on_disk(tmp_path, "btrfs") as (stage, snapshots):
        inner = stage.production.study_dir(STUDY) / "drawings"
        subprocess.run(["btrfs", "-q", "subvolume", "create", inner], check=True)
        (inner / "a").write_text("a")
        said = dfwarm(stage, "cycle", "120")
        assert said.code == 47
        assert "holds another volume" in said.err
        assert os.listdir(snapshots) == []
        assert is_up(stage)


def test_production_that_knows_of_no_snapshots_is_not_frozen_for_one(tmp_path: Path) -> None:
    freeze = FREEZE.format(kind="reflink", source=tmp_path, folder=tmp_path / "snapshots", more="")
    with play(tmp_path, Setting(PULL, (SMALL,), freeze=freeze)) as stage:
        lines = stage.gate_config.read_text().splitlines()
        stage.gate_config.write_text("\n".join(line for line in lines if not line.startswith("snapshot = ")) + "\n")
        text = stage.gate_config.read_text().replace('mode = "snapshot"', 'mode = "access"')
        stage.gate_config.write_text(text)
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, "says nothing of snapshots" in said.err) == (40, True), said.err
        told = [line.act for line in read_ledger((stage.state / "ledger.jsonl").read_bytes())]
        assert "hold production" not in told
        assert json.loads(dfwarm(stage, "status", "--json").out)["openCycle"] == ""

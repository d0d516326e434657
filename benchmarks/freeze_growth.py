"""
Does a freeze grow with the study, or with what changed since the warm pass?

Claim: with what changed. Trees of 50,000, 200,000 and 800,000 page images get the same day's change after the listing
of the warm pass; production's gate is then asked what a cycle asks it (watch, freeze, capture or snapshot, thaw),
without a standby. Medians of the seconds between the first restriction and the thaw, with what they went on. Mode
`snapshot` runs on a btrfs disk of its own on a loop device (root only). The study server of the simulator reads all
data files when it stops, which no real one does; it is told not to here.

    python benchmarks/freeze_growth.py [--mode access|snapshot] [--sizes 50000,200000,800000] [--runs N] [--folder DIR]
"""

import argparse
import os
import shutil
import statistics
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dfwarm.equipment.host import LocalHost
from dfwarm.equipment.listing_question import REMEMBERED
from dfwarm.facts.fact import Question
from dfwarm.facts.freeze import FreezeMode
from dfwarm.plan import questions
from dfwarm.plan.freeze import FreezePlan
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.installation import Installation
from dfwarm.simulator.plan import StudyPlan
from dfwarm.simulator.stage import LOCAL, Setting, set_stage
from dfwarm.terms import CycleId, HostName, Side, StudyNumber

STUDY = StudyNumber(35)
BUDGET_SECONDS = 300
SNAPSHOT = 'mode = "snapshot"\nbudget = "300s"\nsnapshot = {{ kind = "btrfs", source = "{0}", folder = "{1}" }}'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--mode", choices=("access", "snapshot"), default="access")
    parser.add_argument("--sizes", default="50000,200000,800000", help="page images of each tree")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark-growth"))
    asked = parser.parse_args()
    for images in map(int, asked.sizes.split(",")):
        shutil.rmtree(asked.folder, ignore_errors=True)
        asked.folder.mkdir(parents=True)
        try:
            measure(asked.folder, images, FreezeMode(asked.mode), asked.runs)
        finally:
            shutil.rmtree(asked.folder, ignore_errors=True)


def measure(folder: Path, images: int, mode: FreezeMode, runs: int) -> None:
    plan = StudyPlan(
        STUDY, "Growth", plates=50, subjects=images // 100, visits=2, image_permille=1000, refax_permille=0
    )
    with ExitStack() as stack:
        place = stack.enter_context(btrfs(folder, images)) if mode is FreezeMode.SNAPSHOT else folder
        freeze = SNAPSHOT.format(place / "stage", place / "snapshots") if mode is FreezeMode.SNAPSHOT else ""
        stage = stack.enter_context(set_stage(place / "stage", Setting(LOCAL, (plan,), freeze=freeze)))
        quicken(stage.production)
        host = LocalHost(HostName("dfprod1"), Side.PRODUCTION, stage.config)
        stack.callback(host.close)
        host.ask(listing())
        found = [freeze_once(host, stage.production, mode, turn) for turn in range(1, runs + 1)]
        for turn, (seconds, words) in enumerate(found, 1):
            print(f"  run {turn}: frozen {seconds:.3f} s; {words}")
        print(
            f"{images:>9,} images, {mode}: frozen {statistics.median(frozen for frozen, _ in found):.3f} s", flush=True
        )


def freeze_once(host: LocalHost, installation: Installation, mode: FreezeMode, turn: int) -> tuple[float, str]:
    """One freeze after a day's work that came behind the last look of the warm pass."""
    cycle = CycleId(STUDY, turn)
    host.ask(listing())
    if mode is FreezeMode.ACCESS:
        host.ask(questions.approach(cycle))
    let_a_day_pass(installation, STUDY, day=turn, new_pages=300, plates=20)
    plan = FreezePlan(mode, BUDGET_SECONDS, 1, FreezeMode.STILL)
    host.ask(questions.watch(cycle, mode, BUDGET_SECONDS))
    host.ask(questions.freeze(cycle, plan, throws_out=True))
    proven = None
    if mode is FreezeMode.SNAPSHOT:
        host.ask(questions.snapshot(cycle, BUDGET_SECONDS))
        thawed = host.ask(questions.thaw(cycle)).value
        caught = host.ask(questions.capture(cycle, BUDGET_SECONDS)).value
    else:
        caught = host.ask(questions.capture(cycle, BUDGET_SECONDS)).value
        thawed = host.ask(questions.thaw(cycle)).value
        proven = host.ask(questions.prove(cycle)).value
    host.ask(questions.tidy(STUDY))
    moved = (*caught.moved, *(proven.moved if proven else ()))
    if moved or thawed.by == "watchdog":
        raise SystemExit(f"this freeze proves nothing: {moved or thawed.why}")
    paths = sum(len(root.paths) for root in caught.roots)
    words = f"looks {caught.list_milli} + {caught.prove_milli} ms, put aside {paths} paths in {caught.stage_milli} ms"
    words += f", after the thaw {proven.entries:,} entries in {proven.milli} ms" if proven else ""
    return thawed.frozen_milli / 1000, words


def listing() -> Question[bytes]:
    """The listing of the warm pass, whose answer is of no interest here."""
    return Question(("manifest", f"{STUDY:03d}", "STUDY_DIR", REMEMBERED), bytes, 1_800)


def quicken(installation: Installation) -> None:
    """Let the simulator's study server read nothing when it stops."""
    conf = str(installation.study_dir(STUDY) / "lib" / "DFserver.cf")
    installation.call("DFserver.rpc", "-stop", conf)
    server = installation.datafax_dir / "bin" / "DFserver.rpc"
    server.write_text(server.read_text().replace('[ -f "$queries" ]', "false"))
    installation.call("DFserver.rpc", "-start", conf)


@contextmanager
def btrfs(folder: Path, images: int) -> Iterator[Path]:
    """A disk of its own with a subvolume for the stage."""
    image, point = folder / "disk", folder / "mounted"
    subprocess.run(["truncate", "-s", str((2 << 30) + images * 24_000), image], check=True)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
    point.mkdir()
    subprocess.run(["mount", "-o", "loop", image, point], check=True)
    try:
        subprocess.run(["btrfs", "-q", "subvolume", "create", point / "stage"], check=True)
        (point / "snapshots").mkdir()
        yield point
    finally:
        subprocess.run(["umount", "--lazy", point], check=True)


if __name__ == "__main__":
    os.umask(0o022)
    main()

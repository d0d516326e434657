"""
What does a whole cycle cost, against a bare `rsync -a --delete -e ssh` of the same change?

Claim: on a study of 200,000 page images, 1 GB of plate data and one day of change, over loopback ssh, the whole cycle
without reports costs at most 2.0 times the bare rsync, and with four native reports on both sides and a sealed bundle
1.5 times. Both carry the same day's change over, in turn, each to a standby of its own, in one run; medians of all runs
are printed with their ratio. A cycle without reports is the whole cycle less the seconds in which it waited for the
answers to its two questions for reports: what it then does with the answers is left in.

    python benchmarks/cycle.py [--small] [--runs N] [--folder DIR]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from dfwarm.equipment.ssh import shell_argv
from dfwarm.facts.reach import SshReach
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.plan import LARGE, StudyPlan
from dfwarm.simulator.sshd import loopback_sshd
from dfwarm.simulator.stage import PULL, Setting, set_stage
from dfwarm.terms import read_time

SMALL = replace(LARGE, subjects=600, plates=40, queries=20_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--small", action="store_true", help="a tenth of the size, to try the script")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark"))
    asked = parser.parse_args()
    plan = SMALL if asked.small else LARGE
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        measure(asked.folder, plan, asked.runs)
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


def measure(folder: Path, plan: StudyPlan, runs: int) -> None:
    began = time.monotonic()
    setting = Setting(PULL, (plan,), hold="disable", activity="go-on", seals=True)
    with ExitStack() as stack:
        stage = stack.enter_context(set_stage(folder / "stage", setting))
        print(f"study written in {time.monotonic() - began:.1f} s")
        for path in (stage.config, stage.gate_config):
            path.write_text(
                path.read_text()
                .replace("server_status", "vendor_reports = false\nserver_status")
                .replace('stop = "study"\n\n[transfer]', 'stop = "study"\nvendor_reports = false\n\n[transfer]')
            )
        bare = stack.enter_context(loopback_sshd(folder / "bare-ssh", "exec $SSH_ORIGINAL_COMMAND"))
        source, target = stage.production.study_dir(plan.number), folder / "bare"
        seconds_of(bare_argv(bare.reach, source, target))
        print(f"first copy by bare rsync done; first cycle {seconds_of(cycle_argv(stage.config, plan)):.1f} s")
        shutil.copy2(stage.standby.study_dir(plan.number) / "lib" / "DFserver.cf", target / "lib" / "DFserver.cf")
        # Stopping a study server reads the whole study; neither side of the comparison is to pay for that.
        for installation in (stage.production, stage.standby):
            installation.call("DFaccess.rpc", "-s", str(plan.number), "-disable", "benchmark")
        ours: list[float] = []
        bare_of_reports: list[float] = []
        theirs: list[float] = []
        for run in range(1, runs + 1):
            pages = max(1, plan.records * plan.image_permille // 1000 * 3 // 1000)
            let_a_day_pass(stage.production, plan.number, day=run, new_pages=pages, plates=min(20, plan.plates))
            warm(source, target, stage.standby.study_dir(plan.number))
            order = [(ours, cycle_argv(stage.config, plan)), (theirs, bare_argv(bare.reach, source, target))]
            for seconds, argv in order if run % 2 else reversed(order):
                seconds.append(seconds_of(argv))
            bare_of_reports.append(ours[-1] - seconds_of_reports(stage.state))
            words = (
                f"cycle {ours[-1]:.2f} s, without reports {bare_of_reports[-1]:.2f} s, bare rsync {theirs[-1]:.2f} s"
            )
            print(f"run {run}: {words}, {ours[-1] / theirs[-1]:.2f} x, {bare_of_reports[-1] / theirs[-1]:.2f} x")
        rsync = statistics.median(theirs)
        print(f"median: bare rsync -a --delete {rsync:.2f} s")
        for name, seconds in (("whole cycle", ours), ("cycle without reports", bare_of_reports)):
            print(f"{name} {statistics.median(seconds):.2f} s, ratio {statistics.median(seconds) / rsync:.2f} x")
        show_steps(stage.state)


def cycle_argv(config: Path, plan: StudyPlan) -> list[str]:
    return [sys.executable, "-m", "dfwarm", "--config", str(config), "cycle", f"{plan.number:03d}"]


def bare_argv(reach: SshReach, source: Path, target: Path) -> list[str]:
    shell = " ".join(shell_argv(reach))
    return ["rsync", "-a", "--delete", "-e", shell, f"{reach.host}:{source}/", f"{target}/"]


def seconds_of(argv: list[str]) -> float:
    began = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 3):
        print(done.stdout[-3000:], done.stderr[-3000:])
        sys.exit(f"{argv[0]} ended with {done.returncode}")
    return time.monotonic() - began


def warm(*folders: Path) -> None:
    """Read all metadata and data files once, so that both start from the same warm cache."""
    for folder in folders:
        subprocess.run(["find", folder, "-printf", ""], check=True)
        for path in (folder / "data").iterdir():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 22):
                    pass


def seconds_of_reports(state: Path) -> float:
    """How long the last cycle waited for the native reports of both sides."""
    last = max((state / "records").rglob("transcripts.jsonl"))
    said = [json.loads(line) for line in last.read_text().splitlines()]
    return sum(_seconds(each) for each in said if each["argv"][-5:-3] == ["report", "all"])


def show_steps(state: Path) -> None:
    letters = sorted((state / "records").rglob("letter.txt"))
    for line in letters[-1].read_text().splitlines():
        if line.strip().startswith("step"):
            print(line)
    print("the slowest programs and questions of the last cycle:")
    said = [json.loads(line) for line in (letters[-1].parent / "transcripts.jsonl").read_text().splitlines()]
    spent = [(_seconds(each), " ".join(each["argv"][-3:])) for each in said]
    for seconds, words in sorted(spent, reverse=True)[:8]:
        print(f"  {seconds:6.2f} s  {words[-80:]}")


def _seconds(transcript: dict[str, str]) -> float:
    return (read_time(transcript["endedAt"]) - read_time(transcript["beganAt"])).total_seconds()


if __name__ == "__main__":
    os.umask(0o022)
    main()

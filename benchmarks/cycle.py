"""
What does a whole cycle cost, against a bare `rsync -a --delete -e ssh` of the same change?

Claim: on a study of 200,000 page images, 1 GB of plate data and one day of change, over loopback ssh, the whole cycle
without reports costs at most 2.0 times the bare rsync, with four native reports on both sides and a sealed bundle 1.5
times, and where nothing changed 1.2 times. Both carry the same day's change over, in turn, each to a standby of its
own, in one run; medians of all runs are printed with their ratio. Days with and without reports take turns. Without
them nobody asks a host for reports, all else is the cycle as it is (and its verdict INCONCLUSIVE, since reports are
missing); their seconds cannot be taken off, because reports are made beside other work. At the end each kind of cycle
is printed step by step, with what it waited for.

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
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

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
        arguments = cycle_argv(stage.config, plan), bare_argv(bare.reach, source, target)
        races = {kind: Race(kind, *arguments) for kind in (WITHOUT_REPORTS, WITH_REPORTS, UNCHANGED)}
        for run in range(1, 2 * runs + 1):
            pages = max(1, plan.records * plan.image_permille // 1000 * 3 // 1000)
            let_a_day_pass(stage.production, plan.number, day=run, new_pages=pages, plates=min(20, plan.plates))
            for kind in (WITHOUT_REPORTS,) if run % 2 else (WITH_REPORTS, UNCHANGED):
                warm(source, target, stage.standby.study_dir(plan.number))
                races[kind].run(stage.state, is_ours_first=bool(run // 2 % 2))
        for race in races.values():
            race.show()


WITHOUT_REPORTS, WITH_REPORTS, UNCHANGED = "without reports", "with reports", "with reports, nothing changed"

ASKS_FOR_NONE = """
import contextlib, sys
from dfwarm.cli.main import main
from dfwarm.procedures import native
native.begin_on = lambda host, order, findings: None
native.read_ahead = lambda order, kit: contextlib.nullcontext()
main()
"""
"""The program as it is, but that it asks nobody for native reports."""


class Race:
    """One kind of cycle against bare rsync, time after time."""

    def __init__(self, kind: str, ours: list[str], theirs: list[str]) -> None:
        self.kind = kind
        self.argv = [ours[0], "-c", ASKS_FOR_NONE, *ours[3:]] if kind == WITHOUT_REPORTS else ours
        self.bare = theirs
        self.ours: list[float] = []
        self.theirs: list[float] = []
        self.split: list[str] = []

    def run(self, state: Path, *, is_ours_first: bool) -> None:
        """Run both, one after the other."""
        order = [(self.ours, self.argv), (self.theirs, self.bare)]
        for seconds, argv in order if is_ours_first else reversed(order):
            seconds.append(seconds_of(argv))
        self.split = list(split_of(state))
        ours, theirs = self.ours[-1], self.theirs[-1]
        load = os.getloadavg()[0]
        print(f"{self.kind}: cycle {ours:.2f} s, bare rsync {theirs:.2f} s, {ours / theirs:.2f} x, load {load:.1f}")

    def show(self) -> None:
        """Print the medians, and the last cycle step by step."""
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        print(f"\nmedian, cycle {self.kind}: {ours:.2f} s, bare rsync {theirs:.2f} s, {ours / theirs:.2f} x")
        print("\n".join(self.split))


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


def split_of(state: Path) -> Iterator[str]:
    """The last cycle by its own ledger: seconds since it began, what it did then, and what it waited for."""
    last = max((state / "records").rglob("transcripts.jsonl"))
    told = [json.loads(line) for line in (state / "ledger.jsonl").read_text().splitlines()]
    mine = [line for line in told if line["cycle"] == last.parent.name]
    began = read_time(mine[0]["at"])
    lines = [((read_time(each["at"]) - began).total_seconds(), "", _what(each)) for each in mine]
    for line in last.read_text().splitlines():
        said = json.loads(line)
        if _seconds(said) >= SHOWN_FROM_SECONDS:
            at = (read_time(said["beganAt"]) - began).total_seconds()
            words = f"  {said['host']}: {' '.join(word for word in said['argv'][-5:])}"
            lines.append((at, f"{_seconds(said):.2f} s", words[:90]))
    yield from (f"  {at:7.2f} s {lasted:>8} {what}" for at, lasted, what in sorted(lines))


def _what(line: dict[str, Any]) -> str:
    detail = line["detail"]
    return " ".join((line["act"], *(str(detail[key]) for key in ("title", "step", "kind") if key in detail)))


SHOWN_FROM_SECONDS = 0.05


def _seconds(transcript: dict[str, str]) -> float:
    return (read_time(transcript["endedAt"]) - read_time(transcript["beganAt"])).total_seconds()


if __name__ == "__main__":
    os.umask(0o022)
    main()

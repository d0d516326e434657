"""
How long does a study stand still, against the deck's procedure on the same tree and change?

Claim: in mode `access` at most 1/10 of the deck's standstill (stop, four reports, `rsync -a --delete -e ssh`, start).
Both carry the same day's change to a standby of its own over loopback ssh, in turn, in one run. During our cycle people
go on working until the study is closed to them: page images come and the journal grows, twenty times a second. Our
seconds are those between the first restriction and the thaw, by the ledger of production's own host. The deck's seconds
are told without its reports, which is the harder comparison, and with them.

The study server of the simulator reads all data files when it stops, which no real one does; it is told not to here.
The vendor's reports run once, before the runs: they read the same files each time.

    python benchmarks/freeze.py [--small] [--runs N] [--folder DIR]
"""

import argparse
import fcntl
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from dfwarm.equipment.ssh import shell_argv
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.installation import Installation
from dfwarm.simulator.plan import LARGE, StudyPlan
from dfwarm.simulator.sshd import loopback_sshd
from dfwarm.simulator.stage import PULL, Setting, Stage, set_stage
from dfwarm.simulator.study import image_bytes, noise

SMALL = replace(LARGE, subjects=600, plates=40, queries=20_000)
REPORTS = ("DFstatus", "DF_ICimages", "DF_ICqcs", "DF_ICrecords")
FREEZE = 'mode = "access"\nbudget = "300s"\ndrain = "1s"'
BEAT_SECONDS = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--small", action="store_true", help="a tenth of the size, to try the script")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark-freeze"))
    asked = parser.parse_args()
    plan = SMALL if asked.small else LARGE
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        measure(asked.folder, plan, asked.runs)
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


def measure(folder: Path, plan: StudyPlan, runs: int) -> None:
    setting = Setting(PULL, (plan,), freeze=FREEZE, activity="go-on", seals=True)
    with ExitStack() as stack:
        stage = stack.enter_context(set_stage(folder / "stage", setting))
        leave_vendor_reports(stage)
        bare = stack.enter_context(loopback_sshd(folder / "bare-ssh", "exec $SSH_ORIGINAL_COMMAND"))
        source, target = stage.production.study_dir(plan.number), folder / "bare"
        shell = " ".join(shell_argv(bare.reach))
        rsync = ["rsync", "-a", "--delete", "-e", shell, f"{bare.reach.host}:{source}/", f"{target}/"]
        cycle = [sys.executable, "-m", "dfwarm", "--config", str(stage.config), "cycle", f"{plan.number:03d}"]
        run(rsync)
        run(cycle)
        reports = seconds_of_reports(stage.production, plan.number)
        print(f"the four reports of the simulated vendor, once: {reports:.2f} s")
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(1, runs + 1):
            pages = max(1, plan.records * plan.image_permille // 1000 * 3 // 1000)
            let_a_day_pass(stage.production, plan.number, day=turn, new_pages=pages, plates=min(20, plan.plates))
            if turn % 2:
                theirs.append(stand_still_for(stage.production, plan.number, rsync))
            ours.append(freeze_of(stage, plan.number, cycle))
            if not turn % 2:
                theirs.append(stand_still_for(stage.production, plan.number, rsync))
            words = f"frozen {ours[-1]:.3f} s, the deck's way without reports {theirs[-1]:.2f} s"
            print(f"run {turn}: {words}; {parts(stage)}", flush=True)
        say(statistics.median(ours), statistics.median(theirs), reports)


def say(ours: float, theirs: float, reports: float) -> None:
    print(f"medians: frozen {ours:.3f} s, the deck's way {theirs:.2f} s without reports, {theirs + reports:.2f} s with")
    print(f"1/{theirs / ours:.1f} of the deck's standstill without its reports, 1/{(theirs + reports) / ours:.1f} with")


def stand_still_for(installation: Installation, study: int, rsync: list[str]) -> float:
    """The deck's way, without its reports: close, copy, open."""
    began = time.monotonic()
    installation.call("DFaccess.rpc", "-s", str(study), "-disable", "deck")
    run(rsync)
    installation.call("DFaccess.rpc", "-s", str(study), "-enable")
    return time.monotonic() - began


def freeze_of(stage: Stage, study: int, cycle: list[str]) -> float:
    with people_at_work(stage.production, study):
        run(cycle)
    return int(newest_record(stage)["freeze"]["heldMilli"]) / 1000


def parts(stage: Stage) -> str:
    """What the freeze was spent on, and what the cycle said of it."""
    record = newest_record(stage)
    found = record["freeze"]
    words = [f"{name[:-5]} {found[name]} ms" for name in ("lookMilli", "stageMilli", "reportsMilli")]
    return f"{record['verdict']['outcome']}, {', '.join(words)}, {found['stagedPaths']} paths put aside"


def newest_record(stage: Stage) -> dict:  # type: ignore[type-arg]
    return json.loads(max((stage.state / "records").rglob("cycle.json")).read_text())


@contextmanager
def people_at_work(installation: Installation, study: int) -> Iterator[None]:
    """Let page images come and the journal grow while the study is open, and while nobody closes it."""
    over = threading.Event()
    worker = threading.Thread(target=work, args=(installation, study, over))
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def work(installation: Installation, study: int, over: threading.Event) -> None:
    folder = installation.study_dir(study)
    pages = folder / "pages" / "9952"
    pages.mkdir(exist_ok=True)
    journal = max((folder / "data").glob("*.jnl"))
    count = len(list(pages.iterdir()))
    plan = next(plan for plan in installation.plans if plan.number == study)
    image = image_bytes(plan, 1, noise(plan))
    while not over.wait(BEAT_SECONDS):
        with (installation.datafax_dir / "work" / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as DFaccess.rpc holds it: nobody is closed out in the middle of a write
            if is_open(installation, study):
                (pages / f"{count:04d}001").write_bytes(image)
                with journal.open("ab") as file:
                    file.write(b"260202|120000|jack|1|%d\n" % count)
                count += 1


def is_open(installation: Installation, study: int) -> bool:
    registered = (installation.datafax_dir / "lib" / "DFstudies.db").read_text().splitlines()
    return any(line.startswith(f"{study}|") and not line.startswith(f"{study}|-") for line in registered)


def leave_vendor_reports(stage: Stage) -> None:
    """The vendor's reports are left out on both sides, and the server of the simulator reads nothing when it stops."""
    for path in (stage.config, stage.gate_config):
        text = path.read_text().replace("server_status", "vendor_reports = false\nserver_status")
        path.write_text(
            text.replace('stop = "study"\n\n[transfer]', 'stop = "study"\nvendor_reports = false\n\n[transfer]')
        )
    for installation in (stage.production, stage.standby):
        server = installation.datafax_dir / "bin" / "DFserver.rpc"
        aside = server.with_suffix(".quick")
        aside.write_text(server.read_text().replace('[ -f "$queries" ]', "false"))
        aside.chmod(0o755)
        for each in installation.plans:
            installation.call("DFserver.rpc", "-stop", str(installation.study_dir(each.number) / "lib" / "DFserver.cf"))
        aside.replace(server)
        installation.call("DFbootstrap")


def seconds_of_reports(installation: Installation, study: int) -> float:
    paths = f"{installation.datafax_dir}/bin:{installation.datafax_dir}/reports:{os.environ['PATH']}"
    began = time.monotonic()
    for report in REPORTS:
        environment = {"DATAFAX_DIR": str(installation.datafax_dir), "PATH": paths}
        subprocess.run([report, str(study)], env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout[-3000:], done.stderr[-3000:])
        sys.exit(f"{argv[0]} ended with {done.returncode}")


if __name__ == "__main__":
    os.umask(0o022)
    main()

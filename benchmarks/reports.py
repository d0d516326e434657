"""
What do the four native reports cost, against one `mawk -F'|'` pass that only counts field 1 x field 2 of the plates?

Claims, on 1 GB of plate data with 4 million records, 200,000 page images and 200 to 300 MB of queries, 2 cores:
all four reports with nothing remembered within 2.0 times that pass; after a day in which 20 of 150 plates changed
within 0.4 times, whether every data file is hashed again (`hashed`), or the digests of a manifest that was just taken
are used (`listed`, as a cycle does; the manifest is not part of the time). Each run starts a process of its own, so
the interpreter's start is in it; both programs take turns in one run, and medians are printed with their ratio.

    python benchmarks/reports.py [--small] [--runs N] [--folder DIR]
"""

import argparse
import os
import pickle
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from dfwarm.simulator.plan import LARGE, StudyPlan

SMALL = replace(LARGE, subjects=600, plates=40, queries=20_000)
CHANGED_PLATES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--small", action="store_true", help="a tenth of the size, to try the script")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark-reports"))
    parser.add_argument("--make", nargs=2, metavar=("STATE", "LISTED"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.folder, *map(Path, asked.make))
        return
    plan = SMALL if asked.small else LARGE
    shutil.rmtree(asked.folder, ignore_errors=True)
    asked.folder.mkdir(parents=True)
    try:
        measure(asked.folder, plan, asked.runs)
    finally:
        shutil.rmtree(asked.folder, ignore_errors=True)


def make(study_dir: Path, state: Path, listed: Path) -> None:
    """One process that makes all four reports, as the gate does."""
    from dfwarm.datafax.reports.report import Mode
    from dfwarm.datafax.reports.rule import ReportName
    from dfwarm.datafax.reports.stream import encode
    from dfwarm.equipment.image_kinds import KindNotebook
    from dfwarm.equipment.partial_shelf import PartialShelf
    from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports

    blocks, proven = pickle.loads(listed.read_bytes()) if listed.is_file() else ({}, {})
    known = Known(PartialShelf(state / "partials"), KindNotebook(state / "kinds.sqlite"), 2, proven, blocks)
    wanted = Wanted(LARGE.number, tuple(ReportName), Mode.QUIESCED)
    reports = make_reports(Places(os.fsencode(study_dir)), wanted, known)
    answer = b"".join(encode(reports))
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(len(answer), used // 1024, *(sum(report.finding_counts.values()) for report in reports))
    assert not any(report.gaps for report in reports), [report.gaps for report in reports]


def measure(folder: Path, plan: StudyPlan, runs: int) -> None:
    from dfwarm.simulator.study import write_study  # not for the processes that are measured

    study, state = folder / "study", folder / "state"
    state.mkdir()
    began = time.monotonic()
    write_study(study, plan)
    print(f"study written in {time.monotonic() - began:.1f} s")
    plates = sorted((study / "data").glob("plt*.dat"))
    sizes = {
        name: sum(path.stat().st_size for path in (study / "data").glob(name)) for name in ("plt*.dat", "DFqc.dat")
    }
    print(f"{len(plates)} plates with {sizes['plt*.dat']:,} bytes, queries with {sizes['DFqc.dat']:,} bytes")
    mawk = ["mawk", "-F|", '{n[$1 "|" $2]++} END {for (k in n) print k, n[k]}', *map(str, plates)]

    def fresh(_: int) -> None:
        shutil.rmtree(state)
        state.mkdir()

    race("nothing remembered", runs, (ours(study, state), mawk), fresh, study)
    listing = folder / "listed.pickle"

    def a_day(run: int) -> None:
        change_plates(plates, run)

    def a_listed_day(run: int) -> None:
        change_plates(plates, run)
        list_study(study, folder, listing)

    a_day(0)
    race("day, hashed", runs, (ours(study, state), mawk), a_day, study)
    list_study(study, folder, listing)
    seconds_of(ours(study, state, listing))
    race("day, listed", runs, (ours(study, state, listing), mawk), a_listed_day, study)
    race("no change, listed", runs, (ours(study, state, listing), mawk), lambda _: None, study)


def race(
    name: str, runs: int, commands: tuple[list[str], list[str]], prepare: Callable[[int], None], study: Path
) -> None:
    """Run both in turn, from a warm cache, and print the medians."""
    command, mawk = commands
    us: list[float] = []
    them: list[float] = []
    said = ""
    for run in range(1, runs + 1):
        prepare(run)
        warm(study)
        for seconds, argv in ((us, command), (them, mawk))[:: 1 if run % 2 else -1]:
            spent, text = seconds_of(argv)
            seconds.append(spent)
            said = text if argv is command else said
    ratios = [ours / theirs for ours, theirs in zip(us, them, strict=True)]
    ours, theirs = statistics.median(us), statistics.median(them)
    memory = said.split()[1]
    print(
        f"{name}: all four reports {ours:.2f} s, mawk {theirs:.2f} s, ratio {ours / theirs:.2f} x "
        f"({min(ratios):.2f} to {max(ratios):.2f}), {memory} MB at most in one process"
    )


def ours(study: Path, state: Path, listing: Path = Path("-")) -> list[str]:
    return [sys.executable, __file__, "--folder", str(study), "--make", str(state), str(listing)]


def seconds_of(argv: list[str]) -> tuple[float, str]:
    began = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{argv[:3]} ended with {done.returncode}: {done.stderr[-2000:]}")
    return time.monotonic() - began, done.stdout


def change_plates(plates: list[Path], seed: int) -> None:
    """Raise the level of three records in each of twenty plates."""
    chance = random.Random(seed)
    for path in chance.sample(plates, min(CHANGED_PLATES, len(plates))):
        lines = path.read_bytes().splitlines(keepends=True)
        for row in chance.sample(range(len(lines)), 3):
            lines[row] = lines[row][:2] + b"%d" % (1 + int(lines[row][2:3]) % 7) + lines[row][3:]
        path.write_bytes(b"".join(lines))


def list_study(study: Path, folder: Path, listing: Path) -> None:
    """Take the manifest of the study and keep what a gate keeps of it."""
    from dfwarm.equipment.remembered import Notebook
    from dfwarm.equipment.scan import scan

    manifest = scan(os.fsencode(study), Notebook(folder / "remembered.sqlite", os.fsencode(study)))
    blocks = {block.folder: block for block in manifest.blocks}
    data = blocks[b"data"]
    listing.write_bytes(
        pickle.dumps((blocks, {name: data.digest_of(row) for row, name in enumerate(data.list_names())}))
    )


def warm(study: Path) -> None:
    subprocess.run(["find", study, "-printf", ""], check=True)
    for path in (study / "data").iterdir():
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


if __name__ == "__main__":
    main()

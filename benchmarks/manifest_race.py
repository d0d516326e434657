"""How the manifest benchmarks race: every contender in turn, warm, medians and their ratio to the first."""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from manifest_tree import write_small_files, write_study

Contender = tuple[str, Callable[[], None]]


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--small", action="store_true", help="a twentieth of the size, to try the script")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark"))
    parser.add_argument("--many", action="store_true", help="1,000,000 files of 0 to 2 KB instead of the study")
    return parser.parse_args()


def make_tree(asked: argparse.Namespace, root: Path) -> None:
    """The study of 200,000 images and 1 GB of plate files, or the many small files."""
    part = 20 if asked.small else 1
    if asked.many:
        write_small_files(root, files=1_000_000 // part)
    else:
        write_study(root, images=200_000 // part, plate_bytes=1_000_000_000 // part)


def program(*argv: str | Path, shell: bool = False) -> Callable[[], None]:
    """Run a program to its end; a status that is not 0 ends the benchmark."""

    def run() -> None:
        done = subprocess.run(argv[0] if shell else argv, shell=shell, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            sys.exit(f"{argv[0]} ended with {done.returncode}")

    return run


def installed(contenders: list[tuple[str, str, Callable[[], None]]]) -> list[Contender]:
    """Leave out the programs that are not here, and say so."""
    for name, tool, _ in contenders:
        if not shutil.which(tool):
            print(f"{name}: {tool} is not installed")
    return [(name, run) for name, tool, run in contenders if shutil.which(tool)]


def race(contenders: list[Contender], runs: int, *, prepare: Callable[[], None] = lambda: None) -> dict[str, float]:
    """
    The median of each contender, with the median of its ratios to the first one; `prepare` comes before each, untimed.

    The seconds of processor tell the cost on a machine that is shared, where the clock on the wall tells who else ran.
    """
    seconds: dict[str, list[float]] = {name: [] for name, _ in contenders}
    worked: dict[str, list[float]] = {name: [] for name, _ in contenders}
    for _, run in contenders:
        prepare()
        run()  # warm
    for _ in range(runs):
        for name, run in contenders:
            prepare()
            began, before = time.monotonic(), _worked()
            run()
            seconds[name].append(time.monotonic() - began)
            worked[name].append(_worked() - before)
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    first = contenders[0][0]
    for name, median in medians.items():
        wall, work = _ratio(seconds[first], seconds[name]), _ratio(worked[first], worked[name])
        spent = statistics.median(worked[name])
        print(
            f"{median:8.3f} s, {spent:7.3f} s of processor  {name:<40} ours / this = {wall:.2f}, processor {work:.2f}"
        )
    print(f"load average at the end: {os.getloadavg()[0]:.1f}", flush=True)
    return medians


def _worked() -> float:
    """Seconds of processor of this process and of the children that ended; what an sshd started is not among them."""
    return sum(os.times()[:4])


def _ratio(ours: list[float], theirs: list[float]) -> float:
    """The median of the runs' ratios: on a machine that others share it says more than the ratio of the medians."""
    return statistics.median(mine / max(its, 0.001) for mine, its in zip(ours, theirs, strict=True))

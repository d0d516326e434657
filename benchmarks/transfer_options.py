"""
What each option of a transfer costs: ratios against bare `rsync -a --delete` of the same change, in the same run.

    python benchmarks/transfer_options.py [--images N] [--runs N] [--folder DIR]

A study of N images and 20 plate files stands on both sides; then a day passes on production: 0.3 % new images, one
deleted CRF, 20 plate files that grew in the middle, a journal that grew. The day is pulled through a remote shell that
is a pipe to this host, so that rsync sends deltas as it does over ssh. The runs of all cases are interleaved, so that a
busy moment of the machine falls on all of them; the first round warms the caches and does not count.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dfwarm.rsync.argv import Ends, TransferOptions, plan_transfer
from dfwarm.rsync.options import ACLS, DELETES, DESIGNATED, PARTIAL, WHOLE, XATTRS
from dfwarm.rsync.version import parse_version

PLATES, PLATE_BYTES, IMAGE_BYTES, IMAGES_A_WEEK = 20, 2_000_000, 2_000, 1_000
SHELL = '#!/bin/sh\nshift\nexec "$@"\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder", default=None, help="where the trees are built and removed again")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="dfwarm-transfer-", dir=wanted.folder))
    try:
        compare(folder, wanted.images, wanted.runs)
    finally:
        shutil.rmtree(folder)


def compare(folder: Path, images: int, runs: int) -> None:
    production, yesterday = folder / "production", folder / "yesterday"
    build(production, images)
    subprocess.run(["cp", "-a", production, yesterday], check=True)
    changed = live_a_day(production, images)
    shell = folder / "shell"
    shell.write_text(SHELL)
    shell.chmod(0o755)
    cases = dict(name_cases(production, folder / "standby", shell))
    seconds: dict[str, list[float]] = {name: [] for name in cases}
    for turn in range(runs + 1):
        for name, argv in cases.items():
            seconds[name].append(run_once(argv, yesterday, folder / "standby", changed))
            if turn == 0:
                check(name, production, folder / "standby")
    report({name: statistics.median(taken[1:]) for name, taken in seconds.items()}, images, runs)


def name_cases(production: Path, standby: Path, shell: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    ends = Ends(f"production:{production}", str(standby), (str(shell),))
    places = ("-e", str(shell), f"{ends.source}/", f"{standby}/")
    bare = ("rsync", "-a", "--delete")
    yield "rsync -a --delete", (*bare, *places)
    for option in (*DESIGNATED[1:], PARTIAL, *WHOLE, ACLS, XATTRS):
        yield f"with {' '.join(option.words)}", (*bare, *option.words, *places)
    yield f"with {' '.join(DELETES.words)} for --delete", ("rsync", "-a", *DELETES.words, *places)
    version = parse_version(subprocess.run(["rsync", "-VV"], capture_output=True, check=True, text=True).stdout)
    yield "dfwarm, both trees compared", plan_transfer(ends, TransferOptions(), (version, version))
    yield (
        "dfwarm, listed paths (without the deletion)",
        plan_transfer(ends, TransferOptions(is_listed=True), (version, version)),
    )


def run_once(argv: tuple[str, ...], yesterday: Path, standby: Path, changed: bytes) -> float:
    """Time one transfer onto yesterday's standby. Its files share their inodes: rsync replaces, it does not rewrite."""
    shutil.rmtree(standby, ignore_errors=True)
    subprocess.run(["cp", "-al", yesterday, standby], check=True)
    os.sync()
    listed = changed if "--files-from=-" in argv else b""
    began = time.perf_counter()
    subprocess.run(argv, input=listed, stdout=subprocess.PIPE, check=True, env={**os.environ, "LC_ALL": "C"})
    return time.perf_counter() - began


def check(name: str, production: Path, standby: Path) -> None:
    """A transfer that did not do its work is no yardstick. The listed one leaves the deletion to a second run."""
    said = subprocess.run(["diff", "-rq", production, standby], capture_output=True, check=False, text=True).stdout
    expected = [f"Only in {standby}/pages/0000: 0000001"] if name.endswith("(without the deletion)") else []
    if said.splitlines() != expected:
        raise SystemExit(f"{name} did not make the trees equal:\n{said}")


def build(study: Path, images: int) -> None:
    for number in range(images):
        write(study / "pages" / f"{number // IMAGES_A_WEEK:04d}" / f"{number % IMAGES_A_WEEK:04d}001", IMAGE_BYTES)
    for plate in range(PLATES):
        write(study / "data" / f"plt{plate:03d}.dat", PLATE_BYTES)
    write(study / "data" / "2611.jnl", PLATE_BYTES)


def live_a_day(study: Path, images: int) -> bytes:
    """Change the study as a day does, and say which paths a manifest would list for it."""
    new = [study / "pages" / "9999" / f"{number:04d}001" for number in range(images * 3 // 1000)]
    for path in new:
        write(path, IMAGE_BYTES)
    deleted = study / "pages" / "0000" / "0000001"
    renamed = deleted.rename(deleted.with_name("X0000001"))
    plates = sorted((study / "data").iterdir())
    for path in plates:
        content = path.read_bytes()
        path.write_bytes(content[: PLATE_BYTES // 2] + os.urandom(20_000) + content[PLATE_BYTES // 2 :])
    changed = (*new, renamed, *plates, *{path.parent for path in (*new, renamed)}, study / "pages", study / "data")
    return b"".join(os.fsencode(path.relative_to(study)) + b"\0" for path in changed)


def write(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.urandom(size))


def report(medians: dict[str, float], images: int, runs: int) -> None:
    bare = next(iter(medians.values()))
    print(f"{images:,} images, medians of {runs} runs; a pipe instead of ssh, warm caches")
    for name, seconds in medians.items():
        print(f"{seconds / bare:6.2f} x  {seconds:8.3f} s  {name}")


if __name__ == "__main__":
    main()

"""The simulator writes the large study in under 3 minutes, and a day in it takes seconds.

Usage: simulate_study.py [--part N] [--folder DIR] [--copy]

Writes one Nth of the large study (N = 1: 200,000 images, 1 GB of plates, 300 MB of queries) and lets one day pass.
With --copy, `cp -a` of the same tree shows what writing so many files costs on this disk.
"""

import argparse
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.installation import Installation
from dfwarm.simulator.plan import LARGE
from dfwarm.simulator.study import write_study


def main() -> None:
    asked = _arguments()
    plates = max(1, LARGE.plates // asked.part)
    plan = replace(LARGE, plates=plates, queries=LARGE.queries // asked.part)
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        made = Installation(Path(folder), "dfprod1", "5", (plan,))
        study = made.study_dir(plan.number)
        begun = time.monotonic()
        write_study(study, plan)
        written = time.monotonic() - begun
        files, size, images = _measure(study)
        print(f"study: {files:,} files, {images:,} of them images, {plan.records:,} records, {size / 1e9:.2f} GB")
        print(f"write_study      {written:7.1f} s   ({size / 1e6 / written:,.0f} MB/s; promised: 180 s for the whole)")
        if asked.copy:
            begun = time.monotonic()
            subprocess.run(["cp", "-a", study, f"{folder}/copy"], check=True)
            copied = time.monotonic() - begun
            print(f"cp -a            {copied:7.1f} s   write_study / cp -a = {written / copied:.2f}")
            shutil.rmtree(f"{folder}/copy")
        begun = time.monotonic()
        log = let_a_day_pass(made, plan.number, day=1, new_pages=600 // asked.part, plates=min(20, plates))
        passed = time.monotonic() - begun
        print(f"let_a_day_pass   {passed:7.1f} s   ({len(log.new_images)} pages, {len(log.changed_plates)} plates)")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=int, default=1)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    parser.add_argument("--copy", action="store_true")
    return parser.parse_args()


def _measure(study: Path) -> tuple[int, int, int]:
    files = size = images = 0
    for folder, _, names in os.walk(study):
        files += len(names)
        images += len(names) if "/pages/" in folder else 0
        size += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
    return files, size, images


if __name__ == "__main__":
    main()

"""
How much memory do the four native reports take of hostile or huge files?

Claims: at most 1.5 GB in any process, whatever a file holds: a plate of 2 GB without a line end, and one plate with
12 million records (`--records N`). Each case is made by a process of its own, which prints the most that it or a child
of it held; the sizes are beside it, so that "it does not grow with the file" can be seen.

    python benchmarks/reports_memory.py [--records N] [--folder DIR]
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

GIGABYTE = 1 << 30
STAMPS = b"25/03/01 10:00:00|25/03/01 10:00:00|"
AT_ONCE = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--records", type=int, default=12_000_000)
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/dfwarm-benchmark-memory"))
    parser.add_argument("--make", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make)
        return
    for name, pieces in (("2 GB without a line end", endless()), (f"{asked.records:,} records", many(asked.records))):
        shutil.rmtree(asked.folder, ignore_errors=True)
        try:
            measure(name, asked.folder / "study", pieces)
        finally:
            shutil.rmtree(asked.folder, ignore_errors=True)


def measure(name: str, study: Path, pieces: Iterator[bytes]) -> None:
    (study / "data").mkdir(parents=True)
    plate = study / "data/plt001.dat"
    with plate.open("wb") as file:
        file.writelines(pieces)
    if not plate.stat().st_size:
        os.truncate(plate, 2 * GIGABYTE)
    began = time.monotonic()
    done = subprocess.run([sys.executable, __file__, "--make", str(study)], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began
    print(f"{name} ({plate.stat().st_size:,} bytes): {done.stdout.strip()}, {seconds:.1f} s")


def endless() -> Iterator[bytes]:
    """Nothing: the file is then made long without a byte in it, so it takes no room on the disk."""
    return iter(())


def many(records: int) -> Iterator[bytes]:
    """Records of one plate, a subject each."""
    for first in range(1, records + 1, AT_ONCE):
        rows = range(first, min(first + AT_ONCE, records + 1))
        yield b"".join(b"1|3|0000/0000000|35|1|1|%d|ABC|%s\n" % (subject, STAMPS) for subject in rows)


def make(study: Path) -> None:
    from dfwarm.datafax.reports.report import Mode
    from dfwarm.datafax.reports.rule import ReportName
    from dfwarm.datafax.reports.stream import encode
    from dfwarm.equipment.image_kinds import NoKinds
    from dfwarm.equipment.partial_shelf import PartialShelf
    from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports

    known = Known(PartialShelf(study.parent / "partials"), NoKinds(), 2)
    reports = make_reports(Places(os.fsencode(study)), Wanted(35, tuple(ReportName), Mode.QUIESCED), known)
    encode(reports)
    used = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    records = max(report.records for report in reports)
    print(f"{records:,} records read, {used // 1024:,} MB at most in one process")


if __name__ == "__main__":
    main()

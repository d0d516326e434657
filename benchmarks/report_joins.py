"""What it costs to hold images and queries against their records, once the data files are read.

Usage: report_joins.py [--part N] [--folder DIR]

Joins made-up partials of one Nth of the large study (N = 1: 4 million records in 150 plates, 200,000 images, 1,500,000
queries), beside `numpy.sort` of as many 64-bit numbers as there are records. Then writes one Nth of 200,000 small image
files, takes their census with nothing remembered and with everything, beside `find -printf` of the same tree.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from dfwarm.datafax.reports.census import ImageCensus, ImageFolder
from dfwarm.datafax.reports.finding import FindingTable
from dfwarm.datafax.reports.images import examine_images
from dfwarm.datafax.reports.partial import FileKind, Partial, Reading
from dfwarm.datafax.reports.queries import QueryRules, examine_queries
from dfwarm.datafax.reports.report import Mode, TimePoint
from dfwarm.equipment.image_census import ImageTrees, take_census
from dfwarm.equipment.image_kinds import KindNotebook
from dfwarm.equipment.remembered import Nothing
from dfwarm.equipment.scan import scan
from dfwarm.simulator.plan import image_id

PLATES = 150
STUDY = 35
T = TypeVar("T")


def main() -> None:
    asked = _arguments()
    records, images, queries = 4_000_000 // asked.part, 200_000 // asked.part, 1_500_000 // asked.part
    names = [image_id(number) for number in range(images)]
    plates = [_plate(number, records // PLATES, names) for number in range(PLATES)]
    chance = np.random.default_rng(1)
    numbers = chance.integers(0, 1 << 60, records)
    yardstick, _ = _timed(lambda: np.sort(numbers))
    print(f"{records:,} records, {images:,} images, {queries:,} queries")
    print(f"numpy.sort of as many numbers   {yardstick:7.2f} s")
    seconds, report = _timed(lambda: examine_images(STUDY, Mode.QUIESCED, plates, _census(names), TimePoint()))
    print(f"ic_images                       {seconds:7.2f} s  {seconds / yardstick:.2f} x, {report.finding_counts}")
    joined = [*plates, _queries(queries, records // PLATES)]
    rules = QueryRules(STUDY, Mode.QUIESCED, has_multiple_queries=False)
    seconds, report = _timed(lambda: examine_queries(rules, joined, TimePoint()))
    print(f"ic_queries                      {seconds:7.2f} s  {seconds / yardstick:.2f} x, {report.finding_counts}")
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        _measure_census(Path(folder), names)
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")


def _measure_census(folder: Path, names: list[bytes]) -> None:
    study, notebook = folder / "study", folder / "kinds.sqlite"
    for name in names:
        path = study / "pages" / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + name)
    trees = ImageTrees(os.fsencode(study))
    find = ["find", str(study), "-printf", "%s %T@ %C@ %i %p\n"]
    yardstick, _ = _timed(lambda: subprocess.run(find, stdout=subprocess.DEVNULL, check=True))
    print(f"find -printf                    {yardstick:7.2f} s")
    cold, census = _timed(lambda: take_census(trees, workers=2))
    print(f"census, nothing remembered      {cold:7.2f} s  {cold / yardstick:.2f} x, {len(census.standard)} weeks")
    blocks = {block.folder: block for block in scan(os.fsencode(study), Nothing(), workers=2, within_days=30).blocks}
    take_census(trees, blocks, KindNotebook(notebook))
    warm, again = _timed(lambda: take_census(trees, blocks, KindNotebook(notebook)))
    print(f"census, everything remembered   {warm:7.2f} s  {warm / yardstick:.2f} x, equal: {again == census}")


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    done = work()
    return time.perf_counter() - begun, done


def _plate(number: int, records: int, names: list[bytes]) -> Partial:
    chance = np.random.default_rng(number)
    mine = names[number::PLATES]
    columns = {
        "key": np.arange(records, dtype="<u8") + 1000,
        "line": np.arange(1, records + 1, dtype="<u4"),
        "offset": np.arange(records, dtype="<u8") * 250,
        "fields": np.full(records, 15, "<u2"),
        "status": chance.integers(1, 4, records).astype("u1"),
        "level": np.ones(records, "u1"),
        "flags": np.zeros(records, "u1"),
        "image_row": np.sort(chance.choice(records, len(mine), replace=False)).astype("<u4"),
        "image": np.array(mine, "S12"),
    }
    return _partial(b"data/plt%03d.dat" % (number + 1), Reading(FileKind.PLATE, STUDY, number + 1), columns)


def _queries(count: int, records: int) -> Partial:
    chance = np.random.default_rng(2)
    plate, key = np.sort(chance.integers(1, PLATES + 1, count)), chance.integers(900, 900 + records, count)
    key = key[np.lexsort((key, plate))]
    columns = {
        "key": key.astype("<u8"),
        "line": np.arange(1, count + 1, dtype="<u4"),
        "offset": np.arange(count, dtype="<u8") * 200,
        "fields": np.full(count, 22, "<u2"),
        "status": np.where(chance.random(count) < 0.97, 5, 1).astype("u1"),
        "level": np.ones(count, "u1"),
        "flags": np.zeros(count, "u1"),
        "plate": plate.astype("<u2"),
        "field": chance.integers(4, 40, count).astype("<u4"),
        "code": chance.choice([1, 2, 3, 21, 22], count).astype("<u4"),
        "usage": np.ones(count, "u1"),
        "image_row": np.zeros(0, "<u4"),
        "image": np.zeros(0, "S12"),
    }
    return _partial(b"data/DFqc.dat", Reading(FileKind.QUERIES, STUDY), columns)


def _partial(file: bytes, reading: Reading, columns: dict[str, np.ndarray]) -> Partial:
    packed = tuple((name, column.dtype.str.replace("|", ""), column.tobytes()) for name, column in columns.items())
    lines = len(columns["status"])
    return Partial(file, reading, bytes(32), lines * 250, lines, 0, 0, FindingTable(file), packed)


def _census(names: list[bytes]) -> ImageCensus:
    weeks: dict[bytes, list[bytes]] = {}
    for name in names:
        weeks.setdefault(name[:4], []).append(name[5:])
    return ImageCensus(
        tuple(
            ImageFolder(b"pages/" + week, b"\0".join(sorted(files)), bytes(8 * len(files)), bytes(len(files)))
            for week, files in sorted(weeks.items())
        )
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", type=int, default=1)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    return parser.parse_args()


if __name__ == "__main__":
    main()

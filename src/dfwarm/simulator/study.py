"""Write a whole simulated study: the same plan, the same bytes and times."""

import os
import random
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path

from dfwarm.simulator.plan import StudyPlan, image_id, week_of
from dfwarm.simulator.records import images_of, new_line, plate_lines, query_lines, reason_lines, secondary_line
from dfwarm.simulator.setup import setup_files

WRITTEN_AT = 1_741_000_000
"""The second that the oldest files bear: 3 March 2025."""

POOL_BYTES = 1 << 20
_PNG, _PDF, _RASTER = b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n", b"\x59\xa6\x6a\x95"
_BATCH_IMAGES = 4_000
_PARALLEL_FROM_IMAGES = 10_000


def write_study(study_dir: Path, plan: StudyPlan) -> None:
    """Write the tree of a study."""
    for name, content in setup_files(plan, str(study_dir)):
        write_file(study_dir / name, content, age=len(name))
    for folder in ("data", "pages", "QC"):
        (study_dir / folder).mkdir(parents=True, exist_ok=True)
    for script in ("ecbin/randomize.sh", "ecbin/notify.sh", "reports/enrolment"):
        (study_dir / script).chmod(0o755)
    images = images_of(plan)
    _write_data(study_dir / "data", plan, images)
    _write_images(study_dir / "pages", plan, images + plan.new_records + secondaries_of(plan))
    _settle(study_dir)


def secondaries_of(plan: StudyPlan) -> int:
    """How many refaxed pages there are: one for every twelfth subject on the first plate."""
    return (plan.subjects + 11) // 12


def image_bytes(plan: StudyPlan, image: int, pool: bytes) -> bytes:
    """A page image: the magic of its kind, then a slice of noise that no other image has."""
    low, high = plan.image_bytes
    size = low + (image * 7919) % (high - low + 1)
    start = (image * 104_729) % (POOL_BYTES - high)
    magic = (_PNG, _PNG, _RASTER, _PDF)[image % 4]
    return magic + b"%012d" % image + pool[start : start + size]


def noise(plan: StudyPlan) -> bytes:
    """The noise that images are cut from."""
    return random.Random(plan.seed).randbytes(POOL_BYTES)


def write_file(path: Path, content: bytes, *, age: int) -> None:
    """Write a file and give it a time: `age` seconds after the study's oldest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (WRITTEN_AT + age, WRITTEN_AT + age))


def _write_data(data: Path, plan: StudyPlan, images: int) -> None:
    tasks = [(data, plan, plate, images) for plate in range(1, plan.plates + 1)]
    if plan.records > 100_000:
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            list(pool.map(_write_plate, tasks))
    else:
        for task in tasks:
            _write_plate(task)
    _write_lines(data / "DFqc.dat", query_lines(plan))
    _write_lines(data / "DFreason.dat", reason_lines(plan))
    first_new = images + secondaries_of(plan)
    _write_lines(
        data / "DFin.dat",
        (
            new_line(
                plan,
                1 + number % plan.plates,
                plan.visits,
                plan.subject_ids[number % plan.subjects],
                image_id(first_new + number),
            )
            for number in range(plan.new_records)
        ),
    )
    for month, plate in enumerate(range(1, min(plan.plates, 6) + 1), 3):
        journal = (b"25%02d03|120000|jack|" % month + line for line in islice(plate_lines(plan, plate), 2_000))
        _write_lines(data / f"25{month:02d}.jnl", journal)


def _write_plate(task: tuple[Path, StudyPlan, int, int]) -> None:
    data, plan, plate, images = task
    path = data / f"plt{plate:03d}.dat"
    _write_lines(path, plate_lines(plan, plate))
    if plate == 1:
        refaxed = range(0, plan.subjects, 12)
        with path.open("ab") as file:
            for number, place in enumerate(refaxed):
                raster = image_id(images + number)
                file.write(secondary_line(plan, 1, 0, plan.subject_ids[place], raster))


def _write_lines(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb", buffering=1 << 20) as file:
        file.writelines(lines)


def _write_images(pages: Path, plan: StudyPlan, count: int) -> None:
    for week in dict.fromkeys(week_of(image) for image in range(0, count, 50)):
        (pages / week.decode()).mkdir(parents=True, exist_ok=True)
    if count:
        (pages / week_of(count - 1).decode()).mkdir(parents=True, exist_ok=True)
    batches = [(pages, plan, start, min(start + _BATCH_IMAGES, count)) for start in range(0, count, _BATCH_IMAGES)]
    if count > _PARALLEL_FROM_IMAGES:
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            list(pool.map(_write_batch, batches))
    else:
        for batch in batches:
            _write_batch(batch)


def _write_batch(batch: tuple[Path, StudyPlan, int, int]) -> None:
    pages, plan, start, end = batch
    pool, folder = noise(plan), os.fsencode(pages)
    for image in range(start, end):
        path = folder + b"/" + image_id(image)
        with open(path, "wb", buffering=0) as file:
            file.write(image_bytes(plan, image, pool))
            os.utime(file.fileno(), (WRITTEN_AT + image, WRITTEN_AT + image))


def _settle(study_dir: Path) -> None:
    """Give data files and folders their times, deepest first, since writing in a folder moves its time."""
    for path in (study_dir / "data").iterdir():
        os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    for folder, _, _ in os.walk(study_dir, topdown=False):
        os.utime(folder, (WRITTEN_AT, WRITTEN_AT))

"""Write a whole simulated study: the same plan, the same bytes and times."""

import os
import random
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path

from dfwarm.simulator.correspondence import query_lines, reason_lines
from dfwarm.simulator.plan import StudyPlan, Style, image_id, week_of
from dfwarm.simulator.records import images_of, new_line, plate_lines, secondaries_of, secondary_lines
from dfwarm.simulator.setup import setup_files

WRITTEN_AT = 1_741_000_000
"""The second that the oldest files bear: 3 March 2025."""

POOL_BYTES = 1 << 20
_PNG, _PDF, _RASTER, _JPEG = b"\x89PNG\r\n\x1a\n", b"%PDF-1.4\n", b"\x59\xa6\x6a\x95", b"\xff\xd8\xff\xe0"
_KINDS = {Style.FAX: (_PNG, _PNG, _RASTER), Style.ENTRY: (_PDF, _PDF, _PNG, _JPEG)}
"""The magic of what lies in the week folders: faxes as rasters, or what people uploaded."""

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
    _write_data(study_dir / "data", plan)
    _write_images(study_dir / "pages", plan)
    _settle(study_dir)


def visible_images_of(plan: StudyPlan) -> int:
    """How many images records ask for; those of deleted records come behind them."""
    return images_of(plan) + secondaries_of(plan) + plan.new_records


def all_images_of(plan: StudyPlan) -> int:
    """How many image files there are."""
    visible = visible_images_of(plan)
    return visible + (visible * plan.hidden_permille + 999) // 1000


def image_bytes(plan: StudyPlan, image: int, pool: bytes) -> bytes:
    """A page image: the magic of its kind, then a slice of noise that no other image has."""
    low, high = plan.image_bytes
    size = low + (image * 7919) % (high - low + 1)
    start = (image * 104_729) % (POOL_BYTES - high)
    magic = _KINDS[plan.style][image % len(_KINDS[plan.style])]
    return magic + b"%012d" % image + pool[start : start + size]


def noise(plan: StudyPlan) -> bytes:
    """The noise that images are cut from."""
    return random.Random(plan.seed).randbytes(POOL_BYTES)


def write_file(path: Path, content: bytes, *, age: int) -> None:
    """Write a file and give it a time: `age` seconds after the study's oldest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (WRITTEN_AT + age, WRITTEN_AT + age))


def _write_data(data: Path, plan: StudyPlan) -> None:
    tasks = [(data, plan, plate) for plate in range(1, plan.plates + 1)]
    if plan.records > 100_000:
        with ProcessPoolExecutor(2, mp_context=get_context("fork")) as pool:
            list(pool.map(_write_plate, tasks))
    else:
        for task in tasks:
            _write_plate(task)
    _write_lines(data / "DFqc.dat", query_lines(plan))
    _write_lines(data / "DFreason.dat", reason_lines(plan))
    first_new = images_of(plan) + secondaries_of(plan)
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


def _write_plate(task: tuple[Path, StudyPlan, int]) -> None:
    data, plan, plate = task
    _write_lines(data / f"plt{plate:03d}.dat", chain(plate_lines(plan, plate), secondary_lines(plan, plate)))


def _write_lines(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb", buffering=1 << 20) as file:
        file.writelines(lines)


def _write_images(pages: Path, plan: StudyPlan) -> None:
    count = all_images_of(plan)
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
    pool, folder, visible = noise(plan), os.fsencode(pages), visible_images_of(plan)
    for image in range(start, end):
        week, _, name = image_id(image).partition(b"/")
        path = folder + b"/" + week + (b"/" if image < visible else b"/X") + name
        with open(path, "wb", buffering=0) as file:
            file.write(image_bytes(plan, image, pool))
            os.utime(file.fileno(), (WRITTEN_AT + image, WRITTEN_AT + image))


def _settle(study_dir: Path) -> None:
    """Give data files and folders their times, deepest first, since writing in a folder moves its time."""
    for path in (study_dir / "data").iterdir():
        os.utime(path, (WRITTEN_AT, WRITTEN_AT))
    for folder, _, _ in os.walk(study_dir, topdown=False):
        os.utime(folder, (WRITTEN_AT, WRITTEN_AT))

"""A day of work in a simulated study: pages arrive, records change, a CRF is deleted, the setup is saved."""

import os
import random
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from dfwarm.simulator.installation import Installation
from dfwarm.simulator.plan import StudyPlan, image_id, week_of
from dfwarm.simulator.records import new_line
from dfwarm.simulator.setup import setup
from dfwarm.simulator.study import all_images_of, image_bytes, noise

FIRST_DAY = 1_770_000_000
"""The second that days are counted from: 2 February 2026."""


@dataclass(frozen=True, slots=True)
class DayLog:
    """What was done in a day, by paths relative to the study directory."""

    new_images: tuple[bytes, ...]
    changed_plates: tuple[str, ...]
    deleted_crf: bytes
    schema: str


@dataclass(frozen=True, slots=True)
class _Journal:
    """The journal of a simulated day's month. It bears the simulated time, so the same day writes the same bytes."""

    data: Path
    second: int

    def tell(self, records: list[bytes]) -> None:
        """Append a line for each record."""
        moment = time.gmtime(self.second)
        with (self.data / time.strftime("%y%m.jnl", moment)).open("ab") as file:
            file.writelines(time.strftime("%y%m%d|%H%M%S|jack|", moment).encode() + record for record in records)


def let_a_day_pass(installation: Installation, study: int, *, day: int, new_pages: int = 6, plates: int = 2) -> DayLog:
    """Do a day's work in one study. Days count from 1; the same day does the same work."""
    plan = next(plan for plan in installation.plans if plan.number == study)
    study_dir = installation.study_dir(study)
    chance = random.Random(plan.seed * 31 + day)
    images = _receive_pages(study_dir, plan, day=day, count=new_pages)
    journal = _Journal(study_dir / "data", FIRST_DAY + day * 86_400)
    touched = chance.sample(range(1, plan.plates + 1), min(plates, plan.plates))
    changed = tuple(_change_plate(study_dir, plate, journal, chance) for plate in touched)
    deleted = _delete_crf(study_dir, journal, chance)
    schema = _save_setup(study_dir, plan, day)
    _work_queries(study_dir / "data" / "DFqc.dat", day)
    return DayLog(images, changed, deleted, schema)


def _receive_pages(study_dir: Path, plan: StudyPlan, *, day: int, count: int) -> tuple[bytes, ...]:
    pool = noise(plan)
    first = all_images_of(plan) + (day - 1) * count
    identifiers: list[bytes] = []
    with (study_dir / "data" / "DFin.dat").open("ab") as queue:
        for image in range(first, first + count):
            path = study_dir / "pages" / os.fsdecode(image_id(image))
            (study_dir / "pages" / week_of(image).decode()).mkdir(exist_ok=True)
            path.write_bytes(image_bytes(plan, image, pool))
            queue.write(new_line(plan, 1, plan.visits + day, plan.subject_ids[image % plan.subjects], image_id(image)))
            identifiers.append(b"pages/" + image_id(image))
    return tuple(identifiers)


def _change_plate(study_dir: Path, plate: int, journal: _Journal, chance: random.Random) -> str:
    """Raise the level of some records, as the server does: rewrite the file, and tell the journal."""
    path = study_dir / "data" / f"plt{plate:03d}.dat"
    lines = path.read_bytes().splitlines(keepends=True)
    changed: list[bytes] = []
    for _ in range(3):
        place = chance.randrange(len(lines))
        fields = lines[place].split(b"|")
        fields[1] = b"%d" % (1 + int(fields[1]) % 7)
        lines[place] = b"|".join(fields)
        changed.append(lines[place])
    aside = path.with_suffix(".new")
    aside.write_bytes(b"".join(lines))
    aside.replace(path)
    journal.tell(changed)
    return path.name


def _delete_crf(study_dir: Path, journal: _Journal, chance: random.Random) -> bytes:
    """Delete a primary record that has an image: the record goes, the image gets its X, the journal keeps both."""
    for path in sorted((study_dir / "data").glob("plt*.dat")):
        lines = path.read_bytes().splitlines(keepends=True)
        refaxed = {_key(line) for line in lines if line[:1] in b"456"}
        rows = [
            row
            for row, line in enumerate(islice(lines, 2_000))
            if line[:1] in b"123"
            and line[8:9] == b"/"
            and not line.startswith(b"0000", 4)
            and _key(line) not in refaxed
        ]
        if not rows:
            continue
        row = chance.choice(rows)
        line = lines.pop(row)
        raster = line.split(b"|")[2]
        image = study_dir / "pages" / os.fsdecode(raster)
        image.rename(image.with_name("X" + image.name))
        path.write_bytes(b"".join(lines))
        journal.tell([b"7" + line[1:]])
        return b"pages/" + raster
    return b""


def _key(line: bytes) -> tuple[bytes, ...]:
    """Plate, visit and subject of a record."""
    return tuple(line.split(b"|", 7)[4:7])


def _save_setup(study_dir: Path, plan: StudyPlan, day: int) -> str:
    name = time.strftime("%y%m%d-%H%M%S", time.gmtime(FIRST_DAY + day * 86_400))
    setup_file = study_dir / "lib" / "DFsetup"
    (study_dir / "dfschema" / name).write_bytes(setup_file.read_bytes())
    setup_file.write_bytes(setup(plan, version=1 + day))
    (study_dir / "lib" / "DFedits.bin").write_bytes(random.Random(day).randbytes(2_048))
    return name


def _work_queries(queries: Path, day: int) -> None:
    """Resolve the oldest new query and ask another one."""
    content = queries.read_bytes()
    place = content.find(b"\n1|")
    if place >= 0:
        end = content.index(b"\n", place + 1)
        resolved = content[place + 1 : end].split(b"|")
        resolved[0], resolved[20] = b"5", resolved[19]
        content = content[: place + 1] + b"|".join(resolved) + content[end:]
    fields = content[:-1].rpartition(b"\n")[2].split(b"|")
    # An edit check asks for a page that did not come: such a query needs no record.
    fields[0], fields[14], fields[16] = b"1", b"23", b"Please send the page, day %d" % day
    fields[20] = b""
    queries.write_bytes(content + b"|".join(fields) + b"\n")

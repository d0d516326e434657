"""Data files of a simulated study: plates with secondaries and missed records, queries, reasons, the new queue."""

import random
from collections.abc import Iterator

from dfwarm.simulator.plan import FIRST_SUBJECT, StudyPlan, Style, image_id

CREATED = b"25/03/%02d %02d:%02d:00"
_LATIN_TEXT = b"Patient pr\xe9f\xe8re l'apr\xe8s-midi"
_CODES = (1, 2, 3, 4, 5, 6, 21, 22, 23)
_OTHER_STATUSES = (1, 0, 2, 3, 4, 6, 7)


def plate_lines(plan: StudyPlan, plate: int) -> Iterator[bytes]:
    """The records of a plate, one line each, with its newline."""
    chance = random.Random(plan.seed * 1009 + plate)
    filler = bytes(chance.choices(b"abcdefghijklmnopqrstuvwxyz ", k=plan.filler_bytes))
    image = _first_image(plan, plate)
    for visit in range(plan.visits):
        for subject in plan.subject_ids:
            draw = chance.random()
            has_image = _has_image(plan, plate, visit, subject)
            raster = image_id(image) if has_image else _no_image(plan, plate, visit, subject)
            image += has_image
            stamp = CREATED % (1 + subject % 28, subject % 24, visit % 60)
            head = b"%s|%d|%d|%d|%d" % (raster, plan.number, plate, visit, subject)
            if draw < 0.02:
                code = 1 + subject % 10
                raster = raster if has_image else b"0000/0000000"
                yield b"0|2|%s|%d|%d|%d|%d|%d|not done|%s|%s|\n" % (
                    raster, plan.number, plate, visit, subject, code, stamp, stamp,
                )  # fmt: skip
                continue
            status = 1 if draw < 0.77 else 2 if draw < 0.97 else 3
            level = 1 + (subject + visit) % 5
            note = _LATIN_TEXT if draw > 0.995 else filler
            fields = b"AB%c|%02d/03/25|%d|%05.1f|%s" % (
                65 + subject % 26,
                1 + subject % 28,
                1 + subject % 3,
                60 + subject % 40,
                note,
            )
            yield b"%d|%d|%s|%s|%d|%s|%s|\n" % (status, level, head, fields, status, stamp, stamp)


def secondary_line(plan: StudyPlan, plate: int, visit: int, subject: int, raster: bytes) -> bytes:
    """A refaxed page: a secondary record of a key, with an image of its own."""
    stamp = CREATED % (28, 12, 0)
    head = b"%s|%d|%d|%d|%d" % (raster, plan.number, plate, visit, subject)
    return b"5|1|%s|ABC|01/03/25|1|060.0|refaxed|2|%s|%s|\n" % (head, stamp, stamp)


def query_lines(plan: StudyPlan) -> Iterator[bytes]:
    """Queries of every status and code; the page queries (21 to 23) ask for a visit that did not come in."""
    chance = random.Random(plan.seed + 1)
    for number in range(plan.queries):
        code = _CODES[number % len(_CODES)]
        plate, visit = 1 + number % plan.plates, plan.visits if code >= 21 else number % plan.visits
        subject = FIRST_SUBJECT + (number * 7) % plan.subjects
        status = 5 if number % 4 else _OTHER_STATUSES[number // 4 % len(_OTHER_STATUSES)]
        stamp = b"jack " + CREATED % (1 + number % 28, number % 24, number % 60)
        resolved = stamp if status in (3, 4, 5) else b""
        value = b"%05.1f" % (60 + chance.random() * 40)
        yield b"%d|%d|0000/0000000|%d|%d|%d|%d|%d|1||%d||Field %d|%s|%d|1|Please verify||%s|%s|%s|%d\n" % (
            status, 1 + number % 5, plan.number, plate, visit, subject, 5 + number % 40, number % 9, 5 + number % 40,
            value, code, stamp, stamp, resolved, 1 + number % 2,
        )  # fmt: skip


def reason_lines(plan: StudyPlan) -> Iterator[bytes]:
    """Reasons for change."""
    for number in range(plan.queries // 5):
        stamp = b"jill " + CREATED % (1 + number % 28, number % 24, number % 60)
        yield b"%d|2|0000/0000000|%d|%d|%d|%d|8|1|transcription error|%s|%s\n" % (
            1 + number % 3, plan.number, 1 + number % plan.plates, number % plan.visits,
            FIRST_SUBJECT + number % plan.subjects, stamp, stamp,
        )  # fmt: skip


def new_line(plan: StudyPlan, plate: int, visit: int, subject: int, raster: bytes) -> bytes:
    """A record that came in and nobody validated yet."""
    stamp = CREATED % (28, 23, 59)
    return b"0|0|%s|%d|%d|%d|%d|ABC|01/03/25|1|060.0||2|%s|%s|\n" % (
        raster, plan.number, plate, visit, subject, stamp, stamp,
    )  # fmt: skip


def images_of(plan: StudyPlan) -> int:
    """How many images the records of the plates ask for."""
    return _first_image(plan, plan.plates + 1)


def _first_image(plan: StudyPlan, plate: int) -> int:
    """The running number of the first image of a plate: every plate has the same number of images."""
    each = sum(_has_image(plan, 1, visit, subject) for visit in range(plan.visits) for subject in plan.subject_ids)
    return (plate - 1) * each


def _has_image(plan: StudyPlan, _plate: int, visit: int, subject: int) -> bool:
    return ((subject * 7919 + visit * 104729) % 1000) < plan.image_permille


def _no_image(plan: StudyPlan, plate: int, visit: int, subject: int) -> bytes:
    if plan.style is Style.ENTRY:
        return b"0000/0000000"
    return b"0906R%04d%03d" % (subject % 10000, (plate + visit * 7) % 1000)

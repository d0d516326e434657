"""The plate files of a simulated study: primaries, missed records and secondaries; and the new queue."""

from collections.abc import Iterator

from dfwarm.simulator.chance import draw, part
from dfwarm.simulator.plan import FIRST_SUBJECT, StudyPlan, Style, image_id

CREATED = b"25/03/%02d %02d:%02d:00"
FINAL = 1
_MISSED_UNTIL, _FINAL_UNTIL, _INCOMPLETE_UNTIL = 200, 7_700, 9_700
_LATIN_TEXT = b"Patient pr\xe9f\xe8re l'apr\xe8s-midi"
_LETTERS = b"abcdefghijklmnopqrstuvwxyz "
_LEVELS = {1: (4, 4, 4, 4, 4, 4, 5, 5, 6, 7), 2: (4, 4, 4, 4, 1, 1, 1, 2, 3, 5), 3: (1, 2, 7, 7, 7, 7, 7, 7, 7, 7)}


def plate_lines(plan: StudyPlan, plate: int) -> Iterator[bytes]:
    """The primary and the missed records of a plate, one line each, with its newline."""
    filler = bytes(_LETTERS[draw(plan, plate, place, 0) % 27] for place in range(plan.filler_bytes))
    foreign = _LATIN_TEXT if plan.style is Style.FAX else _LATIN_TEXT.decode("latin-1").encode()
    image = _first_image(plan, plate)
    for visit in range(plan.visits):
        for subject in plan.subject_ids:
            chance = draw(plan, plate, visit, subject)
            has_image = _has_image(plan, visit, subject)
            raster = image_id(image) if has_image else _no_image(plan, plate, visit, subject)
            image += has_image
            stamp = CREATED % (1 + subject % 28, subject % 24, visit % 60)
            status = _status(plan, visit, subject, chance)
            if not status:
                raster = raster if has_image else b"0000/0000000"
                head = b"0|2|%s|%d|%d|%d|%d" % (raster, plan.number, plate, visit, subject)
                yield b"%s|%d|not done|%s|%s|\n" % (head, 1 + subject % 10, stamp, stamp)
                continue
            # The older a visit is, the further the work on it has come.
            level = _LEVELS[status][min(9, part(chance, 10) + (visit == 0))]
            head = b"%d|%d|%s|%d|%d|%d|%d" % (status, level, raster, plan.number, plate, visit, subject)
            note = foreign if chance % 200 == 7 else filler
            initials, day, choice, weight = 65 + subject % 26, 1 + subject % 28, 1 + subject % 3, 60 + subject % 40
            fields = b"AB%c|%02d/03/25|%d|%05.1f|%s" % (initials, day, choice, weight, note)
            yield b"%s|%s|%d|%s|%s|\n" % (head, fields, status, stamp, stamp)


def secondary_lines(plan: StudyPlan, plate: int) -> Iterator[bytes]:
    """Refaxed pages and attachments of a plate: secondaries of a key, each with an image of its own."""
    image = images_of(plan) + (plate - 1) * _refaxes_of_plate(plan)
    stamp = CREATED % (28, 12, 0)
    for visit in range(plan.visits):
        for subject in plan.subject_ids:
            for _ in range(_refaxes(plan, visit, subject)):
                head = b"5|1|%s|%d|%d|%d|%d" % (image_id(image), plan.number, plate, visit, subject)
                yield b"%s|ABC|01/03/25|1|060.0|refaxed|2|%s|%s|\n" % (head, stamp, stamp)
                image += 1


def status_of(plan: StudyPlan, plate: int, visit: int, subject: int) -> int:
    """The status of the primary record of a key: 1 final, 2 incomplete, 3 pending, 0 missed."""
    return _status(plan, visit, subject, draw(plan, plate, visit, subject))


def _status(plan: StudyPlan, visit: int, subject: int, chance: int) -> int:
    if _refaxes(plan, visit, subject):
        return FINAL
    place = chance % 10_000
    if place < _MISSED_UNTIL:
        return 0
    return FINAL if place < _FINAL_UNTIL else 2 if place < _INCOMPLETE_UNTIL else 3


def new_line(plan: StudyPlan, plate: int, visit: int, subject: int, raster: bytes) -> bytes:
    """A record that came in and nobody validated yet."""
    stamp = CREATED % (28, 23, 59)
    return b"0|0|%s|%d|%d|%d|%d|ABC|01/03/25|1|060.0||2|%s|%s|\n" % (
        raster, plan.number, plate, visit, subject, stamp, stamp,
    )  # fmt: skip


def images_of(plan: StudyPlan) -> int:
    """How many images the primary and missed records of the plates ask for."""
    return _first_image(plan, plan.plates + 1)


def secondaries_of(plan: StudyPlan) -> int:
    """How many secondaries there are."""
    return plan.plates * _refaxes_of_plate(plan)


def _first_image(plan: StudyPlan, plate: int) -> int:
    """The running number of the first image of a plate: every plate has the same number of images."""
    each = sum(_has_image(plan, visit, subject) for visit in range(plan.visits) for subject in plan.subject_ids)
    return (plate - 1) * each


def _refaxes_of_plate(plan: StudyPlan) -> int:
    return sum(_refaxes(plan, visit, subject) for visit in range(plan.visits) for subject in plan.subject_ids)


def _refaxes(plan: StudyPlan, visit: int, subject: int) -> int:
    """How often a page was refaxed: the first subject's first one twice, most never."""
    place = subject - FIRST_SUBJECT
    if (place * 37 + visit * 101) % 1000 >= plan.refax_permille:
        return 0
    return 2 if place % 4 == 0 else 1


def _has_image(plan: StudyPlan, visit: int, subject: int) -> bool:
    return ((subject * 7919 + visit * 104729) % 1000) < plan.image_permille


def _no_image(plan: StudyPlan, plate: int, visit: int, subject: int) -> bytes:
    if plan.style is Style.ENTRY:
        return b"0000/0000000"
    return b"0906R%04d%03d" % (subject % 10000, (plate + visit * 7) % 1000)

"""What is written about the records of a simulated study: queries to the sites, reasons for change."""

from collections.abc import Iterator

from dfwarm.simulator.plan import FIRST_SUBJECT, StudyPlan
from dfwarm.simulator.records import CREATED, FINAL, status_of

_CODES = (1, 2, 3, 4, 5, 6, 21, 22, 23)
_OTHER_STATUSES = (1, 0, 2, 3, 4, 6, 7)
_UNRESOLVED = frozenset({0, 1, 2, 6})
_RESOLVED = 5
_FIELDS = 5
"""User fields of a plate; the first has the number 5, which stands for field 8 of the record."""


def query_lines(plan: StudyPlan) -> Iterator[bytes]:
    """
    Queries of every status and code, at most one for each field of a record.

    Page queries (21 to 23) ask for a visit that did not come in. A final record has no open query: what would be one
    asks for a page as well.
    """
    for number in range(plan.queries):
        code = _CODES[number % len(_CODES)]
        plate, visit, subject = _record(plan, number)
        status = _RESOLVED if number % 4 else _OTHER_STATUSES[number // 4 % len(_OTHER_STATUSES)]
        if code < 21 and status in _UNRESOLVED and status_of(plan, plate, visit, subject) == FINAL:
            code = 21 + number % 3
        if code >= 21:
            visit = plan.visits
        field = 5 + number // plan.records % _FIELDS
        stamp = b"jack " + CREATED % (1 + number % 28, number % 24, number % 60)
        resolved = stamp if status in (3, 4, 5) else b""
        yield b"%d|%d|0000/0000000|%d|%d|%d|%d|%d|%d||%d||Field %d|%05.1f|%d|1|Please verify||%s|%s|%s|%d\n" % (
            status, 1 + number % 5, plan.number, plate, visit, subject, field, plan.site_of(subject), number % 9,
            field + 3, 60 + number % 40, code, stamp, stamp, resolved, 1 + number % 2,
        )  # fmt: skip


def reason_lines(plan: StudyPlan) -> Iterator[bytes]:
    """Reasons for change."""
    for number in range(plan.queries // 5):
        plate, visit, subject = _record(plan, number)
        stamp = b"jill " + CREATED % (1 + number % 28, number % 24, number % 60)
        yield b"%d|2|0000/0000000|%d|%d|%d|%d|8|1|transcription error|%s|%s\n" % (
            1 + number % 3, plan.number, plate, visit, subject, stamp, stamp,
        )  # fmt: skip


def _record(plan: StudyPlan, number: int) -> tuple[int, int, int]:
    """Plate, visit and subject of the record that a query or reason speaks of: each record once in every round."""
    round_, place = divmod(number, plan.records)
    place = (place * 7919 + round_) % plan.records if plan.records % 7919 else place
    rest, plate = divmod(place, plan.plates)
    visit, place = divmod(rest, plan.subjects)
    return 1 + plate, visit, FIRST_SUBJECT + place

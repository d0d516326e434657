"""What a simulated study is like: how large, how old, on paper or by electronic entry."""

from dataclasses import dataclass
from enum import StrEnum

FIRST_SUBJECT = 1001
IMAGES_A_WEEK = 400
PAGES_A_FAX = 3


class Style(StrEnum):
    """How data came in: by fax as in DataFax 4.x, or by electronic entry as in DFdiscover 5.x."""

    FAX = "fax"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """
    A study's size and character. The same plan writes the same bytes.

    Every plate has a record for each subject at each visit; `image_permille` of the records have a page image of
    `image_bytes` (from, to), `refax_permille` one or two secondaries with images of their own, and `hidden_permille`
    of the images belong to deleted records. `queries` and `new_records` are counts.
    """

    number: int
    name: str
    style: Style = Style.FAX
    plates: int = 6
    subjects: int = 12
    visits: int = 3
    sites: int = 3
    image_permille: int = 680
    refax_permille: int = 80
    hidden_permille: int = 5
    image_bytes: tuple[int, int] = (1_000, 8_000)
    queries: int = 60
    new_records: int = 8
    filler_bytes: int = 40
    seed: int = 35

    @property
    def records(self) -> int:
        """Records of all plates together, without secondaries."""
        return self.plates * self.subjects * self.visits

    @property
    def subject_ids(self) -> range:
        """The subjects' numbers."""
        return range(FIRST_SUBJECT, FIRST_SUBJECT + self.subjects)

    def site_of(self, subject: int) -> int:
        """The site of a subject: the sites have equal ranges of numbers, the last one what is left and more."""
        return min(self.sites, 1 + (subject - FIRST_SUBJECT) // max(1, self.subjects // self.sites))


DECK = StudyPlan(35, "Hypertension in Primary Care")
ENTRY = StudyPlan(
    254, "Acceptance Test Study", style=Style.ENTRY, plates=5, image_permille=40, refax_permille=20, seed=254
)
SMALL = StudyPlan(120, "Pilot", plates=3, subjects=6, visits=2, seed=120)
LARGE = StudyPlan(
    35,
    "Large Outcome Trial",
    plates=150,
    subjects=9_000,
    visits=3,
    sites=40,
    image_permille=49,
    refax_permille=1,
    image_bytes=(1_000, 40_000),
    queries=1_500_000,
    new_records=40,
    filler_bytes=150,
)
"""About 200,000 page images, 4 million records of 1 GB, 300 MB of queries."""


def week_of(image: int) -> bytes:
    """The YYWW folder of the image with a running number: weeks from the first of 2009 on."""
    week = image // IMAGES_A_WEEK
    return b"%02d%02d" % (9 + week // 52, 1 + week % 52)


def image_id(image: int) -> bytes:
    """The identifier of an image: YYWW/SSSSPPP, the fax of the week in base 36 and the page in the fax."""
    fax, page = divmod(image % IMAGES_A_WEEK, PAGES_A_FAX)
    return week_of(image) + b"/" + _base36(fax + 1) + b"%03d" % (page + 1)


def _base36(number: int) -> bytes:
    digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    found = bytearray()
    for _ in range(4):
        number, rest = divmod(number, 36)
        found.insert(0, digits[rest])
    return bytes(found)

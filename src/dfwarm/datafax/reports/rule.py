"""
The rules of the native reports: what each one demands, who says so, and how sure that is.

Grades: `stated` stands in the vendor's manuals or the deck, `read` in programs that work on real files, `inferred`
follows from those. The reference page is made from this table.
"""

from dataclasses import dataclass
from enum import StrEnum

RULES_VERSION = 2
"""Goes up when a rule of a report changes, so that texts of two releases are never held against each other."""


class ReportName(StrEnum):
    """The four native reports. The vendor's programs are spelled DFstatus, DF_ICimages, DF_ICqcs, DF_ICrecords."""

    DFSTATUS = "dfstatus"
    IC_IMAGES = "ic_images"
    IC_QUERIES = "ic_queries"
    IC_RECORDS = "ic_records"


class Grade(StrEnum):
    """How sure a rule is."""

    STATED = "stated"
    READ = "read"
    INFERRED = "inferred"


class Rule(StrEnum):
    """
    What a finding says is wrong.

    The order is part of the packed form of findings: new rules go to the end.
    """

    BLANK = "blank line"
    HALF_WRITTEN = "half-written last line"
    CUT = "line too long to be read"
    NUL = "NUL byte"
    CARRIAGE_RETURN = "carriage return"
    FIELD_COUNT = "wrong number of fields"
    STATUS = "illegal status"
    LEVEL = "illegal level"
    KEY = "illegal key"
    WRONG_PLATE = "wrong plate number"
    CODE = "illegal code of a query or reason"
    WRONG_STUDY = "wrong study number"
    CREATED = "bad creation stamp"
    MODIFIED = "bad modification stamp"
    IMPOSSIBLE_IMAGE = "impossible image reference"
    NO_DELIMITER = "missing last delimiter"
    OVER_LONG = "over-long record"
    CHOICE = "code outside its choice list"
    DUPLICATE_PRIMARY = "duplicate primary"
    ORPHAN_SECONDARY = "orphan secondary"
    MISSING_IMAGE = "missing image"
    ORPHAN_IMAGE = "orphan image"
    SHARED_IMAGE = "shared image"
    BAD_IMAGE_NAME = "bad image name"
    EMPTY_IMAGE = "empty image"
    UNREADABLE_IMAGE = "unreadable image"
    UNKNOWN_IMAGE_KIND = "unknown image kind"
    HIGH_WITHOUT_STANDARD = "high-resolution image without a standard one"
    FREE_FLOATING_QUERY = "free-floating query"
    DUPLICATE_QUERY = "duplicate query"
    UNRESOLVED_ON_FINAL = "unresolved query on a final record"
    RESOLVED = "bad resolution stamp"


RULES = tuple(Rule)
"""The rules by the number that stands for them in packed findings."""

NO_RECORD = frozenset(
    {
        Rule.BLANK,
        Rule.HALF_WRITTEN,
        Rule.CUT,
        Rule.NUL,
        Rule.CARRIAGE_RETURN,
        Rule.FIELD_COUNT,
        Rule.STATUS,
        Rule.LEVEL,
        Rule.KEY,
        Rule.WRONG_PLATE,
    }
)
"""A line with one of these faults is no record: it is counted among the faulty lines and nowhere else."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What a rule demands, and on whose word."""

    report: ReportName
    demands: str
    source: str
    grade: Grade

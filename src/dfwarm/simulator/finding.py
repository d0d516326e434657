"""What an injected fault has to bring about, and where it was put."""

from dataclasses import dataclass
from enum import StrEnum


class Finding(StrEnum):
    """What an examination of the study has to say after a fault was injected."""

    MISSING_IMAGE = "missing image"
    ORPHAN_IMAGE = "orphan image"
    SHARED_IMAGE = "shared image"
    BAD_IMAGE_NAME = "bad image name"
    EMPTY_IMAGE = "empty image"
    UNKNOWN_IMAGE_KIND = "unknown image kind"
    FIELD_COUNT = "wrong number of fields"
    WRONG_STUDY = "wrong study number"
    WRONG_PLATE = "wrong plate number"
    BAD_STAMP = "bad creation stamp"
    BAD_MODIFICATION = "bad modification stamp"
    BAD_RESOLUTION = "bad resolution stamp"
    HALF_WRITTEN = "half-written last line"
    BLANK_LINE = "blank line"
    CARRIAGE_RETURN = "carriage return"
    NUL_BYTE = "NUL byte"
    OVER_LONG = "over-long record"
    ENDLESS_LINE = "line too long to be read"
    NO_DELIMITER = "missing last delimiter"
    ILLEGAL_STATUS = "illegal status"
    ILLEGAL_LEVEL = "illegal level"
    ILLEGAL_KEY = "illegal key"
    IMPOSSIBLE_IMAGE = "impossible image reference"
    CODE_OUTSIDE_LIST = "code outside its choice list"
    ILLEGAL_QUERY_CODE = "illegal code of a query or reason"
    UNREADABLE_IMAGE = "unreadable image"
    LONE_HIGH_RESOLUTION = "high-resolution image without a standard one"
    DUPLICATE_PRIMARY = "duplicate primary"
    ORPHAN_SECONDARY = "orphan secondary"
    FREE_FLOATING_QUERY = "free-floating query"
    DUPLICATE_QUERY = "duplicate query"
    UNRESOLVED_ON_FINAL = "unresolved query on a final record"
    LATIN_RECORD = "record that is not UTF-8"
    JOURNAL_SHRANK = "journal shrank"
    JOURNAL_REWRITTEN = "old journal bytes changed"
    NEW_QUEUE_GREW = "new queue grew"
    UNREADABLE_FILE = "unreadable file"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a fault was put.

    `path` is relative to the study directory; `line` counts from 1, and 0 speaks of the whole file.
    """

    path: bytes
    line: int = 0

"""
The layout of a study directory: which area a path belongs to, what kind of thing it is and how it is treated.

Source: the DFdiscover Programmer Guide's list of study files and the deck. `df/` appears in the deck's log where
`drf/` is meant, so both are read. Everything below a study is replicated; the table only says what a difference in
it means.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.terms import Area, Treatment


class Keeping(StrEnum):
    """What a file is to the study."""

    RECORD = "data of record"
    SETUP = "setup"
    HISTORY = "history"
    DERIVED = "derived"
    TEMPORARY = "temporary"
    WORK_PRODUCT = "work product of users"


@dataclass(frozen=True, slots=True)
class Place:
    """
    A part of the study directory. `pattern` fits the whole path; `content` says what lies there.

    `globs` say the same as the pattern in the words of a scope policy, where the treatment is not the usual one.
    """

    pattern: re.Pattern[bytes]
    area: Area
    keeping: Keeping
    treatment: Treatment
    content: str
    globs: tuple[bytes, ...] = ()


def _place(pattern: bytes, area: Area, keeping: Keeping, treatment: Treatment, content: str, *globs: bytes) -> Place:
    return Place(re.compile(pattern, re.DOTALL), area, keeping, treatment, content, globs)


_RECORD, _SETUP, _HISTORY, _DERIVED = Keeping.RECORD, Keeping.SETUP, Keeping.HISTORY, Keeping.DERIVED
_COMPARE, _BY_RECORDS, _REPLICATE = Treatment.COMPARE, Treatment.BY_RECORDS, Treatment.REPLICATE

LAYOUT: tuple[Place, ...] = (
    _place(rb"data/[^/]+\.jnl", Area.JOURNAL, _HISTORY, _COMPARE, "journals: every transaction ever made"),
    _place(rb"data/plt[0-9]{3}\.dat", Area.DATA, _RECORD, _BY_RECORDS, "the records of one plate", b"/data/*.dat"),
    _place(rb"data/DF(?:qc|reason|in)\.dat", Area.DATA, _RECORD, _BY_RECORDS, "queries, reasons, the new queue"),
    _place(rb"data/[^/]*\.dat", Area.DATA, _RECORD, _BY_RECORDS, "other files of records"),
    _place(
        rb"data/[^/]+\.idx(?:/.*)?",
        Area.DATA,
        _DERIVED,
        _REPLICATE,
        "indexes, which the study server rebuilds",
        b"/data/?*.idx",
    ),
    _place(rb"data(?:/.*)?", Area.DATA, _RECORD, _COMPARE, "anything else beside the data"),
    _place(
        rb"pages(?:_hd)?/[0-9]{4}/X[0-9A-Z]{4}[0-9]{3}", Area.PAGE_IMAGE, _HISTORY, _COMPARE, "images of deleted CRFs"
    ),
    _place(rb"pages(?:_hd)?(?:/.*)?", Area.PAGE_IMAGE, _RECORD, _COMPARE, "CRF images and attachments by week"),
    _place(
        rb"lib/DFserver\.cf",
        Area.SETUP,
        _SETUP,
        Treatment.EXCLUDE,
        "the study's configuration on this host",
        b"/lib/DFserver.cf",
    ),
    _place(rb"lib/DFedits\.bin", Area.EDIT_CHECK, _SETUP, _COMPARE, "the edit checks as compiled"),
    _place(
        rb"lib/[^/]*_output\.(?:html|xml)(?:/.*)?",
        Area.EDIT_CHECK,
        _DERIVED,
        _REPLICATE,
        "what batch edit checks wrote",
        b"/lib/*_output.html",
        b"/lib/*_output.xml",
    ),
    _place(rb"(?:lib|bkgd|lut)(?:/.*)?", Area.SETUP, _SETUP, _COMPARE, "setup, backgrounds, lookup tables"),
    _place(rb"(?:ecsrc|ecbin)(?:/.*)?", Area.EDIT_CHECK, _SETUP, _COMPARE, "edit checks and the programs they call"),
    _place(rb"dfschema(?:/.*)?", Area.SCHEMA_HISTORY, _HISTORY, _COMPARE, "every setup ever saved"),
    _place(
        rb"(?:drf|df)(?:/.*)?",
        Area.RETRIEVAL,
        _DERIVED,
        _REPLICATE,
        "retrieval files, which reports write anew",
        b"/drf",
        b"/df",
    ),
    _place(rb"reports(?:/.*)?|QC(?:/.*)?", Area.REPORT, _RECORD, _COMPARE, "report programs, query reports to sites"),
    _place(rb"work(?:/.*)?", Area.WORK, Keeping.TEMPORARY, _REPLICATE, "what reports write for themselves", b"/work"),
    _place(rb"dfsas(?:/.*)?", Area.WORK, Keeping.WORK_PRODUCT, _COMPARE, "stored jobs of users"),
    _place(rb".*", Area.OTHER, Keeping.WORK_PRODUCT, _COMPARE, "anything else: it is the study's, so it is compared"),
)
"""The first place that fits holds; the last one fits everything."""

_ROOTS = {
    "STUDY_DIR": b"",
    "DATABASE_DIR": b"data/",
    "PAGE_DIR": b"pages/",
    "REPORTS_DIR": b"reports/",
    "WORKING_DIR": b"work/",
}
_IMAGE = re.compile(rb"(?P<week>pages(?:_hd)?/[0-9]{4})/(?P<deleted>X?)(?P<image>[0-9A-Z]{4}[0-9]{3})")
_DELETED_NAME = re.compile(rb"X[0-9A-Z]{4}[0-9]{3}")


def place_of(path: bytes) -> Place:
    """The part of the study directory that a path relative to it belongs to."""
    path = path.removeprefix(b"./").rstrip(b"/")
    return next(place for place in LAYOUT if place.pattern.fullmatch(path))


def area_of(path: bytes) -> Area:
    """The area of a path relative to the study directory."""
    return place_of(path).area


def within_study(key: str) -> bytes:
    """
    Where the root that a directory key of DFserver.cf puts elsewhere belongs in the study, as `data/`.

    A key that the table does not know gives its own name, so that its paths are told apart and compared.
    """
    return _ROOTS.get(key, key.encode() + b"/")


def is_image(path: bytes) -> bool:
    """Whether a path is a page image that is not deleted."""
    match = _IMAGE.fullmatch(path)
    return bool(match and not match["deleted"])


def holds_images(folder: bytes) -> bool:
    """Whether a folder, relative to the study directory, is one of those that page images arrive in."""
    return is_image(folder + b"/0001001")


def is_deleted_image(name: bytes) -> bool:
    """Whether a file's own name is that of a deleted CRF's image: `X` before four characters and three digits."""
    return bool(_DELETED_NAME.fullmatch(name))


def live_image_of(path: bytes) -> bytes:
    """The path that a deleted CRF's image had before its `X`; empty where the path is none."""
    match = _IMAGE.fullmatch(path)
    if not match or not match["deleted"]:
        return b""
    return match["week"] + b"/" + match["image"]


def image_identifier(path: bytes) -> bytes:
    """How a record names its image: `YYWW/SSSSPPP`, deleted or not; empty where the path is no image."""
    match = _IMAGE.fullmatch(path)
    return match["week"].rpartition(b"/")[2] + b"/" + match["image"] if match else b""

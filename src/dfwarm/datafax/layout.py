"""
The layout of a study directory: which area of the study a path belongs to.

Source: the DFdiscover Programmer Guide's list of study files and the deck. `df/` appears in the deck's log where
`drf/` is meant, so both are read.
"""

import re

from dfwarm.terms import Area

_FOLDERS: dict[bytes, Area] = {
    b"data": Area.DATA,
    b"pages": Area.PAGE_IMAGE,
    b"pages_hd": Area.PAGE_IMAGE,
    b"lib": Area.SETUP,
    b"bkgd": Area.SETUP,
    b"lut": Area.SETUP,
    b"ecsrc": Area.EDIT_CHECK,
    b"ecbin": Area.EDIT_CHECK,
    b"dfschema": Area.SCHEMA_HISTORY,
    b"drf": Area.RETRIEVAL,
    b"df": Area.RETRIEVAL,
    b"reports": Area.REPORT,
    b"QC": Area.REPORT,
    b"work": Area.WORK,
    b"dfsas": Area.WORK,
}
_EDIT_CHECKS_IN_LIB = frozenset({b"lib/DFedits.bin"})
_IMAGE = re.compile(rb"(?P<week>pages(?:_hd)?/[0-9]{4})/(?P<deleted>X?)(?P<image>[0-9A-Z]{4}[0-9]{3})")


def area_of(path: bytes) -> Area:
    """The area of a path relative to the study directory."""
    path = path.removeprefix(b"./").rstrip(b"/")
    first = path.split(b"/", 1)[0]
    if first == b"data" and path.endswith(b".jnl"):
        return Area.JOURNAL
    if path in _EDIT_CHECKS_IN_LIB:
        return Area.EDIT_CHECK
    return _FOLDERS.get(first, Area.OTHER)


def live_image_of(path: bytes) -> bytes:
    """The path that a deleted CRF's image had before its `X`; empty where the path is none."""
    match = _IMAGE.fullmatch(path)
    if not match or not match["deleted"]:
        return b""
    return match["week"] + b"/" + match["image"]


def is_image(path: bytes) -> bool:
    """Whether a path is a page image that is not deleted."""
    match = _IMAGE.fullmatch(path)
    return bool(match) and not match["deleted"] if match else False

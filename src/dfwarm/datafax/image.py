"""
Image identifiers (field 3 of a record) and the kinds of image files.

`YYWW/SSSSPPP` names the file `PAGE_DIR/YYWW/SSSSPPP`; `YYWWRSSSSPPP` was keyed without an image; `0000/0000000` has
none. Source: the DFimageio page of the Programmer Guide, DFtoolkit 3, and the record headers in CRAN's dmRTools.
"""

import re
from enum import Enum

NO_IMAGE = b"0000/0000000"
_IDENTIFIER = re.compile(rb"[0-9]{4}[/R][0-9A-Z]{7}")
_FILE_NAME = re.compile(rb"X?[0-9A-Z]{4}[0-9]{3}")


class Reference(Enum):
    """What field 3 of a record says about an image."""

    IMAGE = "an image"
    KEYED = "keyed without an image"
    NONE = "no image"
    IMPOSSIBLE = "no image identifier"


class ImageKind(Enum):
    """What the first bytes of an image file say that it is."""

    PNG = "png"
    SUN_RASTER = "sun raster"
    JPEG = "jpeg"
    PDF = "pdf"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    NO_FILE = "no regular file"


MAGIC = (
    (b"\x89PNG\r\n\x1a\n", ImageKind.PNG),
    (b"\x59\xa6\x6a\x95", ImageKind.SUN_RASTER),
    (b"\xff\xd8\xff", ImageKind.JPEG),
    (b"%PDF", ImageKind.PDF),
)

KINDS = tuple(ImageKind)
"""The kinds by the number that stands for them where there are many."""

HEAD_BYTES = 16
"""How many first bytes of a file are enough to tell its kind."""


def read_reference(raster: bytes) -> Reference:
    """What an image identifier refers to; one that breaks the pattern is IMPOSSIBLE, never taken for none."""
    if raster == NO_IMAGE:
        return Reference.NONE
    if not _IDENTIFIER.fullmatch(raster):
        return Reference.IMPOSSIBLE
    return Reference.IMAGE if raster[4:5] == b"/" else Reference.KEYED


def is_image_name(name: bytes) -> bool:
    """Whether a file in a week folder has the name of an image, the X of a deleted one included."""
    return _FILE_NAME.fullmatch(name) is not None


def image_kind(head: bytes) -> ImageKind:
    """The kind of an image file by its first eight bytes or more."""
    if not head:
        return ImageKind.EMPTY
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    return ImageKind.UNKNOWN

"""
Who asks for which image: every record of a plate and of the new queue that names one, as columns.

Queries and reasons repeat the image of their record and are no owners; `YYWWR...` and zeros name no image. A line that
is no record owns nothing. In `live` mode a version that a later line supersedes owns nothing either.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.image import NO_IMAGE
from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.image_numbers import Numbers, number_images
from dfwarm.datafax.reports.partial import FileKind, Flag, Partial, unpack_key
from dfwarm.datafax.reports.report import Mode

OWNING = frozenset({FileKind.PLATE, FileKind.NEW_QUEUE})
Column = NDArray[Any]
_SLASH = np.frombuffer(b"/", np.uint8)[0]
_COLUMNS = (np.uint16, np.uint64, np.uint16, np.uint64, np.uint32, np.uint64)


@dataclass(frozen=True, slots=True)
class Owners:
    """One row for each record that names an image, in the order of files and keys. `file` is a place in `files`."""

    files: tuple[bytes, ...]
    file: Column
    image: Numbers
    plate: Column
    key: Column
    line: Column
    offset: Column

    def __len__(self) -> int:
        return len(self.image)

    def key_of(self, row: int) -> Key:
        """The key of the record of a row."""
        return unpack_key(int(self.key[row]), int(self.plate[row]))


def gather_owners(partials: Iterable[Partial], mode: Mode) -> Owners:
    """Gather the owners of all images from the partials of a study."""
    owning = [partial for partial in partials if partial.reading.kind in OWNING]
    parts = [_rows(partial, place, mode) for place, partial in enumerate(owning)]
    file, image, plate, key, line, offset = (_join([part[column] for part in parts], column) for column in range(6))
    return Owners(tuple(partial.file for partial in owning), file, image, plate, key, line, offset)


def plates_of(partial: Partial) -> NDArray[np.uint16]:
    """The plate of each record: its own in a file that holds several plates, else that of the file."""
    if any(name == "plate" for name, _, _ in partial.columns):
        return partial.column("plate").astype(np.uint16)
    return np.full(partial.records, partial.reading.plate, np.uint16)


def _join(parts: Sequence[Column], column: int) -> Column:
    return np.concatenate(parts) if parts else np.zeros(0, _COLUMNS[column])


def _rows(partial: Partial, place: int, mode: Mode) -> tuple[Column, ...]:
    rows, images = partial.column("image_row"), partial.column("image")
    letters = images.view(np.uint8).reshape(-1, images.dtype.itemsize)
    keep = (letters[:, 4] == _SLASH) & (images != NO_IMAGE)
    if mode is Mode.LIVE:
        keep &= ~partial.flagged(Flag.SUPERSEDED)[rows]
    rows, images = rows[keep], images[keep]
    return (
        np.full(len(rows), place, np.uint16),
        number_images(images),
        plates_of(partial)[rows],
        partial.column("key")[rows].astype(np.uint64),
        partial.column("line")[rows].astype(np.uint32),
        partial.column("offset")[rows].astype(np.uint64),
    )

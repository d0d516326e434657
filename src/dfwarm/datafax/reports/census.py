"""
What lies below a study's image folders: names, sizes and kinds, packed folder by folder.

One folder for each week, `pages/YYWW` and the same below a folder of high-resolution images, and one for what lies
beside the weeks, where nothing belongs. Nothing below a link is in it: that is a gap, and the week is not judged.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.image import KINDS, ImageKind

PAGES = b"pages"


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """
    One folder. `path` is relative to the study; names are joined by NUL in the order of their bytes.

    `sizes` are signed 64-bit integers, `kinds` a byte a name: its place in `KINDS`.
    """

    path: bytes
    names: bytes
    sizes: bytes
    kinds: bytes

    @property
    def week(self) -> bytes:
        """The last part of the path."""
        return self.path.rpartition(b"/")[2]

    def list_names(self) -> list[bytes]:
        """The names."""
        return self.names.split(b"\0") if self.names else []

    def list_kinds(self) -> list[ImageKind]:
        """The kinds, in the order of the names."""
        return [KINDS[kind] for kind in self.kinds]

    @property
    def size_column(self) -> NDArray[np.int64]:
        """The sizes."""
        return np.frombuffer(self.sizes, np.int64)


@dataclass(frozen=True, slots=True)
class ImageCensus:
    """
    The image folders of a study.

    `standard` and `high` are the weeks below `pages` and below the folders of high-resolution images, `beside` holds
    what lies there and is no week. `unknown_weeks` were not listed, and `gaps` say why. `is_listed` is false where
    there is no folder of images at all.
    """

    standard: tuple[ImageFolder, ...]
    high: tuple[ImageFolder, ...] = ()
    beside: tuple[ImageFolder, ...] = ()
    unknown_weeks: frozenset[bytes] = frozenset()
    gaps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_listed: bool = True

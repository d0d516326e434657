"""The verb `beginnings`: digests of the first bytes of a study's files. Nothing is followed, nothing is waited for."""

import hashlib
import os

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.study_files import open_study_file
from dfwarm.facts.journals import Beginning, Beginnings

_BLOCK = 1 << 20


def digest_beginnings(folder: bytes, wanted: tuple[Beginning, ...]) -> Beginnings:
    """Digest each beginning below a root."""
    with Descent(folder) as descent:
        return Beginnings(tuple(_digest(descent, each) for each in wanted))


def _digest(descent: Descent, wanted: Beginning) -> str:
    """The digest of one beginning, empty where the file does not have so many bytes or can not be read."""
    place, _, name = wanted.path.rpartition(b"/")
    try:
        at = descent.open(place)
        try:
            descriptor = open_study_file(at, name)
        finally:
            os.close(at)
        try:
            return _read(descriptor, wanted.size)
        finally:
            os.close(descriptor)
    except OSError:
        return ""


def _read(descriptor: int, size: int) -> str:
    digest = hashlib.sha256()
    while size and (block := os.read(descriptor, min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    return "" if size else digest.hexdigest()

"""The verb `heads`: what the first bytes of files say. Nothing is followed, nothing is waited for."""

import os

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.study_files import open_study_file
from dfwarm.facts.heads import SAMPLE_BYTES, Head, Heads, read_head


def look_at_beginnings(folder: bytes, paths: tuple[bytes, ...]) -> Heads:
    """Look at the beginning of each file below a root."""
    with Descent(folder) as descent:
        return Heads(tuple(_look(descent, path) for path in paths))


def _look(descent: Descent, path: bytes) -> Head:
    place, _, name = path.rpartition(b"/")
    try:
        at = descent.open(place)
        try:
            descriptor = open_study_file(at, name)
        finally:
            os.close(at)
        with os.fdopen(descriptor, "rb") as file:
            return read_head(path, file.read(SAMPLE_BYTES))
    except OSError as error:
        return Head(path, "", -1, error.strerror or "cannot be read")

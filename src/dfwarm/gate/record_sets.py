"""The verb `records`: data files as sets of records. Nothing is followed, nothing is waited for."""

import hashlib
import os

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.study_files import open_study_file
from dfwarm.facts.record_sets import RecordSet, RecordSets

LARGEST_BYTES = 1 << 30


def digest_records(folder: bytes, paths: tuple[bytes, ...]) -> RecordSets:
    """Digest each data file below a root, as it is and with its lines in order."""
    with Descent(folder) as descent:
        return RecordSets(tuple(_digest(descent, path) for path in paths))


def _digest(descent: Descent, path: bytes) -> RecordSet:
    try:
        content = _read(descent, path)
    except OSError as error:
        return RecordSet(path, "", "", 0, error.strerror or "cannot be read")
    if not content.endswith(b"\n") or b"\0" in content:
        return RecordSet(path, "", "", 0, "holds something that is no line of a record")
    lines = sorted(content.split(b"\n")[:-1])
    ordered = hashlib.sha256()
    for line in lines:
        ordered.update(line + b"\n")
    return RecordSet(path, hashlib.sha256(content).hexdigest(), ordered.hexdigest(), len(lines))


def _read(descent: Descent, path: bytes) -> bytes:
    place, _, name = path.rpartition(b"/")
    at = descent.open(place)
    try:
        descriptor = open_study_file(at, name)
    finally:
        os.close(at)
    with os.fdopen(descriptor, "rb") as file:
        if os.fstat(descriptor).st_size > LARGEST_BYTES:
            raise OSError(0, "is too large to be put in order")
        return file.read(LARGEST_BYTES + 1)

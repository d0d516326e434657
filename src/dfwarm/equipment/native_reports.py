"""Compute the native dfstatus of a study folder."""

import os
from dataclasses import dataclass

from dfwarm.datafax.reports.status import FileCount, count_file, is_data_file
from dfwarm.equipment.descent import Descent
from dfwarm.equipment.study_files import open_study_file, read_lines
from dfwarm.errors import PathUnreadable
from dfwarm.spelling import spell


@dataclass(frozen=True, slots=True)
class StatusReport:
    """The counts of a study, and every file that could not be read in full."""

    counts: tuple[FileCount, ...]
    gaps: tuple[str, ...]


def count_study(study_dir: bytes) -> StatusReport:
    """Count the records in the `data` folder. Raises PathUnreadable when the folder can not be listed."""
    counts: list[FileCount] = []
    gaps: list[str] = []
    try:
        with Descent(study_dir) as descent:
            folder = descent.open(b"data")
            try:
                for name in sorted(name for name in map(os.fsencode, os.listdir(folder)) if name.endswith(b".dat")):
                    if not is_data_file(name):
                        gaps.append(f"data/{spell(name)}: no known name of a data file, so it was not read")
                        continue
                    try:
                        counts.append(_count(folder, name))
                    except OSError as error:
                        gaps.append(f"data/{spell(name)}: {error.strerror}")
            finally:
                os.close(folder)
    except OSError as error:
        raise PathUnreadable(f"{spell(study_dir)}/data: {error.strerror}") from error
    if not any(count.lines for count in counts):
        gaps.append("data: not one record was read, so nothing is shown")
    return StatusReport(tuple(counts), tuple(gaps))


def _count(folder: int, name: bytes) -> FileCount:
    descriptor = open_study_file(folder, name)
    try:
        return count_file(name, read_lines(descriptor))
    finally:
        os.close(descriptor)

"""
Read files and hash them, in several processes, the largest files first.

Each file is opened relative to its folder, never through a link, never if it is no regular file any more, and
without touching its time of access where the kernel allows that. Its numbers are taken again after the last byte.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from dfwarm.equipment.attributes import Attributes, read_attributes
from dfwarm.equipment.descent import Descent
from dfwarm.equipment.folder import CTIME, INODE, MTIME, SIZE, Listed, join
from dfwarm.equipment.share import share_out
from dfwarm.manifest.block import DIGEST_BYTES, NO_DIGEST
from dfwarm.manifest.listing import Gap, GapKind

CHUNK = 1 << 18
TASK_FILES = 500
TASK_BYTES = 1 << 23
SHARED_FROM_BYTES = 1 << 22
SHARED_FROM_FILES = 1_000


_Numbers = tuple[int, int, int, int]
_Why = tuple[GapKind, str]

_numbers_of = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What reading some files of one folder gave: a digest for each row, zero where there is none.

    `read_at` is the second before the first byte was read. `attributes` go by row.
    """

    digests: bytes
    read_at: int
    gaps: tuple[Gap, ...]
    attributes: dict[int, Attributes]


@dataclass(frozen=True, slots=True)
class Task:
    """Files of one folder that are read in one go; `size` is their bytes."""

    folder: Listed
    rows: Sequence[int]
    size: int

    @property
    def is_whole_stretch(self) -> bool:
        """Whether the rows are neighbours without a gap between them."""
        return self.rows[-1] - self.rows[0] + 1 == len(self.rows)

    def files(self) -> Iterator[tuple[int, bytes, _Numbers]]:
        """Row, name, and what was listed of each file: size, times and inode."""
        columns = (self.folder.columns[field] for field in (SIZE, MTIME, CTIME, INODE))
        numbers = zip(*(map(column.__getitem__, self.rows) for column in columns), strict=True)
        return zip(self.rows, map(self.folder.names.__getitem__, self.rows), numbers, strict=True)


def hash_files(root: bytes, tasks: list[Task], *, workers: int) -> Iterator[tuple[Task, Reading]]:
    """
    Hash the files of each task, in any order.

    A file that cannot be read, or that changed meanwhile, is a gap. Raises PathUnreadable where a process is lost.
    """
    small = sum(task.size for task in tasks) < SHARED_FROM_BYTES
    if small and sum(len(task.rows) for task in tasks) < SHARED_FROM_FILES:
        workers = 1
    order = sorted(tasks, key=lambda task: -task.size if task.size > TASK_BYTES else 0)
    with Descent(root) as descent:
        reader = _Reader(descent)
        for place, reading in share_out(len(order), lambda place: reader.read(order[place]), workers):
            yield order[place], reading


def tasks_of(folder: Listed, rows: Sequence[int]) -> Iterator[Task]:
    """Cut the files of a folder into tasks."""
    sizes = folder.columns[SIZE]
    taken: list[int] = []
    size = 0
    for row in rows:
        if taken and (len(taken) >= TASK_FILES or size + sizes[row] > TASK_BYTES):
            yield Task(folder, taken, size)
            taken, size = [], 0
        taken.append(row)
        size += sizes[row]
    if taken:
        yield Task(folder, taken, size)


class _Reader:
    """Reads files with one buffer and one way down."""

    def __init__(self, descent: Descent) -> None:
        self._descent = descent
        self._view = memoryview(bytearray(CHUNK))
        self._attributes: Attributes = []
        self._flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK

    def read(self, task: Task) -> Reading:
        read_at = int(time.time())
        gaps: list[Gap] = []
        try:
            folder = self._descent.open(task.folder.path)
        except OSError as error:
            why = error.strerror or "unknown"
            paths = (join(task.folder.path, task.folder.names[row]) for row in task.rows)
            return Reading(
                NO_DIGEST * len(task.rows), read_at, tuple(Gap(path, GapKind.UNREADABLE, why) for path in paths), {}
            )
        try:
            digests: list[bytes] = []
            attributes: dict[int, Attributes] = {}
            for row, name, before in task.files():
                outcome = self._file(folder, name, before)
                if isinstance(outcome, bytes):
                    digests.append(outcome)
                else:
                    digests.append(NO_DIGEST)
                    gaps.append(Gap(join(task.folder.path, name), *outcome))
                if self._attributes:
                    attributes[row] = self._attributes
                    self._attributes = []
        finally:
            os.close(folder)
        return Reading(b"".join(digests), read_at, tuple(gaps), attributes)

    def _file(self, folder: int, name: bytes, before: _Numbers) -> bytes | _Why:
        try:
            descriptor = self._open(folder, name)
        except FileNotFoundError:
            return GapKind.VANISHED, "it went away before it was read"
        except OSError as error:
            return GapKind.UNREADABLE, error.strerror or "unknown"
        try:
            return self._through(descriptor, before) or (GapKind.CHANGED, "its kind, size, time or inode moved")
        except OSError as error:
            return GapKind.UNREADABLE, error.strerror or "unknown"
        finally:
            os.close(descriptor)

    def _through(self, descriptor: int, before: _Numbers) -> bytes:
        """Read to the size that was listed and no further: a file that grows for ever ends as a gap, not as a hang."""
        view = self._view
        left = before[0] + 1
        digest = hashlib.sha256()
        while left > 1 and (count := os.readv(descriptor, (view[:left],))):
            digest.update(view[:count])
            left -= count
        self._attributes = read_attributes(descriptor)
        now = os.fstat(descriptor)
        is_same = left == 1 and _numbers_of(now) == before
        return digest.digest() if is_same and stat.S_ISREG(now.st_mode) else b""

    def _open(self, folder: int, name: bytes) -> int:
        try:
            return os.open(name, self._flags | os.O_NOATIME, dir_fd=folder)
        except PermissionError:
            return os.open(name, self._flags, dir_fd=folder)  # only a file's owner may leave its atime alone


def digest_at(reading: Reading, place: int) -> bytes:
    """The digest of the file at a place of the task."""
    return reading.digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES]

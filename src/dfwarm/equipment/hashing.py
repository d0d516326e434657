"""
Read files and hash them, two at a time: processes, since threads would fight over the interpreter.

Each file is opened relative to its folder, never through a link, never if it is no regular file any more, and
without touching its time of access where the kernel allows that. Its numbers are taken again after the last byte.
"""

import hashlib
import multiprocessing
import os
import stat
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dfwarm.manifest.listing import Gap, GapKind

if TYPE_CHECKING:
    from dfwarm.equipment.scan import Folder

CHUNK = 1 << 18
BATCH_FILES = 400
BATCH_BYTES = 1 << 23
PARALLEL_FROM_BYTES = 1 << 22

Outcome = tuple[bytes, int] | Gap


@dataclass(frozen=True, slots=True)
class Job:
    """One file to read: a row of a folder, and its numbers when it was listed."""

    folder: "Folder"
    row: int
    name: bytes
    status: os.stat_result


@dataclass(frozen=True, slots=True)
class _Batch:
    """Files of one folder that one worker reads in one go."""

    root: bytes
    folder: bytes
    files: tuple[tuple[bytes, int, int, int, int], ...]


def hash_files(root: bytes, jobs: list[Job], *, workers: int) -> list[Outcome]:
    """Hash every file, in the order of the jobs. A file that cannot be read, or that changed meanwhile, is a gap."""
    batches = _batches(root, jobs)
    size = sum(job.status.st_size for job in jobs)
    if workers <= 1 or size < PARALLEL_FROM_BYTES or len(batches) < 2:
        return [outcome for batch in batches for outcome in _hash_batch(batch)]
    order = sorted(range(len(batches)), key=lambda place: -sum(file[1] for file in batches[place].files))
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        done = dict(zip(order, pool.map(_hash_batch, (batches[place] for place in order), chunksize=1), strict=True))
    return [outcome for place in range(len(batches)) for outcome in done[place]]


def _batches(root: bytes, jobs: list[Job]) -> list[_Batch]:
    batches: list[_Batch] = []
    files: list[tuple[bytes, int, int, int, int]] = []
    size = 0
    for place, job in enumerate(jobs):
        status = job.status
        files.append((job.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
        size += status.st_size
        is_last = place + 1 == len(jobs) or jobs[place + 1].folder is not job.folder
        if is_last or len(files) >= BATCH_FILES or size >= BATCH_BYTES:
            batches.append(_Batch(root, job.folder.path, tuple(files)))
            files, size = [], 0
    return batches


def _hash_batch(batch: _Batch) -> list[Outcome]:
    try:
        folder = open_folder(batch.root, batch.folder)
    except OSError as error:
        why = error.strerror or "unknown"
        return [Gap(_join(batch.folder, name), GapKind.VANISHED, why) for name, *_ in batch.files]
    try:
        buffer = bytearray(CHUNK)
        return [_hash_file(folder, batch.folder, file, buffer) for file in batch.files]
    finally:
        os.close(folder)


def open_folder(root: bytes, folder: bytes) -> int:
    """Open a folder step by step from the root, so that no link on the way is followed."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for name in folder.split(b"/") if folder not in (b".", b"") else ():
        try:
            below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = below
    return descriptor


def _hash_file(folder: int, path: bytes, file: tuple[bytes, int, int, int, int], buffer: bytearray) -> Outcome:
    name = file[0]
    try:
        descriptor = _open_file(folder, name)
    except FileNotFoundError:
        return Gap(_join(path, name), GapKind.VANISHED, "it went away before it was read")
    except OSError as error:
        return Gap(_join(path, name), GapKind.UNREADABLE, error.strerror or "unknown")
    try:
        return _read_through(descriptor, path, file, buffer)
    except OSError as error:
        return Gap(_join(path, name), GapKind.UNREADABLE, error.strerror or "unknown")
    finally:
        os.close(descriptor)


def _read_through(descriptor: int, path: bytes, file: tuple[bytes, int, int, int, int], buffer: bytearray) -> Outcome:
    """Read to the size that was listed and no further: a file that grows for ever ends as a gap, not as a hang."""
    name, size, mtime, ctime, inode = file
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return Gap(_join(path, name), GapKind.CHANGED, "it is no regular file any more")
    digest = hashlib.sha256()
    view = memoryview(buffer)
    left = size + 1
    while left > 0 and (count := os.readv(descriptor, [view[: min(left, CHUNK)]])):
        digest.update(view[:count])
        left -= count
    now = os.fstat(descriptor)
    if (now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino) != (size, mtime, ctime, inode):
        return Gap(_join(path, name), GapKind.CHANGED, "its size, time or inode moved")
    return digest.digest(), int(time.time())


def _open_file(folder: int, name: bytes) -> int:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:
        return os.open(name, flags, dir_fd=folder)  # only a file's owner may leave its time of access alone


def _join(folder: bytes, name: bytes) -> bytes:
    return name if folder in (b".", b"") else folder + b"/" + name

"""
Remembered digests: a file whose device, inode, size and times did not move keeps the digest of its last reading.

This is never evidence: a manifest says for every file when its bytes were last read. One packed block a folder in
SQLite with a rollback journal, each with a check sum of its own; a block that does not fit is forgotten and its files
are read again. A file that changed within two seconds of its reading is not remembered, since a clock of a coarse
grain could hide a second change in the same tick.
"""

import contextlib
import hashlib
import os
import sqlite3
import stat
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dfwarm.manifest.block import DIGEST_BYTES

if TYPE_CHECKING:
    from dfwarm.equipment.scan import Folder

GRAIN_NS = 2_000_000_000
FIELDS = 6
DAY_SECONDS = 86_400

Known = dict[int, tuple[bytes, int]]


class Remembered(Protocol):
    """Whoever knows the digests of files that did not move."""

    def digests_of(self, folder: "Folder") -> Known:
        """The digest and the second of reading, by row, of each file that did not move."""

    def learn(self, folders: list["Folder"]) -> None:
        """Remember what was read."""


class Nothing:
    """Remembers nothing, so that every byte is read."""

    def digests_of(self, folder: "Folder") -> Known:  # noqa: ARG002
        """Know nothing."""
        return {}

    def learn(self, folders: list["Folder"]) -> None:
        """Forget it."""


class Memory:
    """
    The remembered digests of one root.

    `within_days` promises that every byte is read again within so many days: the files that were not read for
    longest come first, as many as the time since the last scan asks for.
    """

    def __init__(self, path: Path, root: bytes, *, within_days: int) -> None:
        self._path = path
        self._root = os.fsencode(os.path.realpath(root))
        self._within_seconds = within_days * DAY_SECONDS
        self._now = int(time.time())
        self._blocks = dict(self._load())
        self._due_before = self._slice()

    def digests_of(self, folder: "Folder") -> Known:
        """The digests of the files of a folder whose numbers did not move and whose reading is not due."""
        packed = self._blocks.get(folder.path)
        unpacked = _unpack(packed) if packed else None
        if unpacked is None:
            return {}
        names, numbers, digests = unpacked
        rows = {name: row for row, name in enumerate(names)}
        known: Known = {}
        for row, (name, status) in enumerate(zip(folder.names, folder.stats, strict=True)):
            place = rows.get(name)
            if place is None or not stat.S_ISREG(status.st_mode):
                continue
            *seen, read_at = numbers[place * FIELDS : (place + 1) * FIELDS]
            if tuple(seen) == _identity(status) and self._due_before < read_at <= self._now:
                known[row] = (digests[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES], read_at)
        return known

    def learn(self, folders: list["Folder"]) -> None:
        """Remember every file that was read and is old enough for its clock, and forget folders that are gone."""
        fresh = {folder.path: _pack(folder) for folder in folders if folder.path}
        fresh = {path: block for path, block in fresh.items() if block}
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as base:
            base.execute("delete from block where root = ?", (self._root,))
            base.executemany(
                "insert into block values (?, ?, ?)", ((self._root, path, block) for path, block in fresh.items())
            )

    def _load(self) -> Iterator[tuple[bytes, bytes]]:
        try:
            with self._open() as base:
                yield from base.execute("select folder, packed from block where root = ?", (self._root,))
        except (sqlite3.Error, OSError):
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)  # it only remembers: without it everything is read again

    def _slice(self) -> int:
        """
        The second before which a reading is too old.

        Of everything that is remembered the oldest share is due, as large as the time since the newest reading is of
        the promised window; and whatever would outlive the window before the next scan is due in any case.
        """
        read: list[tuple[int, int]] = []
        for packed in self._blocks.values():
            unpacked = _unpack(packed)
            if unpacked is not None:
                numbers = unpacked[1]
                read.extend(zip(numbers[FIELDS - 1 :: FIELDS], numbers[1::FIELDS], strict=True))
        if not read:
            return 0
        since_last = max(0, self._now - max(at for at, _ in read))
        total = sum(size + 4096 for _, size in read)
        wanted = total * since_last // self._within_seconds
        due, taken = self._now - self._within_seconds + since_last, 0
        for at, size in sorted(read):
            if taken >= wanted:
                break
            taken += size + 4096
            due = max(due, at)
        return min(due, self._now - 1)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        base = sqlite3.connect(self._path, timeout=30)
        try:
            base.execute("pragma journal_mode = delete")
            base.execute(
                "create table if not exists block (root blob, folder blob, packed blob, primary key (root, folder))"
            )
            with base:
                yield base
        finally:
            base.close()


def _identity(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_dev)


def _pack(folder: "Folder") -> bytes:
    names: list[bytes] = []
    numbers = array("q")
    digests = bytearray()
    for row, (name, status) in enumerate(zip(folder.names, folder.stats, strict=True)):
        read_at = folder.read_at[row]
        if not read_at or max(status.st_mtime_ns, status.st_ctime_ns) + GRAIN_NS > read_at * 1_000_000_000:
            continue
        names.append(name)
        numbers.extend((*_identity(status), read_at))
        digests += folder.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]
    if not names:
        return b""
    body = b"".join((len(names).to_bytes(8, "big"), numbers.tobytes(), digests, b"\0".join(names)))
    return hashlib.sha256(body).digest() + body


def _unpack(packed: bytes) -> "tuple[list[bytes], array[int], bytes] | None":
    """Names, numbers and digests of a folder, or nothing where the block does not fit its check sum."""
    check, body = packed[:DIGEST_BYTES], packed[DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != check:
        return None
    count = int.from_bytes(body[:8], "big")
    numbers = array("q")
    numbers.frombytes(body[8 : 8 + count * FIELDS * 8])
    place = 8 + count * FIELDS * 8
    return body[place + count * DIGEST_BYTES :].split(b"\0"), numbers, body[place : place + count * DIGEST_BYTES]

"""
Remembered digests: a file whose device, inode, size and times did not move keeps the digest of its last reading.

This is never evidence: a manifest says for every file when its bytes were last read. One packed row a folder in
SQLite with a rollback journal, each with a check sum of its own, and the name of the host that wrote it. Whatever does
not fit is forgotten and its files are read again, so losing this file costs time and nothing else.
"""

import contextlib
import hashlib
import os
import platform
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dfwarm.manifest.block import Block

FORMAT = "dfwarm-remembered/3"
_TABLE = (
    "create table if not exists folder (root blob, folder blob, seen blob, checked blob, names blob, numbers blob, "
    "targets blob, digests blob, attributes blob, readings blob, identities blob, open blob, linked blob, "
    "primary key (root, folder)) without rowid"
)
_BUSY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Memory:
    """
    What is known of one folder from its last scan.

    `seen` digests all that the kernel said of it. `identities` are three columns: device, inode, ctime. `open` are the
    rows of the files whose digest may not be reused, `linked` row, device and inode of the files with other names.
    """

    seen: bytes
    block: Block
    identities: bytes
    open: bytes
    linked: bytes


class Remembered(Protocol):
    """Whoever knows what a tree was like when it was last scanned."""

    def recall(self) -> dict[bytes, Memory]:
        """What is known of each folder."""

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        """Remember what changed, forget what is gone."""


class Nothing:
    """Remembers nothing, so that every byte is read."""

    def recall(self) -> dict[bytes, Memory]:
        """Know nothing."""
        return {}

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        """Forget it."""


class Kept:
    """What somebody else remembers, read once and kept at hand by a process that stands."""

    def __init__(self, source: Remembered) -> None:
        self._source = source
        self._memories: dict[bytes, Memory] | None = None

    def recall(self) -> dict[bytes, Memory]:
        """What is known of each folder."""
        if self._memories is None:
            self._memories = self._source.recall()
        return self._memories

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        """Remember what changed, forget what is gone, here and there."""
        kept = {path: memory for path, memory in self.recall().items() if path not in gone}
        self._memories = kept | changed
        self._source.learn(changed, gone)


class Notebook:
    """The remembered folders of one root in a file. A file that cannot be used is no memory, and never an error."""

    def __init__(self, path: Path, root: bytes) -> None:
        self._path = path
        self._root = os.fsencode(os.path.realpath(root))

    def recall(self) -> dict[bytes, Memory]:
        """What is known of each folder of the root."""
        try:
            with self._open() as base:
                return dict(self._rows(base))
        except sqlite3.OperationalError:
            return {}  # another scan holds it, or it cannot be opened
        except (sqlite3.Error, OSError):
            self._forget()
            return {}

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        """Remember what changed, forget what is gone."""
        if not changed and not gone:
            return
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as base, base:
            base.executemany("delete from folder where root = ? and folder = ?", ((self._root, path) for path in gone))
            base.executemany(
                "insert or replace into folder values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (self._row(path, memory) for path, memory in changed.items()),
            )

    def _rows(self, base: sqlite3.Connection) -> Iterator[tuple[bytes, Memory]]:
        rows = base.execute(f"select {', '.join(_COLUMNS)} from folder where root = ?", (self._root,))  # noqa: S608
        for folder, seen, checked, *parts in rows:
            if not all(isinstance(part, bytes) for part in (folder, seen, *parts)):
                continue
            if checked == self._check(folder, seen, *parts):
                yield folder, Memory(seen, Block(folder, *parts[:6]), *parts[6:])

    def _row(self, path: bytes, memory: Memory) -> tuple[bytes, ...]:
        block = memory.block
        packed = (block.names, block.numbers, block.targets, block.digests, block.attributes, block.readings)
        parts = (*packed, memory.identities, memory.open, memory.linked)
        return (self._root, path, memory.seen, self._check(path, memory.seen, *parts), *parts)

    def _check(self, *parts: bytes) -> bytes:
        digest = hashlib.sha256(_HOST)
        for part in parts:
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
        return digest.digest()

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
            self._path.with_name(self._path.name + "-journal").unlink(missing_ok=True)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        base = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            base.execute("pragma journal_mode = delete")
            base.execute("pragma synchronous = off")  # every row proves itself, so none has to reach the disk in time
            self._settle(base)
            yield base
        finally:
            base.close()

    def _settle(self, base: sqlite3.Connection) -> None:
        """Make the table; a file of another format is emptied first."""
        base.execute("create table if not exists format (name text)")
        found = base.execute("select name from format").fetchall()
        if found != [(FORMAT,)]:
            with base:
                base.execute("drop table if exists folder")
                base.execute("delete from format")
                base.execute("insert into format values (?)", (FORMAT,))
        base.execute(_TABLE)


_COLUMNS = (
    "folder",
    "seen",
    "checked",
    "names",
    "numbers",
    "targets",
    "digests",
    "attributes",
    "readings",
    "identities",
    "open",
    "linked",
)


def _host() -> bytes:
    """What tells this host from others; a memory that was written elsewhere does not fit."""
    with contextlib.suppress(OSError):
        return Path("/etc/machine-id").read_bytes() + platform.node().encode()
    return platform.node().encode()


_HOST = FORMAT.encode() + b"\0" + _host()

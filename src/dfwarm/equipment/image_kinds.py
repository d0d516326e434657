"""
Remembered kinds of image files, under the digest of all that lies in their folder.

A folder whose names, sizes and file digests are the same has files of the same kinds, so nothing here can be stale;
what does not prove itself is forgotten, and the files are looked at again. Losing this file costs time and no more.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from dfwarm.manifest.block import MODE, SIZE, Block

FORMAT = b"dfwarm-image-kinds/1"
ROWS_AT_MOST = 50_000
_BUSY_SECONDS = 5


class KindMemory(Protocol):
    """Whoever knows the kinds of the files of a folder."""

    def recall(self, key: bytes) -> bytes:
        """The kinds of the folder of that name; empty where they are not known."""

    def learn(self, key: bytes, kinds: bytes) -> None:
        """Remember them."""

    def keep(self) -> None:
        """Let what was learned outlast the process."""


class NoKinds:
    """Knows nothing."""

    def recall(self, key: bytes) -> bytes:  # noqa: ARG002
        """Know nothing."""
        return b""

    def learn(self, key: bytes, kinds: bytes) -> None:
        """Forget it."""

    def keep(self) -> None:
        """Keep nothing."""


class KindNotebook:
    """The kinds of many folders in a file. One that cannot be used is no memory, and never an error."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = self._load()
        self._learned: dict[bytes, bytes] = {}

    def recall(self, key: bytes) -> bytes:
        """The kinds of the folder of that name, if they prove themselves."""
        return self._known.get(key, b"")

    def learn(self, key: bytes, kinds: bytes) -> None:
        """Remember them once `keep` is called."""
        self._learned[key] = kinds

    def keep(self) -> None:
        """Write down what was learned; a notebook that is full is begun anew."""
        if not self._learned:
            return
        with contextlib.suppress(sqlite3.Error, OSError), self._open() as base, base:
            if len(self._known) + len(self._learned) > ROWS_AT_MOST:
                base.execute("delete from kind")
            rows = ((key, kinds, _check(key, kinds)) for key, kinds in self._learned.items())
            base.executemany("insert or replace into kind values (?, ?, ?)", rows)

    def _load(self) -> dict[bytes, bytes]:
        with contextlib.suppress(sqlite3.Error, OSError, TypeError), self._open() as base:
            rows = base.execute("select folder, kinds, checked from kind").fetchall()
            return {key: kinds for key, kinds, checked in rows if checked == _check(key, kinds)}
        return {}

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        base = sqlite3.connect(self._path, timeout=_BUSY_SECONDS)
        try:
            base.execute("pragma synchronous = off")  # every row proves itself
            base.execute("create table if not exists kind (folder blob primary key, kinds blob, checked blob)")
            yield base
        finally:
            base.close()


def name_folder(block: Block) -> bytes:
    """The name of a folder's content; empty where a file of it was not read, since then nothing can be remembered."""
    if any(True for _ in block.unread_files()):
        return b""
    digest = hashlib.sha256(FORMAT)
    for part in (block.names, block.column(MODE).tobytes(), block.column(SIZE).tobytes(), block.digests):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _check(key: bytes, kinds: bytes) -> bytes:
    return hashlib.sha256(FORMAT + key + kinds).digest()

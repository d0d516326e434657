"""
Keep partials on this host under the digest of the content that they were made from.

What is kept can not be stale: it is found by the SHA-256 of bytes that were read or proven in this very run, and it
proves itself by a digest over all of it. Losing this folder costs time and nothing else.
"""

import contextlib
import hashlib
import mmap
import os
from pathlib import Path

from dfwarm.datafax.reports.partial import Partial, PartialUnusable, Reading, decode, encode

KEPT_OF_A_FILE = 3
"""Partials of one file that stay, the newest ones: of both sides of a local pair, and the one before."""


class PartialShelf:
    """The partials in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def has_some_of(self, file: bytes, reading: Reading) -> bool:
        """Whether a partial of the file is kept, of whatever content."""
        return any(self._kept(file, reading))

    def has(self, file: bytes, reading: Reading, content: bytes) -> bool:
        """Whether something is kept under that content. Only `find` says whether it can be used."""
        return self._place(file, reading, content).is_file()

    def find(self, file: bytes, reading: Reading, content: bytes) -> Partial | PartialUnusable:
        """The partial of a file of that content, as a view of what is kept."""
        try:
            with self._place(file, reading, content).open("rb") as kept:
                return decode(memoryview(mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_READ)), file, reading, content)
        except (OSError, ValueError) as error:
            return PartialUnusable(str(error))
        except PartialUnusable as error:
            return error

    def keep(self, partial: Partial) -> None:
        """Keep a partial. Raises OSError where the folder takes nothing."""
        place = self._place(partial.file, partial.reading, partial.content)
        aside = place.with_name(f".{place.name}.{os.getpid()}")
        try:
            with aside.open("wb") as file:
                file.writelines(encode(partial))
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)
        self._let_go(partial.file, partial.reading)

    def _let_go(self, file: bytes, reading: Reading) -> None:
        """Drop the oldest partials of a file."""
        with contextlib.suppress(OSError):
            for old in sorted(self._kept(file, reading), key=_age)[KEPT_OF_A_FILE:]:
                old.unlink(missing_ok=True)

    def _kept(self, file: bytes, reading: Reading) -> list[Path]:
        return list(self._folder.glob(f"{_stem(file, reading)}-*"))

    def _place(self, file: bytes, reading: Reading, content: bytes) -> Path:
        return self._folder / f"{_stem(file, reading)}-{reading.digest(content).hex()}"


def _stem(file: bytes, reading: Reading) -> str:
    return hashlib.sha256(b"%d\0%s" % (reading.study, file)).hexdigest()[:16]


def _age(path: Path) -> int:
    return -path.stat().st_mtime_ns

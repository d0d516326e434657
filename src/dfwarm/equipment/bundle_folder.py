"""A bundle as a folder on disk. Links and whatever else is no plain file are refused: they could lead elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dfwarm.errors import BundleRefused
from dfwarm.evidence.verification import Bundle, Files
from dfwarm.terms import CycleId

_PIECE = 1 << 20
_MOST_FILES = 10_000


def open_bundle(folder: Path, *, asked: CycleId | None = None, is_pending_accepted: bool = False) -> Bundle:
    """Open the bundle in a folder. A folder named like a cycle is asked for that cycle. Raises BundleRefused."""
    if asked is None:
        try:
            asked = CycleId.parse(folder.resolve().name)
        except ValueError:
            asked = None
    files = Files(
        frozenset(_names(folder)), lambda name, most: _read(folder / name, most), lambda name: _pieces(folder / name)
    )
    return Bundle(files, asked, is_pending_accepted)


def _names(folder: Path) -> Iterator[str]:
    pending, count = [""], 0
    while pending:
        below = pending.pop()
        for entry in _entries(folder / below):
            name = f"{below}{entry.name}"
            mode = entry.stat(follow_symlinks=False).st_mode
            count += 1
            if count > _MOST_FILES:
                raise BundleRefused(f"{folder} holds more than {_MOST_FILES} files, so it is no bundle")
            if stat.S_ISDIR(mode):
                pending.append(f"{name}/")
            elif stat.S_ISREG(mode):
                yield name
            else:
                raise BundleRefused(f"{name!r} is a link or no plain file, and a bundle has neither")


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError as error:
        raise BundleRefused(f"bundle {folder} cannot be read: {error.strerror}") from error


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise BundleRefused(f"{path.name} cannot be read: {error.strerror}") from error


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise BundleRefused(f"{path.name} cannot be read: {error.strerror}") from error

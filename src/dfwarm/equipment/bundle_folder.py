"""A bundle as a folder on disk. Links and whatever else is no plain file are refused: they could lead elsewhere."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from dfwarm.equipment.kept_listing import read_whole
from dfwarm.errors import BundleRefused, CopyFailed
from dfwarm.evidence.bundle import Bundle, Files
from dfwarm.evidence.recipe import PIECES, REBUILD
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
    names = frozenset(_names(folder))
    kept = {name.removesuffix(REBUILD) for name in names if name.endswith(REBUILD)} - names
    put_together = {f"{name}{end}" for name in kept for end in (REBUILD, PIECES)}
    files = Files(
        (names - put_together) | kept,
        lambda name, most: _whole(folder / name)[:most] if name in kept else _read(folder / name, most),
        lambda name: iter((_whole(folder / name),)) if name in kept else _pieces(folder / name),
    )
    return Bundle(files, asked, is_pending_accepted)


def _whole(path: Path) -> bytes:
    """A listing that is kept as its difference, put together again."""
    try:
        return read_whole(path)
    except CopyFailed as error:
        raise BundleRefused(str(error)) from error
    except OSError as error:
        raise BundleRefused(f"{path.name} cannot be put together: {error.filename}: {error.strerror}") from error


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

"""A folder of evidence as it is copied: its files, their digests, and a quick mark that moves when one of them does."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dfwarm.errors import CopyFailed


@dataclass(frozen=True, slots=True)
class Parcel:
    """A folder below a base; `name` is its place below it, here and there."""

    base: Path
    name: str

    @property
    def folder(self) -> Path:
        """Where it lies here."""
        return self.base / self.name

    @property
    def quick(self) -> str:
        """A digest of names, sizes and times."""
        said = (f"{name}\0{state.st_size}\0{state.st_mtime_ns}\n" for name, state in _walk(self.folder))
        return hashlib.sha256("".join(sorted(said)).encode()).hexdigest()

    def digests(self) -> Mapping[str, str]:
        """The SHA-256 of each file."""
        return digests_below(self.folder)


def digests_below(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file below a folder. Raises CopyFailed."""
    found: dict[str, str] = {}
    try:
        for name, _ in _walk(folder):
            with (folder / name).open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CopyFailed(f"{error.filename} cannot be read: {error.strerror}") from error
    return found


def _walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every regular file; what is on its way there (`.part`) is none yet."""
    for path in sorted(folder.rglob("*")):
        state = path.lstat()
        if stat.S_ISREG(state.st_mode) and not (path.name.startswith(".") and path.name.endswith(".part")):
            yield str(path.relative_to(folder)), state

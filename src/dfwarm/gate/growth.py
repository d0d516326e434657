"""
The verb `growth`: page images that came since an instant, and the sizes of the journals.

It runs as gently as the host lets it. A folder whose time did not move has no new names, so most looks cost one
question to the kernel for each folder; a whole look goes into all of them.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.datafax.layout import area_of, within_study
from dfwarm.equipment.process import run
from dfwarm.errors import PathUnreadable
from dfwarm.facts.growth import Arrival, JournalSize, StudyGrowth
from dfwarm.gate.environment import this_host
from dfwarm.terms import Area

SETTLE_NS = 1_000_000_000
"""A file that changed so shortly ago may still be written."""

NICE = 19
_folders: dict[bytes, set[bytes]] = {}
_gentle: set[int] = set()
"""The process that is gentle already."""


@dataclass(slots=True)
class _Look:
    """One look at a root on its way."""

    key: str
    root: bytes
    since_ns: int
    until_ns: int
    is_whole: bool
    looked: int = 0
    pages: list[Arrival] = field(default_factory=list)
    journals: list[JournalSize] = field(default_factory=list)

    def go(self, known: set[bytes]) -> set[bytes]:
        """Look into every folder that may hold something new. Returns all folders that are known now."""
        pending, asked = sorted(known), set(known)
        while pending:
            path = pending.pop()
            if not self._may_have_new(path):
                continue
            self.looked += 1
            for is_folder, below in _entries(self.root, path):
                if not is_folder:
                    self._take(below)
                elif below not in asked:
                    asked.add(below)
                    pending.append(below)
        return asked

    def _may_have_new(self, path: bytes) -> bool:
        if self.is_whole or self._area(_join(path, b"202601.jnl")) is Area.JOURNAL:
            return True
        try:
            return os.lstat(os.path.join(self.root, path)).st_ctime_ns >= self.since_ns
        except FileNotFoundError:
            return False

    def _take(self, path: bytes) -> None:
        area = self._area(path)
        if area not in (Area.PAGE_IMAGE, Area.JOURNAL):
            return
        try:
            found = os.lstat(os.path.join(self.root, path))
        except FileNotFoundError:
            return
        if area is Area.JOURNAL:
            self.journals.append(JournalSize(path, found.st_size))
        elif self.since_ns <= found.st_ctime_ns < self.until_ns:
            self.pages.append(Arrival(path, found.st_size))

    def _area(self, path: bytes) -> Area:
        return area_of(within_study(self.key) + path)


def look_for_growth(key: str, folder: bytes, since_ns: int, *, is_whole: bool) -> StudyGrowth:
    """Look for what came. Raises PathUnreadable where the root cannot be read."""
    _be_gentle()
    looked_at, until_ns = datetime.now(UTC), time.time_ns() - SETTLE_NS
    is_first = folder not in _folders
    look = _Look(key, folder, since_ns, until_ns, is_whole or is_first)
    try:
        os.lstat(folder)
        _folders[folder] = look.go({b""} if look.is_whole else _folders[folder])
    except OSError as error:
        raise PathUnreadable(f"{os.fsdecode(folder)} cannot be looked at: {error.strerror}") from error
    return StudyGrowth(looked_at, look.looked, tuple(look.pages), tuple(look.journals))


def _entries(root: bytes, path: bytes) -> Iterator[tuple[bool, bytes]]:
    """Folders and files of a folder. One that went away, or is closed to us, is for a cycle to judge."""
    with contextlib.suppress(FileNotFoundError, PermissionError), os.scandir(os.path.join(root, path)) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                yield True, _join(path, entry.name)
            elif entry.is_file(follow_symlinks=False):
                yield False, _join(path, entry.name)


def _join(folder: bytes, name: bytes) -> bytes:
    return folder + b"/" + name if folder else name


def _be_gentle() -> None:
    """Let everybody else go first, on the processor and on the disk."""
    if os.getpid() in _gentle:
        return
    _gentle.add(os.getpid())
    os.nice(NICE)
    if shutil.which("ionice"):
        run(("ionice", "-c", "3", "-p", str(os.getpid())), host=this_host(), deadline_seconds=10)

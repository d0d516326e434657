"""
Describe every entry of a tree: list it, take the digests that are remembered, read the other files, remember.

Folders are opened relative to their parents, so a path may be longer than the kernel takes and a folder that is
swapped for a link is refused. Nothing but regular files and folders is ever opened.
"""

import os
import time
from array import array
from collections.abc import Iterable
from datetime import UTC, datetime

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.draft import Draft, draft_listed, draft_unmoved
from dfwarm.equipment.folder import Listed, join, look_at_root
from dfwarm.equipment.hashing import Task, digest_at, hash_files
from dfwarm.equipment.names import group_name, owner_name
from dfwarm.equipment.remembered import Memory, Remembered
from dfwarm.equipment.walk import NOBODY, Trusted, walk
from dfwarm.errors import PathUnreadable
from dfwarm.manifest.block import GID, UID, integers
from dfwarm.manifest.listing import Gap, GapKind, Manifest
from dfwarm.manifest.people import People
from dfwarm.manifest.reproof import plan_reproof

EVERY_BYTE_WITHIN_DAYS = 7
_ROOT = b""


def scan(
    root: bytes,
    remembered: Remembered,
    *,
    workers: int = 2,
    within_days: int = EVERY_BYTE_WITHIN_DAYS,
    trusted: Trusted = NOBODY,
) -> Manifest:
    """
    Describe every entry below a root, with the SHA-256 of every file.

    A digest is taken from `remembered` where no number of the file moved since its bytes were read and its turn to be
    read again has not come: within so many days every byte is. What cannot be read is a gap. A `trusted` folder is
    taken as it is remembered, unless a name in it came or went. Raises PathUnreadable where the root itself is no
    readable folder, or a process of the scan is lost.
    """
    began_at = datetime.now(UTC)
    survey = _Survey(root, remembered.recall(), workers)
    try:
        survey.list(within_days, trusted)
    except OSError as error:
        raise PathUnreadable(f"folder {os.fsdecode(root)} cannot be read: {error.strerror}") from error
    survey.read()
    survey.close(remembered)
    return survey.manifest(began_at)


class _Survey:
    """One scan on its way: the folders that are done, those with files to read, and what cannot be examined."""

    def __init__(self, root: bytes, memories: dict[bytes, Memory], workers: int) -> None:
        self._root = root
        self._memories = memories
        self._workers = workers
        self._done: dict[bytes, Memory] = {}
        self._drafts: dict[bytes, Draft] = {}
        self._gaps: list[Gap] = []

    def list(self, within_days: int, trusted: Trusted) -> None:
        """Walk the tree. Raises OSError where the root is no folder."""
        blocks = (memory.block for path, memory in self._memories.items() if path not in trusted)
        due = plan_reproof(blocks, now=int(time.time()), within_days=within_days)
        with Descent(self._root) as descent:
            self._drafts[_ROOT] = draft_listed(look_at_root(descent.open(b".")), None, 0)
        seen = {path: memory.seen for path, memory in self._memories.items()}
        for found in walk(self._root, seen, workers=self._workers, trusted=trusted):
            if isinstance(found, Gap):
                self._gaps.append(found)
            elif isinstance(found, Listed):
                self._gaps += found.gaps
                self._drafts[found.path] = draft_listed(found, self._memories.get(found.path), due.get(found.path, 0))
            else:
                self._take_unmoved(found, due.get(found, 0))

    def read(self) -> None:
        """Read every file whose digest is not known; where one surprises, read it twice before it is believed."""
        tasks = [task for draft in self._drafts.values() for task in draft.tasks()]
        again: list[Task] = []
        for task, reading in hash_files(self._root, tasks, workers=self._workers):
            self._gaps += reading.gaps
            if surprises := self._drafts[task.folder.path].take(task, reading):
                again.append(Task(task.folder, surprises, 0))
        for task, reading in hash_files(self._root, again, workers=1):
            self._gaps += reading.gaps
            for place, row in enumerate(task.rows):
                if not self._drafts[task.folder.path].holds(row, digest_at(reading, place)):
                    path = join(task.folder.path, task.folder.names[row])
                    self._gaps.append(Gap(path, GapKind.CHANGED, "two readings of its bytes differ"))

    def close(self, remembered: Remembered) -> None:
        """Pack what was read and remember it."""
        fresh: dict[bytes, Memory] = {}
        while self._drafts:  # one by one: what was listed goes as it is packed, so that memory holds a tree once
            path, draft = self._drafts.popitem()
            fresh[path] = draft.memory()
        self._done |= fresh
        gone = self._memories.keys() - self._done.keys()
        remembered.learn({path: memory for path, memory in fresh.items() if path != _ROOT}, gone)

    def manifest(self, began_at: datetime) -> Manifest:
        """The manifest, folders in the order of their paths."""
        memories = [self._done[path] for path in sorted(self._done)]
        blocks = tuple(memory.block for memory in memories)
        people = People(
            tuple((number, owner_name(number)) for number in _numbers(block.column(UID) for block in blocks)),
            tuple((number, group_name(number)) for number in _numbers(block.column(GID) for block in blocks)),
        )
        gaps = tuple(sorted(self._gaps, key=lambda gap: gap.path))
        return Manifest(began_at, datetime.now(UTC), people, blocks, _links(memories), gaps)

    def _take_unmoved(self, path: bytes, due: int) -> None:
        draft = draft_unmoved(self._memories[path], due)
        if isinstance(draft, Draft):
            self._drafts[path] = draft
        else:
            self._done[path] = draft


def _numbers(columns: Iterable["array[int]"]) -> list[int]:
    found: set[int] = set()
    for column in columns:
        first = column[:1]  # nearly always the only number of its folder, which is seen without looking at each
        found.update(first if column == first * len(column) else column)
    return sorted(found)


def _links(memories: list[Memory]) -> tuple[tuple[bytes, ...], ...]:
    """The groups of paths that share one inode below the root."""
    groups: dict[tuple[int, int], list[bytes]] = {}
    for memory in memories:
        if memory.linked:
            linked, names = integers(memory.linked), memory.block.list_names()
            for row, device, inode in zip(linked[0::3], linked[1::3], linked[2::3], strict=True):
                groups.setdefault((device, inode), []).append(memory.block.path_of(names[row]))
    return tuple(sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1))

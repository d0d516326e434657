"""
Folders that a freeze need not open: nobody worked in them lately, and two looks around it prove that nobody did since.

They are an assumption that costs nothing when it is wrong but the time point: whatever moved in one is found after the
thaw. A name that comes or goes shows in the folder above, which is opened.
"""

import os
from collections.abc import Callable, Iterator, Mapping

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.draft import GRAIN_NS
from dfwarm.equipment.folder import CTIME, DEVICE, INODE, MODE, WIDTH, Identity, glance, holds_files_only
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.share import share_out
from dfwarm.equipment.walk import Trusted
from dfwarm.facts.capture import BUSY_ENTRIES
from dfwarm.manifest.block import MODE as MODE_OF_BLOCK
from dfwarm.manifest.block import integers

_GROUPS = 64


def quiet_folders(
    memories: Mapping[bytes, Memory],
    is_written_once: Callable[[bytes], bool],
    now_ns: int,
    *,
    busy_entries: int = BUSY_ENTRIES,
) -> dict[bytes, Identity]:
    """
    The folders that changed longest ago, each as the folder above it shows it.

    All hold files only, of a kind that is written once. None is among them of which a digest is not sure yet, or that
    changed so shortly before it was looked at (which began at `now_ns`) that another change could bear the same time.
    """
    leaves = [
        (max((identity[1], *_column(memories[path], 1))), path, identity)
        for path, identity in _shown_folders(memories)
        if is_written_once(path) and path in memories and _may_be_quiet(memories[path])
    ]
    quiet: dict[bytes, Identity] = {}
    looked_at = 0
    for changed, path, identity in sorted(leaves, reverse=True):
        looked_at += len(memories[path].block)
        if looked_at > busy_entries and changed + GRAIN_NS < now_ns:
            quiet[path] = identity
    return quiet


def _may_be_quiet(memory: Memory) -> bool:
    return bool(memory.seen) and not memory.open and holds_files_only(memory.block.column(MODE_OF_BLOCK))


def still_quiet(trusted: Trusted, memories: Mapping[bytes, Memory]) -> dict[bytes, Identity]:
    """Those of the folders that the folders above them show as before: they were not opened."""
    shown = dict(_shown_folders(memories))
    return {path: identity for path, identity in trusted.items() if shown.get(path) == identity}


def moved_in_quiet(root: bytes, memories: Mapping[bytes, Memory], *, workers: int) -> Iterator[bytes]:
    """
    The paths in such folders of which any number is another one than was known, or that are gone.

    What is new in one came after the folder above it was looked at, and is no part of the time point.
    """
    paths = sorted(memories)
    size = max(1, len(paths) // _GROUPS)
    groups = [paths[place : place + size] for place in range(0, len(paths), size)]
    with Descent(root) as descent:
        for _, moved in share_out(len(groups), lambda place: _moved(descent, groups[place], memories), workers):
            yield from moved


def _moved(descent: Descent, paths: list[bytes], memories: Mapping[bytes, Memory]) -> list[bytes]:
    moved: list[bytes] = []
    for path in paths:
        try:
            descriptor = descent.open(path)
        except OSError:
            moved.append(path)
            continue
        try:
            found = glance(descriptor, path)
        finally:
            os.close(descriptor)
        if found.seen == memories[path].seen:
            continue
        rows = zip(*(found.numbers[field::WIDTH] for field in (MODE, INODE, CTIME, DEVICE)), strict=True)
        now = dict(zip(map(os.fsencode, found.names), rows, strict=True))
        block = memories[path].block
        moved += (block.path_of(name) for name, numbers in _rows(memories[path]) if now.get(name) != numbers)
    return moved


def _shown_folders(memories: Mapping[bytes, Memory]) -> Iterator[tuple[bytes, Identity]]:
    """Every folder with inode, change time and device as the folder above it showed them."""
    for memory in memories.values():
        if not holds_files_only(memory.block.column(MODE_OF_BLOCK)):
            for name, (_, *identity) in _rows(memory):
                yield memory.block.path_of(name), (identity[0], identity[1], identity[2])


def _rows(memory: Memory) -> Iterator[tuple[bytes, tuple[int, ...]]]:
    """Each name with its mode, inode, change time and device."""
    columns = (memory.block.column(MODE_OF_BLOCK), *(_column(memory, number) for number in range(3)))
    return zip(memory.block.list_names(), zip(*columns, strict=True), strict=True)


def _column(memory: Memory, number: int) -> tuple[int, ...]:
    """Inodes, change times or devices of a folder's entries."""
    width = len(memory.block.readings)
    return tuple(integers(memory.identities[number * width : (number + 1) * width]))

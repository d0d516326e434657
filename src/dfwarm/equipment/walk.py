"""
Walk a tree folder by folder, in several processes where it is large.

A folder of which nothing moved since it was last seen is told by its path alone.
"""

import os
from collections.abc import Iterator

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.folder import Listed, glance, look_closely
from dfwarm.equipment.share import share_out
from dfwarm.manifest.listing import Gap, GapKind

SHARED_FROM_FOLDERS = 48
"""Folders that wait to be listed before it pays to have other processes."""

Found = Listed | bytes | Gap
"""A folder that was listed, the path of one that did not move, or one that cannot be opened."""


def walk(root: bytes, seen: dict[bytes, bytes], *, workers: int) -> Iterator[Found]:
    """Give every folder below the root, `.` first, in no other order. Raises OSError where the root is no folder."""
    with Descent(root) as descent:
        pending = [b"."]
        while pending and (len(pending) < SHARED_FROM_FOLDERS or workers <= 1):
            yield _visit(descent, pending.pop(0), seen, pending)
        if not pending:
            return
        groups = _groups(pending)
        for _, found in share_out(len(groups), lambda place: _below(descent, groups[place], seen), workers):
            yield from found


def _groups(pending: list[bytes]) -> list[list[bytes]]:
    """Neighbours together, a few dozen groups in all."""
    size = max(1, len(pending) // 64)
    return [pending[place : place + size] for place in range(0, len(pending), size)]


def _below(descent: Descent, folders: list[bytes], seen: dict[bytes, bytes]) -> list[Found]:
    pending = list(reversed(folders))
    found: list[Found] = []
    while pending:
        below: list[bytes] = []
        found.append(_visit(descent, pending.pop(), seen, below))
        pending.extend(reversed(below))
    return found


def _visit(descent: Descent, path: bytes, seen: dict[bytes, bytes], below: list[bytes]) -> Found:
    try:
        descriptor = descent.open(path)
    except OSError as error:
        return Gap(path, GapKind.UNREADABLE, error.strerror or "unknown")
    try:
        found = glance(descriptor, path)
        below.extend(found.folders())
        digest = found.seen
        return path if digest and digest == seen.get(path) else look_closely(descriptor, found)
    finally:
        os.close(descriptor)

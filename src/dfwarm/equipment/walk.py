"""
Walk a tree folder by folder, in several processes where it is large.

A folder of which nothing moved since it was last seen is told by its path alone. So is one that is trusted, which is
not opened at all, as long as the folder that it lies in shows it as it was.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dfwarm.equipment.descent import Descent
from dfwarm.equipment.folder import Identity, Listed, glance, look_closely
from dfwarm.equipment.share import share_out
from dfwarm.manifest.listing import Gap, GapKind

SHARED_FROM_FOLDERS = 48
"""Folders that wait to be listed before it pays to have other processes."""

Found = Listed | bytes | Gap
"""A folder that was listed, the path of one that did not move, or one that cannot be opened."""

Trusted = Mapping[bytes, Identity]
"""Folders without folders in them that need not be opened, each as the folder that it lies in showed it."""

NOBODY: Trusted = MappingProxyType({})


def walk(root: bytes, seen: dict[bytes, bytes], *, workers: int, trusted: Trusted = NOBODY) -> Iterator[Found]:
    """Give every folder below the root, `.` first, in no other order. Raises OSError where the root is no folder."""
    known = _Known(seen, trusted)
    with Descent(root) as descent:
        pending = [b"."]
        while pending and (len(pending) < SHARED_FROM_FOLDERS or workers <= 1):
            yield from _visit(descent, pending.pop(0), known, pending)
        if not pending:
            return
        groups = _groups(pending)
        for _, found in share_out(len(groups), lambda place: _below(descent, groups[place], known), workers):
            yield from found


@dataclass(frozen=True, slots=True)
class _Known:
    """What was seen of each folder, and which of them need not be opened."""

    seen: dict[bytes, bytes]
    trusted: Trusted


def _groups(pending: list[bytes]) -> list[list[bytes]]:
    """Neighbours together, a few dozen groups in all."""
    size = max(1, len(pending) // 64)
    return [pending[place : place + size] for place in range(0, len(pending), size)]


def _below(descent: Descent, folders: list[bytes], known: _Known) -> list[Found]:
    pending = list(reversed(folders))
    found: list[Found] = []
    while pending:
        below: list[bytes] = []
        found += _visit(descent, pending.pop(), known, below)
        pending.extend(reversed(below))
    return found


def _visit(descent: Descent, path: bytes, known: _Known, below: list[bytes]) -> list[Found]:
    try:
        descriptor = descent.open(path)
    except OSError as error:
        return [Gap(path, GapKind.UNREADABLE, error.strerror or "unknown")]
    try:
        found = glance(descriptor, path)
        told: list[Found] = []
        for folder, identity in found.folders():
            (told if known.trusted.get(folder) == identity else below).append(folder)
        digest = found.seen
        is_known = digest and digest == known.seen.get(path)
        return [path if is_known else look_closely(descriptor, found), *told]
    finally:
        os.close(descriptor)

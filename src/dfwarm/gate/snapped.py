"""
The verb `capture` where a snapshot was taken: the time point is read from it, after production was let go.

A snapshot of one instant keeps inodes and change times, so whatever changed at that instant is seen in it. A copy
that takes its time is held against what was seen of the original before and after it was made.
"""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.scan import scan
from dfwarm.errors import AnswerRefused, SnapshotFailed
from dfwarm.facts.capture import Captured, CapturedRoot
from dfwarm.facts.site import HostSite
from dfwarm.facts.snapshot import Note, SnapshotKind, SnapshotRoot
from dfwarm.gate.kept import Witness, kept
from dfwarm.gate.manifest import Listed, note_listed, workers
from dfwarm.gate.moved import NEVER_DUE_DAYS, moved_paths, newest_entry
from dfwarm.gate.roots import find_registration, roots_of
from dfwarm.gate.snapshot import TICK_SECONDS, likeness
from dfwarm.manifest.block import integers
from dfwarm.manifest.listing import Manifest
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

_EMPTY_SUBVOLUME = 2
"""The inode by which btrfs shows a subvolume that its snapshot does not hold."""


def capture_snapshot(site: HostSite, study: StudyNumber, note: Note) -> tuple[Captured, dict[str, Manifest]]:
    """List the snapshot, and say what moved since the warm pass and whether it is of one instant."""
    if note.as_of is None or note.until is None or note.state is None:
        raise SnapshotFailed(f"snapshot {note.name} was begun and never taken")
    folders = dict(roots_of(site, study))
    moved = list(note.moved)
    manifests: dict[str, Manifest] = {}
    roots: list[CapturedRoot] = []
    began = time.monotonic()
    for root in note.roots:
        manifest, paths, late = _look(note, root, folders[root.key])
        moved += late
        manifests[root.key] = manifest
        roots.append(CapturedRoot(root.key, root.folder, paths, 0))
        note_listed(folders[root.key], Listed(manifest, root.folder, place=root.folder))
    data = next(root.folder for root in note.roots if root.key == STUDY_DIR)
    outside = {root.key: root.folder for root in note.roots}
    caught = Captured(
        as_of=note.as_of,
        until=note.until,
        roots=tuple(roots),
        moved=tuple(moved[:50]),
        state=note.state,
        newest=newest_entry(find_registration(site, study), data, outside),
        clock_step_ms=note.clock_step_ms,
        list_milli=0,
        stage_milli=note.milli,
        prove_milli=0,
        snapshot=note.name,
        read_milli=int((time.monotonic() - began) * 1000),
    )
    return caught, manifests


def _look(note: Note, root: SnapshotRoot, folder: bytes) -> tuple[Manifest, tuple[bytes, ...], list[str]]:
    before = kept(folder)
    if before is None:
        raise AnswerRefused("this gate has not listed the study in this conversation, so it does not know what moved")
    witness = Witness(None, dict(_translated(before, root.folder) if note.kind.is_atomic else before.items()))
    manifest = scan(root.folder, witness, workers=workers(), within_days=NEVER_DUE_DAYS)
    unreadable = {gap.path for gap in manifest.gaps}
    paths = moved_paths(witness, has_identities=note.kind.is_atomic)
    for group in manifest.links:
        if not paths.isdisjoint(group):
            paths.update(group)
    there = {block.path_of(name) for block in manifest.blocks if block.folder for name in block.list_names()}
    late = list(_late(note, root, witness) if note.kind.is_atomic else _unlike(note, root))
    return manifest, tuple(sorted((paths & there) - unreadable)), late


def _translated(memories: dict[bytes, Memory], folder: bytes) -> Iterator[tuple[bytes, Memory]]:
    """What is known of the live tree, as if it had been seen on the snapshot's device: all else is the same there."""
    device = os.stat(folder).st_dev.to_bytes(8, sys.byteorder, signed=True)
    for path, memory in memories.items():
        width = len(memory.block.readings)
        yield path, replace(memory, identities=memory.identities[: 2 * width] + device * (width // 8))


def _late(note: Note, root: SnapshotRoot, witness: Witness) -> Iterator[str]:
    """What changed at the very instant: its change time lies behind the last moment at which all was known quiet."""
    if note.quiet_since is None:
        raise SnapshotFailed(f"snapshot {note.name} does not say since when all was quiet")
    limit = int(note.quiet_since.timestamp() * 1_000_000_000) + int(TICK_SECONDS * 500_000_000)
    for memory in witness.now.values():
        width = len(memory.block.readings)
        inodes, changes = integers(memory.identities[:width]), integers(memory.identities[width : 2 * width])
        for name, inode, change in zip(memory.block.list_names(), inodes, changes, strict=True):
            path = memory.block.path_of(name)
            if change >= limit:
                yield f"{root.key} {spell(path)}: changed while the snapshot was taken"
            elif note.kind is SnapshotKind.BTRFS and inode == _EMPTY_SUBVOLUME:
                yield f"{root.key} {spell(path)}: is a subvolume, which the snapshot does not show"


def _unlike(note: Note, root: SnapshotRoot) -> Iterator[str]:
    like = likeness(note.cycle, root.key)
    if like is None:
        raise AnswerRefused("this gate did not make the copy in this conversation, so it cannot vouch for it")
    yield from (f"{root.key} {spell(path)}: the copy is not like it" for path in like.unlike(root.folder))

"""
The verbs `capture` and `captured`: one instant of a study, caught while nobody works in it.

Every entry is looked at twice, and what moved since the last listing is copied aside in between. Where the two looks
are equal nothing moved from the end of the first to the begin of the second, so each instant between them is the time
point, and the copies are of it. Where a look finds everything as this conversation's listing before it had it, those
two are the looks: nothing moved from one to the other, and the instant before the second is the time point. The listing
itself travels after the thaw.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.scan import scan
from dfwarm.equipment.staging import remove, stage
from dfwarm.errors import AnswerRefused, FreezeRefused
from dfwarm.facts.capture import Captured, CapturedRoot, NewestEntry
from dfwarm.facts.site import HostSite
from dfwarm.gate.activity import server_state
from dfwarm.gate.kept import Witness, keep_on, kept, kept_at
from dfwarm.gate.manifest import Listed, last_listed, note_listed, workers
from dfwarm.gate.moved import NEVER_DUE_DAYS, moved_paths, newest_entry
from dfwarm.gate.roots import find_registration, roots_of
from dfwarm.gate.since import read_clock, take_begin, written_since
from dfwarm.gate.snapped import capture_snapshot
from dfwarm.gate.snapshot import clear, find
from dfwarm.gate.state import staging_folder
from dfwarm.gate.watch import watch_of
from dfwarm.manifest.block import is_equal
from dfwarm.manifest.listing import GapKind, Manifest
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

_NAMED_AT_MOST = 50
_held: dict[tuple[str, str], Manifest] = {}


def capture(site: HostSite, study: StudyNumber, cycle: str) -> Captured:
    """Look, copy aside what moved, look again. Raises AnswerRefused where there was no listing to go by."""
    watch_of(site, study, cycle)
    begin = take_begin(study)
    if note := find(site, cycle):
        caught, manifests = capture_snapshot(site, study, note)
        _held.update({(cycle, key): manifest for key, manifest in manifests.items()})
        return caught
    registration = find_registration(site, study)
    began = time.monotonic()
    folders = dict(roots_of(site, study))
    instant = _Instant(
        datetime.now(UTC), _looked_at(folders), newest_entry(registration, registration.study_dir, folders)
    )
    looks = {key: _look(folder) for key, folder in folders.items()}
    listed, as_of = time.monotonic(), datetime.now(UTC)
    moved: list[str] = []
    place = staging_folder(site) / cycle
    roots = tuple(_stage_root(place / key, folder, looks[key], moved) for key, folder in folders.items())
    if moved or any(root.paths for root in roots) or not all(look.is_as_before for look in looks.values()):
        instant = _Instant(as_of, None, newest_entry(registration, registration.study_dir, folders))
    staged = time.monotonic()
    for key, folder in folders.items() if instant.looked_at is None else ():
        moved += _look_again(key, folder, looks[key])
    written = {key: written_since(begin.at, look.witness) for key, look in looks.items()}
    moved += [
        f"{key} {spell(path)}: written since the reports began" for key, paths in written.items() for path in paths
    ]
    proven = time.monotonic()
    for root in roots:
        note_listed(folders[root.key], Listed(looks[root.key].manifest, root.staging))
    _held.update({(cycle, key): look.manifest for key, look in looks.items()})
    return Captured(
        as_of=instant.as_of,
        until=datetime.now(UTC),
        roots=roots,
        moved=tuple(moved[:_NAMED_AT_MOST]),
        state=server_state(site, registration),
        newest=instant.newest,
        clock_step_ms=(read_clock() - begin.clock) // 1_000_000,
        list_milli=int((listed - began) * 1000),
        stage_milli=int((staged - listed) * 1000),
        prove_milli=int((proven - staged) * 1000),
        looked_at=instant.looked_at,
    )


def captured(study: StudyNumber, cycle: str, key: str) -> Manifest:
    """The listing that `capture` made of a root. Raises AnswerRefused."""
    try:
        return _held[cycle, key]
    except KeyError:
        raise AnswerRefused(f"cycle {cycle} captured no root {key} of study {study:03d} here") from None


def tidy(site: HostSite, study: StudyNumber, *, but_for: str = "") -> tuple[str, ...]:
    """Remove the staged copies and the snapshots that earlier cycles of a study left behind."""
    snapshots = clear(site, study, but_for=but_for)
    folder = staging_folder(site)
    if not folder.is_dir():
        return snapshots
    stale = [path for path in folder.iterdir() if path.name.startswith(f"{study:03d}-") and path.name != but_for]
    for path in stale:
        remove(os.fsencode(path))
    return (*snapshots, *(path.name for path in sorted(stale)))


@dataclass(frozen=True, slots=True)
class _Instant:
    """
    An instant that may be the time point, with the journal that was newest then.

    `looked_at` is when the listing before it was over, where that listing is the first of its two looks.
    """

    as_of: datetime
    looked_at: datetime | None
    newest: NewestEntry


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at every entry of a root. `is_as_before` where it found what the listing before it had, and no more."""

    witness: Witness
    manifest: Manifest
    is_as_before: bool


def _looked_at(folders: dict[str, bytes]) -> datetime:
    """When the last of the listings was over that this conversation made."""
    if any(kept(folder) is None for folder in folders.values()):
        raise AnswerRefused("this gate has not listed the study in this conversation, so it does not know what moved")
    return max(kept_at(folder) for folder in folders.values())


def _look(folder: bytes) -> _Look:
    before, listed = kept(folder), last_listed(folder)
    witness = Witness(None, before or {})
    manifest = scan(folder, witness, workers=workers(), within_days=NEVER_DUE_DAYS)
    is_as_before = (
        listed is not None
        and not any(True for _ in witness.moved())
        and manifest.gaps == listed.manifest.gaps == ()
        and is_equal(manifest.blocks[0], listed.manifest.blocks[0])  # the root's own entry, which nobody remembers
    )
    return _Look(witness, manifest, is_as_before)


def _look_again(key: str, folder: bytes, first: _Look) -> list[str]:
    """Everything that moved since the first look."""
    second = Witness(None, first.witness.now)
    again = scan(folder, second, workers=workers(), within_days=NEVER_DUE_DAYS)
    moved = [f"{key} {spell(path)}" for path in second.moved()]
    return moved + [f"{key} {spell(gap.path)}: {gap.kind}" for gap in again.gaps if gap.kind is GapKind.VANISHED]


def _stage_root(place: Path, folder: bytes, look: _Look, moved: list[str]) -> CapturedRoot:
    manifest = look.manifest
    unreadable = {gap.path for gap in manifest.gaps}
    there = {block.path_of(name) for block in manifest.blocks if block.folder for name in block.list_names()}
    paths = (keep_on(folder, look.witness.now, moved_paths(look.witness)) & there) - unreadable
    for group in manifest.links:
        if not paths.isdisjoint(group):
            paths.update(group)
    key, target = place.name, os.fsencode(place)
    remove(target)
    try:
        staged = stage(folder, target, paths, manifest.links)
    except FileNotFoundError as error:
        moved.append(f"{key} {spell(os.fsencode(error.filename or b''))}: went away while it was copied")
        return CapturedRoot(key, target, (), 0)
    except OSError as error:
        path = spell(os.fsencode(error.filename)) if error.filename else key
        raise FreezeRefused(
            f"the staging copy of {path} failed: {error.strerror}", hint="Look at that path on production."
        ) from error
    return CapturedRoot(key, target, tuple(sorted(paths)), staged.bytes)

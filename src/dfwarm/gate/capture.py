"""
The verbs `approach`, `capture`, `prove` and `captured`: one instant of a study, caught while nobody works in it.

Every entry is looked at twice, once before and once after the time point, and what moved since the last listing is
copied aside in between. Where two looks are equal nothing moved from the first to the second, so each instant between
all first and all second looks is the time point, and the copies are of it. Where a look finds everything as this
conversation's listing before it had it, those two are the looks. In the folders where people work the second look lies
inside the freeze. Page images of weeks past are looked at before it (`approach`) and after it (`prove`); that a name
came or went among them shows in the folders above, which are looked at inside. The listing travels after the thaw.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from dfwarm.datafax.layout import holds_images, within_study
from dfwarm.equipment.quiet import moved_in_quiet, quiet_folders, still_quiet
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.scan import scan
from dfwarm.equipment.staging import remove, stage
from dfwarm.equipment.walk import Trusted
from dfwarm.errors import AnswerRefused, FreezeRefused
from dfwarm.facts.capture import Approached, Captured, CapturedRoot, NewestEntry, Proven
from dfwarm.facts.site import HostSite
from dfwarm.gate.activity import server_state
from dfwarm.gate.kept import Witness, keep_on, keep_quiet, kept, kept_at, take_quiet
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
FRESH_SECONDS = 60.0
"""A listing that is older is taken again before a freeze: images may have been worked on since."""

_held: dict[tuple[str, str], Manifest] = {}
_unproven: dict[tuple[str, str], "_Unproven"] = {}


def approach(site: HostSite, study: StudyNumber, cycle: str) -> Approached:
    """
    Say which folders a freeze after this need not open, by a look at everything while people work.

    That is the last listing, or a new look where it was made too long ago.
    """
    watch_of(site, study, cycle)
    began = time.monotonic()
    folders = dict(roots_of(site, study))
    _looked_at(folders)
    entries = quiet_entries = 0
    for key, folder in folders.items():
        known, began_at = _look_before(folder)
        began_ns = int(began_at.timestamp()) * 1_000_000_000
        quiet = quiet_folders(known, partial(_is_written_once, within_study(key)), began_ns)
        keep_quiet(folder, quiet)
        entries += sum(len(memory.block) for memory in known.values())
        quiet_entries += sum(len(known[path].block) for path in quiet)
    return Approached(entries, quiet_entries, _milli_since(began))


def prove(study: StudyNumber, cycle: str) -> Proven:
    """Look again, after the thaw, at what was not opened inside the freeze. Raises AnswerRefused."""
    began = time.monotonic()
    if not any(known == cycle for known, _ in _held):
        raise AnswerRefused(f"cycle {cycle} captured nothing of study {study:03d} here")
    waiting = [(key, _unproven.pop((cycle, key))) for known, key in tuple(_unproven) if known == cycle]
    moved = [
        f"{key} {spell(path)}: moved at about the time point, in a folder where nobody was expected to work"
        for key, unproven in waiting
        for path in moved_in_quiet(unproven.folder, unproven.memories, workers=workers())
    ]
    entries = sum(len(memory.block) for _, unproven in waiting for memory in unproven.memories.values())
    step = max((abs(_stepped(unproven.clock)) for _, unproven in waiting), default=0)
    return Proven(datetime.now(UTC), entries, tuple(moved[:_NAMED_AT_MOST]), step, _milli_since(began))


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
    for key, folder in folders.items():
        memories = {path: looks[key].witness.now[path] for path in looks[key].quiet}
        _unproven[cycle, key] = _Unproven(folder, memories, begin.clock)
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
        clock_step_ms=_stepped(begin.clock),
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
    """
    One look at a root, and the folders that it did not open.

    `is_as_before` where it found what the listing before it had, and no more.
    """

    witness: Witness
    manifest: Manifest
    quiet: Trusted
    is_as_before: bool


@dataclass(frozen=True, slots=True)
class _Unproven:
    """Folders of a root that were seen before the time point and not since; how far the clock was from time passed."""

    folder: bytes
    memories: dict[bytes, Memory]
    clock: int


def _looked_at(folders: dict[str, bytes]) -> datetime:
    """When the last of the listings was over that this conversation made."""
    if any(kept(folder) is None for folder in folders.values()):
        raise AnswerRefused("this gate has not listed the study in this conversation, so it does not know what moved")
    return max(kept_at(folder) for folder in folders.values())


def _look_before(folder: bytes) -> tuple[dict[bytes, Memory], datetime]:
    """What all was like while people worked, and when that look began: the last listing, if it was just now."""
    known, listed = kept(folder), last_listed(folder)
    if known is not None and listed and (datetime.now(UTC) - kept_at(folder)).total_seconds() < FRESH_SECONDS:
        return known, listed.manifest.began_at
    began_at, look = datetime.now(UTC), _look(folder)
    keep_on(folder, look.witness.now, moved_paths(look.witness))
    return look.witness.now, began_at


def _is_written_once(within: bytes, folder: bytes) -> bool:
    """Whether a folder of a root holds page images: everything else is looked at inside the freeze."""
    return holds_images(within + folder)


def _stepped(clock: int) -> int:
    """By how many milliseconds the clock left the time that passed."""
    return (read_clock() - clock) // 1_000_000


def _milli_since(began: float) -> int:
    return int((time.monotonic() - began) * 1000)


def _look(folder: bytes) -> _Look:
    before, listed, trusted = kept(folder), last_listed(folder), take_quiet(folder)
    witness = Witness(None, before or {})
    manifest = scan(folder, witness, workers=workers(), within_days=NEVER_DUE_DAYS, trusted=trusted)
    is_as_before = (
        listed is not None
        and not any(True for _ in witness.moved())
        and manifest.gaps == listed.manifest.gaps == ()
        and is_equal(manifest.blocks[0], listed.manifest.blocks[0])  # the root's own entry, which nobody remembers
    )
    return _Look(witness, manifest, still_quiet(trusted, witness.now), is_as_before)


def _look_again(key: str, folder: bytes, first: _Look) -> list[str]:
    """Everything that moved since the first look."""
    second = Witness(None, first.witness.now)
    again = scan(folder, second, workers=workers(), within_days=NEVER_DUE_DAYS, trusted=first.quiet)
    moved = [f"{key} {spell(path)}" for path in second.moved()]
    return moved + [f"{key} {spell(gap.path)}: {gap.kind}" for gap in again.gaps if gap.kind is GapKind.VANISHED]


def _stage_root(place: Path, folder: bytes, look: _Look, moved: list[str]) -> CapturedRoot:
    manifest = look.manifest
    unreadable = {gap.path for gap in manifest.gaps}
    changed = keep_on(folder, look.witness.now, moved_paths(look.witness))
    paths = _still_there(manifest, changed) - unreadable
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


def _still_there(manifest: Manifest, paths: set[bytes]) -> set[bytes]:
    """Those of some paths that a listing has. Only the folders that hold them are looked through."""
    folders = {path.rpartition(b"/")[0] or b"." for path in paths}
    blocks = [block for block in manifest.blocks if block.folder in folders]
    return paths.intersection(block.path_of(name) for block in blocks for name in block.list_names())

"""
The verbs `capture` and `captured`: one instant of a study, caught while nobody works in it.

Every entry is looked at twice, and what moved since the last listing is copied aside in between. Where the two looks
are equal nothing moved from the end of the first to the begin of the second, so each instant between them is the time
point, and the copies are of it. The listing itself travels after the thaw.
"""

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.datafax.journal import last_entry
from dfwarm.datafax.registration import Registration
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.scan import scan
from dfwarm.equipment.staging import remove, stage
from dfwarm.errors import AnswerRefused, FreezeRefused
from dfwarm.facts.capture import Captured, CapturedRoot, NewestEntry
from dfwarm.facts.site import HostSite
from dfwarm.gate.activity import server_state
from dfwarm.gate.kept import Witness, keep_on, kept
from dfwarm.gate.manifest import Listed, note_listed, workers
from dfwarm.gate.roots import find_registration, read_conf, roots_of
from dfwarm.gate.watch import state_folder, watch_of
from dfwarm.manifest.block import integers
from dfwarm.manifest.listing import GapKind, Manifest
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

_NEVER_DUE_DAYS = 36_500
"""Inside a freeze no byte is read again just because its turn has come."""

_NAMED_AT_MOST = 50
_held: dict[tuple[str, str], Manifest] = {}


def capture(site: HostSite, study: StudyNumber, cycle: str) -> Captured:
    """Look, copy aside what moved, look again. Raises AnswerRefused where there was no listing to go by."""
    watch_of(site, study, cycle)
    registration = find_registration(site, study)
    began, clock = time.monotonic(), time.time_ns() - time.monotonic_ns()
    folders = dict(roots_of(site, study))
    looks = {key: _look(folder) for key, folder in folders.items()}
    listed, as_of = time.monotonic(), datetime.now(UTC)
    moved: list[str] = []
    place = staging_folder(site) / cycle
    roots = tuple(_stage_root(place / key, folder, looks[key], moved) for key, folder in folders.items())
    newest = _newest_entry(registration)
    staged = time.monotonic()
    for key, folder in folders.items():
        moved += _look_again(key, folder, looks[key])
    proven = time.monotonic()
    for root in roots:
        note_listed(folders[root.key], Listed(looks[root.key].manifest, root.staging))
    _held.update({(cycle, key): look.manifest for key, look in looks.items()})
    return Captured(
        as_of=as_of,
        until=datetime.now(UTC),
        roots=roots,
        moved=tuple(moved[:_NAMED_AT_MOST]),
        state=server_state(site, registration),
        newest=newest,
        clock_step_ms=(time.time_ns() - time.monotonic_ns() - clock) // 1_000_000,
        list_milli=int((listed - began) * 1000),
        stage_milli=int((staged - listed) * 1000),
        prove_milli=int((proven - staged) * 1000),
    )


def captured(study: StudyNumber, cycle: str, key: str) -> Manifest:
    """The listing that `capture` made of a root. Raises AnswerRefused."""
    try:
        return _held[cycle, key]
    except KeyError:
        raise AnswerRefused(f"cycle {cycle} captured no root {key} of study {study:03d} here") from None


def tidy(site: HostSite, study: StudyNumber, *, but_for: str = "") -> tuple[str, ...]:
    """Remove the staged copies that earlier cycles of a study left behind."""
    folder = staging_folder(site)
    if not folder.is_dir():
        return ()
    stale = [path for path in folder.iterdir() if path.name.startswith(f"{study:03d}-") and path.name != but_for]
    for path in stale:
        remove(os.fsencode(path))
    return tuple(path.name for path in sorted(stale))


def staging_folder(site: HostSite) -> Path:
    """Where copies wait to be shipped."""
    return Path(site.staging) if site.staging else state_folder(site) / "staging"


@dataclass(frozen=True, slots=True)
class _Look:
    witness: Witness
    manifest: Manifest


def _look(folder: bytes) -> _Look:
    before = kept(folder)
    if before is None:
        raise AnswerRefused("this gate has not listed the study in this conversation, so it does not know what moved")
    witness = Witness(None, before)
    return _Look(witness, scan(folder, witness, workers=workers(), within_days=_NEVER_DUE_DAYS))


def _look_again(key: str, folder: bytes, first: _Look) -> list[str]:
    """Everything that moved since the first look."""
    second = Witness(None, first.witness.now)
    again = scan(folder, second, workers=workers(), within_days=_NEVER_DUE_DAYS)
    moved = [f"{key} {spell(path)}" for path in second.moved()]
    return moved + [f"{key} {spell(gap.path)}: {gap.kind}" for gap in again.gaps if gap.kind is GapKind.VANISHED]


def _stage_root(place: Path, folder: bytes, look: _Look, moved: list[str]) -> CapturedRoot:
    manifest = look.manifest
    unreadable = {gap.path for gap in manifest.gaps}
    there = {block.path_of(name) for block in manifest.blocks if block.folder for name in block.list_names()}
    paths = (keep_on(folder, look.witness.now, _moved_paths(look.witness)) & there) - unreadable
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


def _moved_paths(witness: Witness) -> set[bytes]:
    """Every entry that is new, or of which a number moved, or whose bytes were not known before."""
    found: set[bytes] = set()
    for folder, memory in witness.changed.items():
        before = witness.known.get(folder)
        known = _rows(before) if before else {}
        block = memory.block
        found.update(block.path_of(name) for name, row in _rows(memory).items() if known.get(name) != row)
    return found


def _rows(memory: Memory) -> dict[bytes, tuple[object, ...]]:
    block = memory.block
    width = len(block.readings)
    columns = [block.column(number) for number in range(5)]
    columns += (integers(memory.identities[place * width : (place + 1) * width]) for place in range(3))
    targets = block.targets_by_row()
    digests = (block.digest_of(row) for row in range(len(block)))
    rows = zip(digests, *columns, strict=True)
    return {
        name: (*row, targets.get(number, b""))
        for number, (name, row) in enumerate(zip(block.list_names(), rows, strict=True))
    }


def _newest_entry(registration: Registration) -> NewestEntry:
    """The journal that was written last, its size, and the time of its last line."""
    conf = read_conf(registration)
    folder = os.path.join(registration.study_dir, conf.expand("DATABASE_DIR") or b"data")
    newest: tuple[int, bytes] = (0, b"")
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(b".jnl"):
                    newest = max(newest, (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name))
        if not newest[1]:
            return NewestEntry(b"", 0, "")
        with open(os.path.join(folder, newest[1]), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 65_536))
            tail = file.read()
    except OSError:
        return NewestEntry(b"", 0, "")
    return NewestEntry(newest[1], size, last_entry(tail))

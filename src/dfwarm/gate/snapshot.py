"""
The verb `snapshot`: a picture of the study's disk, taken while nobody works in it.

What to call comes from production's own configuration and never from the asker. A note is on disk before the first
command, so that what a killed cycle left behind is found and removed, and nothing of anybody else.
"""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import flush_file_system, write_durably
from dfwarm.equipment.process import run
from dfwarm.equipment.staging import remove as remove_copy
from dfwarm.errors import AnswerRefused, DfwarmError, FreezeRefused, SnapshotFailed, WatchdogFailed
from dfwarm.facts.fact import Transcript
from dfwarm.facts.mounts import mount_of, parse_mountinfo
from dfwarm.facts.site import HostSite
from dfwarm.facts.snapshot import Note, Snapped, SnapshotKind, SnapshotSource
from dfwarm.gate.activity import server_state
from dfwarm.gate.environment import this_host
from dfwarm.gate.kept import kept
from dfwarm.gate.likeness import Likeness
from dfwarm.gate.roots import find_registration, roots_of
from dfwarm.gate.state import state_folder
from dfwarm.gate.watch import Watch, watch_of
from dfwarm.manifest.block import integers
from dfwarm.plan.snapshots import Argv, SnapshotPlan, plan_snapshot
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

TICK_SECONDS = 0.02
"""A file's change time may lie so far behind the clock: the kernel's own clock ticks."""

REMOVE_SECONDS = 120
_LIKENESS: dict[str, dict[str, Likeness]] = {}
"""What the roots looked like when a copy was made that is not of one instant, by the cycle and the key."""


def take(site: HostSite, study: StudyNumber, cycle: str, seconds: int) -> Snapped:
    """Take the snapshot of a frozen study. Where it fails nothing of it is left. Raises SnapshotFailed."""
    source, watch = _source(site), watch_of(site, study, cycle)
    _refuse_unfrozen(watch)
    folders = dict(roots_of(site, study))
    plan = _plan(source, cycle, folders)
    _refuse_part(source, folders)
    if os.path.lexists(plan.place):
        raise SnapshotFailed(f"{spell(plan.place)} is there already, and this host did not make it")
    clock = time.time_ns() - time.monotonic_ns()
    note = Note(cycle, plan.name, source.kind, plan.place, plan.remove, plan.roots)
    path = _write(site, note)
    began = time.monotonic()
    try:
        with _alike(source, cycle, folders) as moved:
            quiet_since = datetime.now(UTC)
            time.sleep(TICK_SECONDS)
            as_of = datetime.now(UTC)
            said = _create(plan, began + seconds)
    except BaseException:
        _clear(note)
        path.unlink(missing_ok=True)
        raise
    taken = replace(
        note,
        as_of=as_of,
        until=datetime.now(UTC),
        quiet_since=quiet_since,
        moved=tuple(moved),
        state=server_state(site, find_registration(site, study)),
        clock_step_ms=(time.time_ns() - time.monotonic_ns() - clock) // 1_000_000,
        milli=int((time.monotonic() - began) * 1000),
    )
    _write(site, taken)
    return Snapped(plan.name, as_of, taken.milli, said)


def flush(site: HostSite) -> None:
    """Write to the disk what waits for it while people still work, so that the snapshot has little to write."""
    flush_file_system(_source(site).source)


def find(site: HostSite, cycle: str) -> Note | None:
    """The snapshot of a cycle, if one was taken."""
    note = next((note for note in notes(site) if note.cycle == cycle), None)
    return note if note and note.as_of else None


def likeness(cycle: str, key: str) -> Likeness | None:
    """What a root looked like when its copy was made, where that copy is not of one instant."""
    return _LIKENESS.get(cycle, {}).get(key)


def notes(site: HostSite) -> Iterator[Note]:
    """Every snapshot that this host took or began to take, and has not removed."""
    for path in sorted(_folder(site).glob("*.json")):
        try:
            yield wire.load(Note, path.read_bytes())
        except (OSError, AnswerRefused) as error:
            raise SnapshotFailed(
                f"the note {path} of a snapshot cannot be read", hint="Remove the snapshot it names by hand, then it."
            ) from error


def clear(site: HostSite, study: StudyNumber, *, but_for: str = "") -> tuple[str, ...]:
    """Remove the snapshots that cycles of a study left behind, and no others. Raises SnapshotFailed."""
    stale = [note for note in notes(site) if note.cycle.startswith(f"{study:03d}-") and note.cycle != but_for]
    for note in stale:
        _clear(note)
        _path(site, note).unlink(missing_ok=True)
    return tuple(note.name for note in stale)


def _source(site: HostSite) -> SnapshotSource:
    if site.snapshot is None:
        raise FreezeRefused(
            "production's own configuration says nothing of snapshots, so nothing was frozen",
            hint="Write a table [freeze.snapshot] on production's host, or choose another `freeze.mode`.",
        )
    return site.snapshot


def _refuse_unfrozen(watch: Watch) -> None:
    state = watch.state()
    if not state.is_begun or state.is_thaw_begun or not watch.is_held():
        raise WatchdogFailed(f"study {watch.study:03d} is not frozen, so no snapshot was taken")


def _plan(source: SnapshotSource, cycle: str, folders: dict[str, bytes]) -> SnapshotPlan:
    real = replace(source, source=os.path.realpath(source.source), folder=os.path.realpath(source.folder or b"/"))
    roots = tuple((key, os.path.realpath(folder)) for key, folder in folders.items())
    with open("/proc/self/mountinfo", "rb") as file:
        file_system = mount_of(real.source, parse_mountinfo(file.read())).kind
    try:
        return plan_snapshot(real, cycle, roots, file_system=file_system)
    except ValueError as error:
        raise SnapshotFailed(f"a snapshot would not show the whole study: {error}") from error


def _refuse_part(source: SnapshotSource, folders: dict[str, bytes]) -> None:
    """A disk or a subvolume inside the study would be an empty folder in the picture."""
    if not source.kind.is_atomic:
        return
    device = os.stat(source.source).st_dev
    for key, folder in folders.items():
        known = kept(folder)
        if known is None:
            raise AnswerRefused("this gate has not listed the study in this conversation")
        for path, memory in known.items():
            devices = integers(memory.identities[2 * len(memory.block.readings) :])
            if any(each != device for each in set(devices)):
                raise SnapshotFailed(f"{key} {spell(path)} holds another volume, which the snapshot does not show")


@contextmanager
def _alike(source: SnapshotSource, cycle: str, folders: dict[str, bytes]) -> Iterator[list[str]]:
    """A copy that takes its time is true only where nothing moved meanwhile: look before it and after it."""
    moved: list[str] = []
    if source.kind.is_atomic:
        yield moved
        return
    before = {key: Likeness.of(folder) for key, folder in folders.items()}
    yield moved
    for key, folder in folders.items():
        moved += [f"{key} {spell(path)}" for path in before[key].moved_in(folder)]
    _LIKENESS[cycle] = before


def _create(plan: SnapshotPlan, until: float) -> tuple[Transcript, ...]:
    if plan.makes_place:
        try:
            os.makedirs(plan.place, mode=0o700)
        except OSError as error:
            raise SnapshotFailed(f"folder {spell(plan.place)} cannot be made: {error.strerror}") from error
    said = tuple(_call(argv, max(1.0, until - time.monotonic())) for argv in plan.create)
    for root in plan.roots:
        if not os.path.isdir(root.folder):
            raise SnapshotFailed(f"the snapshot does not show {root.key}: {spell(root.folder)} is not there")
    return said


def _call(argv: Argv, seconds: float) -> Transcript:
    said = run(argv, host=this_host(), deadline_seconds=seconds)
    if said.status:
        word = said.stderr.decode("utf-8", "replace").strip().splitlines()
        raise SnapshotFailed(f"{argv[0]} ended with status {said.status}: {word[-1] if word else 'no word'}")
    return said


def _clear(note: Note) -> None:
    """Remove one snapshot, whatever of it is there. What is not there is removed already."""
    problem = ""
    for argv in note.remove:
        try:
            _call(argv, REMOVE_SECONDS)
        except DfwarmError as error:
            problem = problem or str(error)
    if note.kind is SnapshotKind.REFLINK:
        remove_copy(note.place)
    elif note.kind is SnapshotKind.LVM and os.path.isdir(note.place) and not os.path.ismount(note.place):
        os.rmdir(note.place)
    if _is_there(note):
        raise SnapshotFailed(
            f"snapshot {note.name} was not removed: {problem or 'it is still there'}",
            hint=f"Remove {spell(note.place)} by hand on production's host.",
        )


def _is_there(note: Note) -> bool:
    if note.kind is SnapshotKind.LVM and os.path.lexists(f"/dev/{note.remove[-1][-1]}"):
        return True
    try:
        return stat.S_IFMT(os.lstat(note.place).st_mode) != 0
    except OSError:
        return False


def _write(site: HostSite, note: Note) -> Path:
    path = _path(site, note)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(path, wire.dump(note))
    return path


def _path(site: HostSite, note: Note) -> Path:
    return _folder(site) / f"{note.cycle}.json"


def _folder(site: HostSite) -> Path:
    return state_folder(site) / "snapshots"

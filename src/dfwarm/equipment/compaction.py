"""
Listings of old bundles kept as what changed since the bundle before, with a whole one at the beginning of each month.

A listing goes only after its recipe has given back the very bytes that `SHA256SUMS` lists.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.durable import sync_folder, write_durably
from dfwarm.equipment.kept_listing import read_whole
from dfwarm.errors import CopyFailed
from dfwarm.evidence.members import split
from dfwarm.evidence.recipe import PIECES, REBUILD, parse_recipe, write_recipe
from dfwarm.terms import CycleId, StudyNumber

DEPTH_AT_MOST = 31
"""So many bundles, at most, are needed to put one listing together."""

_SUMS = "SHA256SUMS"


@dataclass(frozen=True, slots=True)
class Compacted:
    """One listing that is kept as its difference now."""

    cycle: CycleId
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class _Last:
    """The listing of the bundle before: which one, its members, and how many bundles it needs itself."""

    cycle: CycleId
    members: tuple[bytes, ...]
    depth: int
    month: tuple[int, int]


def restore(folder: Path) -> int:
    """Put every listing of a bundle together again and keep it whole. Returns how many."""
    scripts = sorted(folder.glob(f"*{REBUILD}"))
    for script in scripts:
        whole = script.with_name(script.name.removesuffix(REBUILD))
        content = read_whole(whole)
        _check(whole, content)
        write_durably(whole, content)
        script.unlink()
        whole.with_name(whole.name + PIECES).unlink(missing_ok=True)
    sync_folder(folder)
    return len(scripts)


def compact(archive: Archive, study: StudyNumber, before: datetime) -> Iterator[Compacted]:
    """Keep the listings of all bundles that ended before a moment as differences. Hold the pair's lock."""
    last: dict[str, _Last] = {}
    for cycle in archive.cycles(study):
        record, folder = archive.read(cycle), archive.place(cycle)
        if record.ended_at >= before or not (folder / _SUMS).exists():
            continue
        month = (record.began_at.year, record.began_at.month)
        for name in sorted(_listings(folder)):
            done = _compact(folder, cycle, name, last, month)
            if done:
                yield done


def bases_of(folder: Path) -> frozenset[str]:
    """The bundles that are needed to put the listings of one together, one step down."""
    return frozenset(parse_recipe(script.read_bytes()).cycle for script in folder.glob(f"*{REBUILD}"))


def _listings(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.gz"):
        yield path.name
    for path in folder.glob(f"*.gz{REBUILD}"):
        yield path.name.removesuffix(REBUILD)


def _compact(
    folder: Path, cycle: CycleId, name: str, last: dict[str, _Last], month: tuple[int, int]
) -> Compacted | None:
    path = folder / name
    content = read_whole(path)
    members = tuple(split(content))
    base = last.get(name)
    is_whole = not base or base.month != month or base.depth >= DEPTH_AT_MOST
    done = None
    if base and not is_whole and path.exists():
        done = _replace(path, cycle, content, members, base)
        is_whole = done is None
    elif not path.exists() and base:
        is_whole = False
    last[name] = _Last(cycle, members, 1 if is_whole or not base else base.depth + 1, month)
    return done


def _replace(path: Path, cycle: CycleId, content: bytes, members: tuple[bytes, ...], base: _Last) -> Compacted | None:
    """Write recipe and pieces, prove them, and let the listing go; nothing where that would save nothing."""
    recipe, pieces = write_recipe(str(base.cycle), path.name, base.members, members)
    script = recipe.script()
    if len(script) + len(pieces) >= len(content):
        return None
    _check(path, content)
    write_durably(path.with_name(path.name + PIECES), pieces)
    write_durably(path.with_name(path.name + REBUILD), script)
    held = path.with_name(path.name + PIECES).read_bytes()
    if parse_recipe(script).rebuild(b"".join(base.members), held) != content:
        raise CopyFailed(f"{cycle}: the recipe of {path.name} does not give it back; it is left whole")
    path.unlink()
    sync_folder(path.parent)
    return Compacted(cycle, path.name, len(content), len(script) + len(pieces))


def _check(path: Path, content: bytes) -> None:
    """Hold a listing against `SHA256SUMS` of its bundle. Raises CopyFailed."""
    wanted = f"{hashlib.sha256(content).hexdigest()}  {path.name}"
    lines = (path.parent / _SUMS).read_text().splitlines()
    if wanted not in lines and f"{wanted[:66]}./{path.name}" not in lines:
        raise CopyFailed(f"{path}: it is not the listing that was sealed; it is left as it is")

"""
Take the census of a study's images: which files lie in which week, how large they are, and what their first bytes say.

No link is followed, nothing but regular files is opened, and no file is waited for. A week whose files are the same
as before, by the digests of a manifest that was just taken, costs no look at its files at all.
"""

import os
import re
import stat
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dfwarm.datafax.image import KINDS, ImageKind
from dfwarm.datafax.reports.census import PAGES, ImageCensus, ImageFolder
from dfwarm.equipment.image_heads import look_at_heads
from dfwarm.equipment.image_kinds import KindMemory, NoKinds, name_folder
from dfwarm.equipment.share import share_out
from dfwarm.manifest.block import FILE_TYPE, MODE, NO_DIGEST, SIZE, Block
from dfwarm.spelling import spell

HIGH = (b"pages_hd",)
"""Where high-resolution images are looked for; the name is in no source, so others that look alike are told."""

BESIDE_AT_MOST = 100_000
"""Entries beside the weeks that are named; more are counted in a gap."""

SHARED_FROM_WEEKS = 16
"""Weeks to look into from which several processes are worth their start."""

_WEEK = re.compile(rb"[0-9]{4}")
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FILE = KINDS.index(ImageKind.NO_FILE)
_UNREADABLE = KINDS.index(ImageKind.UNREADABLE)

_SEEN: dict[bytes, tuple[Block, bytes]] = {}
"""What this process was told of each week last: its listing, and the kinds of its files."""


@dataclass(frozen=True, slots=True)
class ImageTrees:
    """
    Where a study's images lie.

    `pages` is the folder of PAGE_DIR, `high` are names of folders in the study.
    `copies` is where files that moved were put aside as they were listed, week by week; empty where none were.
    """

    study_dir: bytes
    pages: bytes = b""
    copies: bytes = b""
    high: tuple[bytes, ...] = HIGH


def take_census(
    trees: ImageTrees,
    known: Mapping[bytes, Block] | None = None,
    memory: KindMemory | None = None,
    *,
    workers: int = 1,
) -> ImageCensus:
    """
    Look at every week of a study's images.

    `known` are blocks of a manifest that was taken just now, by their folder's path relative to the study, as
    `pages/0842`; without them every folder is listed and the head of every file is read.
    """
    taking = _Taking(known or {}, memory or NoKinds(), workers, trees.copies)
    standard = taking.tree(PAGES, trees.pages or os.path.join(trees.study_dir, PAGES))
    high = [
        taking.tree(name, os.path.join(trees.study_dir, name))
        for name in trees.high
        if os.path.lexists(os.path.join(trees.study_dir, name))
    ]
    taking.memory.keep()
    return ImageCensus(
        standard=tuple(standard or ()),
        high=tuple(folder for weeks in high for folder in weeks or ()),
        beside=tuple(taking.beside),
        unknown_weeks=frozenset(taking.unknown_weeks),
        gaps=tuple(sorted(taking.gaps)),
        notes=tuple(_look_alikes(trees)),
        is_listed=standard is not None,
    )


def remember_census(census: ImageCensus, known: Mapping[bytes, Block]) -> None:
    """Remember in this process what a census saw, whichever process took it, for files that are gone at the next."""
    for folder in (*census.standard, *census.high):
        block = known.get(folder.path)
        if block is not None and len(block) == len(folder.kinds):
            _SEEN[folder.path] = (block, folder.kinds)


@dataclass(slots=True)
class _Taking:
    """One census while it is taken."""

    known: Mapping[bytes, Block]
    memory: KindMemory
    workers: int
    copies: bytes = b""
    beside: list[ImageFolder] = field(default_factory=list)
    unknown_weeks: set[bytes] = field(default_factory=set)
    gaps: list[str] = field(default_factory=list)

    def tree(self, name: bytes, folder: bytes) -> list[ImageFolder] | None:
        """The weeks of one tree; nothing where there is no such folder."""
        try:
            at = os.open(folder, _FOLDER)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.gaps.append(f"{spell(name)}: {_why(error, folder)}")
            return None
        try:
            return self._weeks(name, at)
        finally:
            os.close(at)

    def _weeks(self, tree: bytes, at: int) -> list[ImageFolder]:
        weeks: list[bytes] = []
        others: list[bytes] = []
        surplus = 0
        for name, may_be_week in self._entries(tree, at):
            if may_be_week and _WEEK.fullmatch(name):
                weeks.append(name)
            elif len(others) < BESIDE_AT_MOST:
                others.append(name)
            else:
                surplus += 1
        if surplus:
            self.gaps.append(f"{spell(tree)}: {surplus:,} further entries that are no week were not named")
        if others:
            kinds = bytes([_NO_FILE]) * len(others)
            self.beside.append(ImageFolder(tree, b"\0".join(sorted(others)), bytes(8 * len(others)), kinds))
        return self._look_into(tree, sorted(weeks), at)

    def _entries(self, tree: bytes, at: int) -> Iterator[tuple[bytes, bool]]:
        """What is in a tree as it was listed, else as it is now, and whether it is a folder or a link to one."""
        block = self.known.get(tree)
        if block is not None:
            kinds = (mode & FILE_TYPE for mode in block.column(MODE))
            yield from zip(block.list_names(), (stat.S_ISDIR(k) or stat.S_ISLNK(k) for k in kinds), strict=True)
            return
        with os.scandir(at) as entries:
            for entry in entries:
                yield os.fsencode(entry.name), entry.is_symlink() or entry.is_dir(follow_symlinks=False)

    def _look_into(self, tree: bytes, weeks: list[bytes], at: int) -> list[ImageFolder]:
        """Every week, in order: from memory where its content is known, the others among several processes."""
        keys = {name: self._key(tree, name) for name in weeks}
        found = {name: folder for name in weeks if (folder := self._remembered(tree, name, keys[name]))}
        pending = [name for name in weeks if name not in found]
        for name, folder in found.items():
            self._mend(tree, name, folder)
        workers = self.workers if len(pending) >= SHARED_FROM_WEEKS else 1
        for place, seen in share_out(len(pending), lambda place: self._look(tree, pending[place], at), workers):
            name = pending[place]
            if isinstance(seen, str):
                self._lose(tree, name, seen)
                continue
            found[name] = self._mend(tree, name, seen)
            if keys[name] and _UNREADABLE not in found[name].kinds:
                self.memory.learn(keys[name], found[name].kinds)
        return [found[name] for name in weeks if name in found]

    def _mend(self, tree: bytes, name: bytes, seen: ImageFolder) -> ImageFolder:
        """What went away since it was listed is known by its digest where this process saw it before."""
        block = self.known.get(tree + b"/" + name)
        if block is None:
            return seen
        place = tree + b"/" + name
        if _UNREADABLE in seen.kinds and (before := _SEEN.get(place)):
            older = {before[0].digest_of(row): kind for row, kind in enumerate(before[1]) if kind != _UNREADABLE}
            older.pop(NO_DIGEST, None)
            rows = enumerate(seen.kinds)
            kinds = (older.get(block.digest_of(row), kind) if kind == _UNREADABLE else kind for row, kind in rows)
            return replace(seen, kinds=bytes(kinds))
        return seen

    def _key(self, tree: bytes, name: bytes) -> bytes:
        block = self.known.get(tree + b"/" + name)
        return name_folder(block) if block else b""

    def _remembered(self, tree: bytes, name: bytes, key: bytes) -> ImageFolder | None:
        """A week whose files are those of last time, without a look at them."""
        kinds = self.memory.recall(key) if key else b""
        block = self.known.get(tree + b"/" + name)
        if not kinds or block is None or len(kinds) != len(block):
            return None
        return ImageFolder(tree + b"/" + name, block.names, block.column(SIZE).tobytes(), kinds)

    def _look(self, tree: bytes, name: bytes, at: int) -> ImageFolder | str:
        """One week as it is on disk, or why it cannot be listed. This may run in a process of its own."""
        try:
            folder = os.open(name, _FOLDER, dir_fd=at)
        except OSError as error:
            return _why(error, name, at)
        path = tree + b"/" + name
        try:
            block = self.known.get(path)
            copies = os.path.join(self.copies, name) if self.copies and tree == PAGES else b""
            return _of_block(path, block, folder, copies) if block else _of_listing(path, folder)
        except OSError as error:
            return error.strerror or "cannot be read"
        finally:
            os.close(folder)

    def _lose(self, tree: bytes, week: bytes, why: str) -> None:
        self.gaps.append(f"{spell(tree)}/{spell(week)}: {why}")
        if tree == PAGES:
            self.unknown_weeks.add(week)


def _of_block(path: bytes, block: Block, folder: int, copies: bytes) -> ImageFolder:
    names, are_files = block.list_names(), [stat.S_ISREG(mode & FILE_TYPE) for mode in block.column(MODE)]
    kinds = bytearray(look.kind for look in look_at_heads(folder, names, are_files))
    lost = [row for row, kind in enumerate(kinds) if kind == _UNREADABLE]
    if lost and copies and os.path.isdir(copies):
        aside = os.open(copies, _FOLDER)
        try:
            looks = look_at_heads(aside, [names[row] for row in lost], [True] * len(lost))
        finally:
            os.close(aside)
        for row, look in zip(lost, looks, strict=True):
            kinds[row] = look.kind
    return ImageFolder(path, block.names, block.column(SIZE).tobytes(), bytes(kinds))


def _of_listing(path: bytes, folder: int) -> ImageFolder:
    with os.scandir(folder) as entries:
        listed = sorted((os.fsencode(entry.name), entry.is_file(follow_symlinks=False)) for entry in entries)
    names = [name for name, _ in listed]
    looks = look_at_heads(folder, names, [is_file for _, is_file in listed])
    sizes = array("q", (look.size for look in looks))
    return ImageFolder(path, b"\0".join(names), sizes.tobytes(), bytes(look.kind for look in looks))


def _why(error: OSError, path: bytes, at: int | None = None) -> str:
    """Why a folder was not listed: a link is told as what it is."""
    try:
        if stat.S_ISLNK(os.stat(path, dir_fd=at, follow_symlinks=False).st_mode):
            return "a symbolic link, which is not followed"
    except OSError:
        pass
    return error.strerror or "cannot be read"


def _look_alikes(trees: ImageTrees) -> Iterator[str]:
    """Folders of the study that hold weeks and that nobody named as a tree of images."""
    known = {PAGES, *trees.high}
    try:
        with os.scandir(trees.study_dir) as entries:
            folders = sorted(os.fsencode(entry.name) for entry in entries if entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in folders:
        if name not in known and _holds_weeks(os.path.join(trees.study_dir, name)):
            yield f"{spell(name)} has folders that are named like weeks; no report looks into it"


def _holds_weeks(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(
                _WEEK.fullmatch(os.fsencode(entry.name)) and entry.is_dir(follow_symlinks=False) for entry in entries
            )
    except OSError:
        return False

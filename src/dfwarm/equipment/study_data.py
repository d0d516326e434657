"""
Read the data folder of a study into partials, several files at a time, the largest first.

A file whose digest is known, from a manifest that was taken just now or from reading it, and whose partial is kept, is
not read again. Nothing but regular files is opened and no link is followed; whatever can not be read is a gap.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dfwarm.datafax.journal import TAIL_BYTES, last_entry
from dfwarm.datafax.reports.partial import FileKind, Partial, Reading
from dfwarm.equipment.data_reading import Moved, read_data_file
from dfwarm.equipment.partial_shelf import PartialShelf
from dfwarm.equipment.share import share_out
from dfwarm.equipment.study_files import open_study_file
from dfwarm.equipment.study_setup import StudySetup
from dfwarm.spelling import spell

ALONE_FROM_BYTES = 1 << 28
"""Files of this size are read one after the other, so that memory holds the records of one of them."""

SHARED_FROM_BYTES = 1 << 23
STRANGE_AT_MOST = 1_000
"""Files of no known name that are named; more are counted in a gap."""

_PLATE = re.compile(rb"plt([0-9]{3})\.dat")
_RESERVED = {b"DFqc.dat": FileKind.QUERIES, b"DFreason.dat": FileKind.REASONS, b"DFin.dat": FileKind.NEW_QUEUE}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class StudyData:
    """What the data folder of a study holds, and what of it could not be read."""

    partials: tuple[Partial, ...] = ()
    gaps: tuple[str, ...] = ()
    unread_plates: frozenset[int] = frozenset()
    newest_journal_entry: str = ""


def bytes_of(data_dir: bytes) -> int:
    """How large all files of a data folder are together; 0 where it can not be listed."""
    try:
        with os.scandir(data_dir) as entries:
            return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class _File:
    name: bytes
    size: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class DataReader:
    """
    How the data folder of a study is read.

    `proven` are digests by file name that a manifest of this run gives; a file of which it knows none is hashed. A
    proven file is looked for among the `copies` that were put aside as it was listed, before it is read itself.
    """

    study: int
    setup: StudySetup
    shelf: PartialShelf
    workers: int = 2
    proven: Mapping[bytes, bytes] = field(default_factory=dict)
    copies: bytes = b""

    def read(self, data_dir: bytes) -> StudyData:
        """Read every data file. A folder that can not be listed is one gap."""
        try:
            folder = os.open(data_dir, _FOLDER)
        except OSError as error:
            return StudyData(gaps=(f"data: {error.strerror}",))
        try:
            return self._read(folder)
        finally:
            os.close(folder)

    def read_one(self, data_dir: bytes, name: bytes) -> Partial | str:
        """Read one data file, or say why it can not be read."""
        reading = self._reading(name)
        if reading is None:
            return "no known name of a data file"
        try:
            folder = os.open(data_dir, _FOLDER)
        except OSError as error:
            return error.strerror or "cannot be read"
        try:
            file = _File(name, _size(folder, name), reading)
            return self._take(folder, file, _Work(self, folder, [file]).read(0))
        finally:
            os.close(folder)

    def _read(self, folder: int) -> StudyData:
        names = sorted(map(os.fsencode, os.listdir(folder)))
        strange: list[bytes] = []
        files: list[_File] = []
        for name in names:
            reading = self._reading(name)
            if reading:
                files.append(_File(name, _size(folder, name), reading))
            elif name.endswith(b".dat"):
                strange.append(name)
        gaps = list(_say_strange(strange))
        contents: dict[bytes, bytes | str] = {}
        for group, workers in self._groups(files):
            work = _Work(self, folder, group)
            contents |= {group[at].name: found for at, found in share_out(len(group), work.read, workers)}
        partials: list[Partial] = []
        unread: set[int] = set()
        for file, found in zip(files, self._take_all(folder, files, contents), strict=True):
            if isinstance(found, Partial):
                partials.append(found)
            else:
                gaps.append(f"data/{spell(file.name)}: {found}")
                unread.add(file.reading.plate)
        return StudyData(tuple(partials), tuple(gaps), frozenset(unread - {0}), _newest_entry(folder, names))

    def _take_all(self, folder: int, files: list[_File], contents: Mapping[bytes, bytes | str]) -> list[Partial | str]:
        """The partial of every file. Much is proven by threads: hashing does not hold the interpreter."""

        def take(file: _File) -> Partial | str:
            return self._take(folder, file, contents[file.name])

        if self.workers <= 1 or sum(file.size for file in files) < SHARED_FROM_BYTES:
            return list(map(take, files))
        with ThreadPoolExecutor(self.workers) as pool:
            return list(pool.map(take, files))

    def _groups(self, files: list[_File]) -> Iterator[tuple[list[_File], int]]:
        ordered = sorted(files, key=lambda file: -file.size)
        large = [file for file in ordered if file.size >= ALONE_FROM_BYTES]
        rest = ordered[len(large) :]
        is_much = sum(file.size for file in rest) >= SHARED_FROM_BYTES
        yield from (
            (group, workers) for group, workers in ((large, 1), (rest, self.workers if is_much else 1)) if group
        )

    def _reading(self, name: bytes) -> Reading | None:
        if kind := _RESERVED.get(name):
            return Reading(kind, self.study)
        match = _PLATE.fullmatch(name)
        plate = int(match[1]) if match else 0
        return Reading(FileKind.PLATE, self.study, plate, self.setup.choices(plate)) if plate else None

    def _take(self, folder: int, file: _File, content: bytes | str) -> Partial | str:
        """The kept partial of a content; one that can not be used is made again."""
        if isinstance(content, str):
            return content
        found = self.shelf.find(b"data/" + file.name, file.reading, content)
        if isinstance(found, Partial):
            return found
        return _Work(self, folder, [file]).make(file, content)


def _say_strange(names: list[bytes]) -> Iterator[str]:
    for name in names[:STRANGE_AT_MOST]:
        yield f"data/{spell(name)}: no known name of a data file, so it was not read"
    if (more := len(names) - STRANGE_AT_MOST) > 0:
        yield f"data: {more:,} more files of no known name were not read"


@dataclass(frozen=True, slots=True)
class _Work:
    """What one of several processes does: see that the partial of a file is kept, and say of which content."""

    reader: DataReader
    folder: int
    files: list[_File]

    def read(self, place: int) -> bytes | str:
        """The digest of a file whose partial is kept now, or why there is none."""
        file = self.files[place]
        shelf, path = self.reader.shelf, b"data/" + file.name
        try:
            content = self.reader.proven.get(file.name, b"")
            if not content and shelf.has_some_of(path, file.reading):
                content = self._hash(file)
            if content and shelf.has(path, file.reading, content):
                return content
            made = self.make(file, content)
            if isinstance(made, str):
                return made
            shelf.keep(made)
        except OSError as error:
            return error.strerror or "cannot be read"
        return made.content

    def make(self, file: _File, content: bytes) -> Partial | str:
        """Read a file into its partial; where its content is known it must be that."""
        copy = self._read_copy(file) if content and self.reader.copies else ""
        if isinstance(copy, Partial) and copy.content == content:
            return copy
        made = self._read(self.folder, file)
        if isinstance(made, str):
            return made
        return made if content in (b"", made.content) else "its bytes are not those that were listed"

    def _read_copy(self, file: _File) -> Partial | str:
        try:
            folder = os.open(self.reader.copies, _FOLDER)
        except OSError as error:
            return error.strerror or "cannot be read"
        try:
            return self._read(folder, file)
        finally:
            os.close(folder)

    def _read(self, folder: int, file: _File) -> Partial | str:
        try:
            descriptor = open_study_file(folder, file.name)
            try:
                made = read_data_file(descriptor, b"data/" + file.name, file.reading)
            finally:
                os.close(descriptor)
        except OSError as error:
            return error.strerror or "cannot be read"
        return made.why if isinstance(made, Moved) else made

    def _hash(self, file: _File) -> bytes:
        descriptor = open_study_file(self.folder, file.name)
        with os.fdopen(descriptor, "rb", buffering=0) as opened:
            return hashlib.file_digest(opened, "sha256").digest()


def _size(folder: int, name: bytes) -> int:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size
    except OSError:
        return 0


def _newest_entry(folder: int, names: list[bytes]) -> str:
    """The time of the newest entry of all journals, as written there; empty where none is known."""
    return max((_entry(folder, name) for name in names if name.endswith(b".jnl")), default="")


def _entry(folder: int, name: bytes) -> str:
    try:
        descriptor = open_study_file(folder, name)
        try:
            size = os.fstat(descriptor).st_size
            return last_entry(os.pread(descriptor, TAIL_BYTES, max(0, size - TAIL_BYTES)))
        finally:
            os.close(descriptor)
    except OSError:
        return ""

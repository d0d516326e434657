"""
The partial of one data file: everything that the reports need to know of it, as columns, keyed by its content.

A partial is a pure function of the file's bytes and of its `Reading` (study, plate, kind): both sides make the same
one from the same bytes, and one that was kept on disk proves itself by a digest over all of it. Reports are functions
of partials and never look at the files again.

Rows of records lie in the order of (plate, visit, subject), of queries then of the field that they ask about; what is
the same in all of these lies in the order of the file. Columns:

    key     <u8  visit << 48 | subject - 1; see `pack_key`
    line    <u4  from 1
    offset  <u8  byte offset of the line
    fields  <u2  number of fields without the empty one after a last delimiter
    status  u1
    level   u1
    flags   u1   see `Flag`
    plate   <u2  queries and reasons only: of the record that is meant
    field   <u4  queries and reasons only: field number as written (the record's own is 3 more)
    code    <u4  queries: problem code, reasons: code
    usage   u1   queries only: 1 external, 2 internal, 0 neither
    image_row <u4, image S12  rows and rasters of the records with an image, and of all secondaries
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag, StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.finding import FindingTable

FORMAT = "dfwarm-partial/2"
_DIGEST = 32


class FileKind(StrEnum):
    """What the lines of a data file are."""

    PLATE = "plate"
    NEW_QUEUE = "new queue"
    QUERIES = "queries"
    REASONS = "reasons"


class Flag(IntFlag):
    """What is remarkable about a record."""

    MISSED = 1
    """Status 0 above level 0, 11 fields."""
    SUPERSEDED = 2
    """A later line of the file is the same record: the same key, of secondaries the same image as well."""
    NOT_UTF8 = 4
    """Its bytes are no UTF-8; they are read as Latin-1 where they are shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. Part of what a partial is kept under: another reading is another partial."""

    kind: FileKind
    study: int
    plate: int = 0
    choices: tuple[tuple[int, tuple[bytes, ...]], ...] = ()

    def digest(self, content: bytes) -> bytes:
        """What a partial of this reading is kept under, given the SHA-256 of the file's content."""
        choices = b"".join(
            b"%d:%s;" % (field, b",".join(code.hex().encode() for code in codes)) for field, codes in self.choices
        )
        head = f"{FORMAT}\0{self.kind}\0{self.study}\0{self.plate}\0".encode()
        return hashlib.sha256(head + choices + b"\0" + content).digest()


@dataclass(frozen=True, slots=True)
class Partial:
    """
    What one file holds.

    `content` is its SHA-256, `lines` counts every line, `faulty` those that are no record. `faults` are located, and
    complete unless `unlocated` faults more than could be kept were only counted. `columns` hold the records.
    """

    file: bytes
    reading: Reading
    content: bytes
    size: int
    lines: int
    faulty: int
    unlocated: int
    faults: FindingTable
    columns: tuple[tuple[str, str, bytes | memoryview], ...]

    @property
    def records(self) -> int:
        """How many records there are."""
        return len(self.column("status"))

    def column(self, name: str) -> NDArray[Any]:
        """One column of the records, by its name; it cannot be written to. Raises KeyError."""
        for known, dtype, packed in self.columns:
            if known == name:
                return np.frombuffer(packed, dtype)
        raise KeyError(name)

    def flagged(self, flag: Flag) -> NDArray[np.bool_]:
        """Which records bear a flag."""
        found: NDArray[np.bool_] = (self.column("flags") & flag.value) != 0
        return found


def pack_key(visit: int, subject: int) -> int:
    """Visit and subject of a legal key in 64 bits; subjects count from 1 to 2^48, visits from 0 to 65,535."""
    return visit << 48 | (subject - 1)


def unpack_key(packed: int, plate: int) -> Key:
    """The key again."""
    return Key((packed & ((1 << 48) - 1)) + 1, packed >> 48, plate)


class PartialUnusable(Exception):
    """Bytes that are no partial of this format, or not the one that was asked for. It is made anew."""


def encode(partial: Partial) -> Iterator[bytes | memoryview]:
    """The canonical bytes of a partial in pieces: a line of JSON, the columns, the faults, the digest of it all."""
    head = {
        "format": FORMAT,
        "file": partial.file.hex(),
        "kind": partial.reading.kind,
        "study": partial.reading.study,
        "plate": partial.reading.plate,
        "key": partial.reading.digest(partial.content).hex(),
        "content": partial.content.hex(),
        "size": partial.size,
        "lines": partial.lines,
        "faulty": partial.faulty,
        "unlocated": partial.unlocated,
        "texts": list(partial.faults.texts),
        "columns": [[name, dtype, len(packed)] for name, dtype, packed in partial.columns],
        "faults": len(partial.faults.rows),
    }
    digest = hashlib.sha256()
    first = json.dumps(head, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    for piece in (first, *(packed for _, _, packed in partial.columns), partial.faults.rows):
        digest.update(piece)
        yield piece
    yield digest.digest()


def decode(packed: bytes | memoryview, file: bytes, reading: Reading, content: bytes) -> Partial:
    """
    Read the partial of a file of that content. Raises PartialUnusable unless it is whole and the very one.

    The columns are views of `packed`; nothing is copied.
    """
    try:
        body, end, head = _open(packed)
        if head["key"] != reading.digest(content).hex() or head["file"] != file.hex():
            raise PartialUnusable("it is another file's")
        return _decode(body, end + 1, head, reading)
    except (ValueError, KeyError, TypeError) as error:
        raise PartialUnusable(str(error)) from error


def read_answer(packed: bytes) -> Partial:
    """Read a partial that another host sent, of whatever file and content. Raises PartialUnusable."""
    try:
        body, end, head = _open(packed)
        return _decode(body, end + 1, head, Reading(FileKind(head["kind"]), head["study"], head["plate"]))
    except (ValueError, KeyError, TypeError) as error:
        raise PartialUnusable(str(error)) from error


def _open(packed: bytes | memoryview) -> tuple[memoryview, int, dict[str, Any]]:
    """The bytes of a whole partial, where its first line ends, and what that says."""
    whole = memoryview(packed)
    body, digest = whole[:-_DIGEST], whole[-_DIGEST:]
    if hashlib.sha256(body).digest() != digest:
        raise PartialUnusable("its digest does not hold")
    end = _find_line_end(body)
    head: dict[str, Any] = json.loads(bytes(body[:end]))
    if head["format"] != FORMAT:
        raise PartialUnusable("it is of another format")
    return body, end, head


def _find_line_end(body: memoryview) -> int:
    """Where the first line ends; texts of findings make it long, but not endless."""
    for at in range(0, len(body), 1 << 16):
        found = bytes(body[at : at + (1 << 16)]).find(b"\n")
        if found >= 0:
            return at + found
    return len(body)


def _decode(body: memoryview, at: int, head: dict[str, Any], reading: Reading) -> Partial:
    file = bytes.fromhex(head["file"])
    columns: list[tuple[str, str, bytes | memoryview]] = []
    for name, dtype, length in head["columns"]:
        columns.append((name, dtype, body[at : at + length]))
        at += length
    faults = FindingTable(file, bytes(body[at : at + head["faults"]]), tuple(head["texts"]))
    numbers = (head["size"], head["lines"], head["faulty"], head["unlocated"])
    return Partial(file, reading, bytes.fromhex(head["content"]), *numbers, faults, tuple(columns))

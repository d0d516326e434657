"""Manifests made of entries, so that a test can say what a tree holds without a disk."""

import hashlib
import stat
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.manifest.block import NO_DIGEST, Block
from dfwarm.manifest.listing import Gap, Manifest
from dfwarm.manifest.people import People

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = 1_700_000_000
MTIME = SECOND * 1_000_000_000
PEOPLE = People(((0, "root"), (500, "datafax")), ((0, "root"), (500, "studies")))


@dataclass(frozen=True, slots=True)
class Made:
    """One entry: a file unless the mode says otherwise. Its digest is that of its content; `None` was not read."""

    path: bytes
    content: bytes | None = b""
    mode: int = stat.S_IFREG | 0o644
    size: int = -1
    mtime_ns: int = MTIME
    uid: int = 500
    gid: int = 500
    target: bytes = b""
    read_at: int = SECOND
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def digest(self) -> bytes:
        if not stat.S_ISREG(self.mode) or self.content is None:
            return NO_DIGEST
        return hashlib.sha256(self.content).digest()

    @property
    def length(self) -> int:
        return (
            self.size if self.size >= 0 else len(self.content or b"") if stat.S_ISREG(self.mode) else len(self.target)
        )


def folder(path: bytes, *, mtime_ns: int = MTIME, mode: int = 0o755) -> Made:
    return Made(path, None, stat.S_IFDIR | mode, mtime_ns=mtime_ns, read_at=0)


def link(path: bytes, target: bytes) -> Made:
    return Made(path, None, stat.S_IFLNK | 0o777, mtime_ns=0, target=target, read_at=0)


@dataclass(slots=True)
class Tree:
    """Entries below a root; folders on the way are made up."""

    entries: Iterable[Made] = ()
    people: People = PEOPLE
    links: tuple[tuple[bytes, ...], ...] = ()
    gaps: tuple[Gap, ...] = field(default=())

    def manifest(self) -> Manifest:
        found = {entry.path: entry for entry in self.entries}
        for path in tuple(found):
            parts = path.split(b"/")
            for depth in range(1, len(parts)):
                found.setdefault(b"/".join(parts[:depth]), folder(b"/".join(parts[:depth])))
        found.pop(b".", None)
        blocks = {b"": [folder(b".")], b".": []}
        for path, entry in sorted(found.items()):
            blocks.setdefault(path.rpartition(b"/")[0] or b".", []).append(entry)
            if stat.S_ISDIR(entry.mode):
                blocks.setdefault(path, [])
        packed = tuple(pack(name, rows) for name, rows in sorted(blocks.items()))
        return Manifest(NOON, NOON, self.people, packed, self.links, self.gaps)


def pack(name: bytes, rows: list[Made]) -> Block:
    rows = sorted(rows, key=lambda row: row.path.rpartition(b"/")[2])
    columns = zip(*((row.mode, row.length, row.mtime_ns, row.uid, row.gid) for row in rows), strict=True)
    return Block(
        folder=name,
        names=b"\0".join(row.path.rpartition(b"/")[2] for row in rows),
        numbers=b"".join(array("q", column).tobytes() for column in columns),
        targets=b"\0".join(row.target for row in rows if stat.S_ISLNK(row.mode)),
        digests=b"".join(row.digest for row in rows),
        attributes="".join(
            f"{number}\0{key}\0{text}\n" for number, row in enumerate(rows) for key, text in row.attributes
        ).encode(),
        readings=array("q", [row.read_at if row.digest != NO_DIGEST else 0 for row in rows]).tobytes(),
    )


def made(*entries: Made, **more: object) -> Manifest:
    return Tree(entries, **more).manifest()  # type: ignore[arg-type]

"""
What is refused before a byte of a zip file is unpacked.

A name may lead out of a folder, two may mean one file, a few kilobytes may swell to a disk full: none of that is in an
export that dfwarm made, so a file that has it is refused whole.
"""

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.errors import ExportRefused
from dfwarm.evidence.export.layout import strangers

MOST_MEMBERS = 100_000
MOST_BYTES = 32 << 30
MOST_RATIO = 100
SMALL_BYTES = 1 << 20
"""Below this size a member may be packed as tightly as it will."""

STORED, DEFLATED = 0, 8
_ENCRYPTED = 0x41
_LOCAL_HEADER_BYTES = 30
_DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Member:
    """One member as the directory of a zip file describes it, before anything of it is believed."""

    name: str
    size: int
    packed: int
    offset: int
    method: int
    flags: int
    mode: int

    @property
    def is_swelling(self) -> bool:
        """Whether it is packed more tightly than dfwarm packs."""
        return self.size > SMALL_BYTES and self.size > MOST_RATIO * self.packed


def refuse_unsafe(members: tuple[Member, ...], file_bytes: int) -> None:
    """Refuse a zip file by its directory. Raises ExportRefused with the first thing that speaks against it."""
    if not members:
        raise ExportRefused("the file holds nothing")
    if len(members) > MOST_MEMBERS:
        raise ExportRefused(f"the file holds {len(members)} members, more than any export ({MOST_MEMBERS})")
    for member in members:
        for problem in _problems(member):
            raise ExportRefused(f"{member.name[:80]!r} {problem}")
    _refuse_total(members)
    _refuse_doubles(members)
    _refuse_overlaps(members, file_bytes)
    if strange := strangers(frozenset(member.name for member in members)):
        raise ExportRefused(f"{strange[0][:80]!r} is no file of an export")


def _problems(member: Member) -> Iterator[str]:
    yield from _name_problems(member.name)
    if member.flags & _ENCRYPTED:
        yield "is encrypted"
    if member.method not in (STORED, DEFLATED):
        yield f"is packed by method {member.method}, which no export uses"
    if stat.S_IFMT(member.mode) not in (0, stat.S_IFREG):
        yield "is a link or no plain file"
    if member.is_swelling:
        yield f"swells from {member.packed:,} to {member.size:,} bytes, more than {MOST_RATIO} times"


def _name_problems(name: str) -> Iterator[str]:
    parts = name.split("/")
    if "\\" in name:
        yield "has a backslash in its name"
    if name.startswith("/") or _DRIVE.match(name):
        yield "has an absolute name"
    if ".." in parts:
        yield "leads out of the folder"
    if name.endswith("/"):
        yield "is a folder entry"
    if not name.isascii() or not name.isprintable() or not all(parts) or "." in parts:
        yield "has a name that no export has"


def _refuse_total(members: tuple[Member, ...]) -> None:
    total = sum(member.size for member in members)
    if total > MOST_BYTES:
        raise ExportRefused(f"the file would swell to {total:,} bytes, more than {MOST_BYTES:,}")


def _refuse_doubles(members: tuple[Member, ...]) -> None:
    """Names that are one file on some system, and files that would have to be folders."""
    seen: set[str] = set()
    for member in members:
        if member.name.lower() in seen:
            raise ExportRefused(f"{member.name[:80]!r} is there twice")
        seen.add(member.name.lower())
    for name in seen:
        folder = name.rpartition("/")[0]
        if folder in seen:
            raise ExportRefused(f"{folder[:80]!r} is a file and a folder")


def _refuse_overlaps(members: tuple[Member, ...], file_bytes: int) -> None:
    """Each member has bytes of its own, and the first of them is where the file begins."""
    end = 0
    for member in sorted(members, key=lambda each: each.offset):
        if member.offset < end or (not end and member.offset):
            raise ExportRefused(f"{member.name[:80]!r} shares its bytes, or something lies before it")
        end = member.offset + _LOCAL_HEADER_BYTES + len(member.name) + member.packed
    if end > file_bytes:
        raise ExportRefused("the file is cut short")

"""An exported zip file, read where it lies: nothing is unpacked to disk, and nothing is read that the guard refuses."""

import hashlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dfwarm.errors import ExportRefused
from dfwarm.evidence.bundle import Bundle, Files
from dfwarm.evidence.export.guard import Member, refuse_unsafe
from dfwarm.evidence.export.layout import BAG, BAG_INFO, PAYLOAD, PAYLOAD_SUMS, TAG_SUMS, find_bundles, is_bag
from dfwarm.terms import CycleId

_PIECE = 1 << 20
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    ValueError,
    OverflowError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Export:
    """An open export that the guard let pass."""

    archive: zipfile.ZipFile
    names: frozenset[str]

    def bundles(self, *, is_pending_accepted: bool = False) -> Iterator[tuple[str, Bundle]]:
        """Each bundle with its folder. A bundle is asked for the cycle that its folder is named after."""
        for folder, names in find_bundles(self.names).items():
            cycle = CycleId.parse(folder.rstrip("/").rpartition("/")[2])
            yield folder, Bundle(self._files(folder, names), cycle, is_pending_accepted)

    def read(self, name: str, most: int) -> bytes:
        """At most so many bytes of a member. Raises ExportRefused."""
        try:
            with self.archive.open(name) as member:
                return member.read(most)
        except _BROKEN as error:
            raise ExportRefused(f"{name!r} cannot be unpacked: {error}") from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """All of a member, piece by piece. Raises ExportRefused, also where its check sum does not hold."""
        try:
            with self.archive.open(name) as member:
                while piece := member.read(_PIECE):
                    yield piece
        except _BROKEN as error:
            raise ExportRefused(f"{name!r} cannot be unpacked: {error}") from error

    def refuse_broken_bag(self) -> None:
        """Hold the sums of a bag against its files. An export that is no bag has none. Raises ExportRefused."""
        if not is_bag(self.names):
            return
        payload = frozenset(name for name in self.names if name.startswith(PAYLOAD))
        self._hold(PAYLOAD_SUMS, payload)
        self._hold(TAG_SUMS, frozenset((BAG, BAG_INFO, PAYLOAD_SUMS)))

    def _hold(self, sums: str, expected: frozenset[str]) -> None:
        listed = {line[66:]: line[:64] for line in self._lines(sums)}
        if listed.keys() != expected:
            odd = min(listed.keys() ^ expected)
            raise ExportRefused(f"{odd!r} is listed and missing in the bag, or not listed in {sums}")
        for name, digest in listed.items():
            found = hashlib.sha256()
            for piece in self.pieces(name):
                found.update(piece)
            if found.hexdigest() != digest:
                raise ExportRefused(f"{name!r} has another SHA-256 than {sums} lists")

    def _lines(self, sums: str) -> list[str]:
        if sums not in self.names:
            raise ExportRefused(f"the bag has no {sums}")
        lines = b"".join(self.pieces(sums)).decode("ascii", "replace").splitlines()
        for line in lines:
            if line[64:66] != "  ":
                raise ExportRefused(f"{sums} has a line that is no digest and name: {line[:80]!r}")
        return lines

    def _files(self, folder: str, names: frozenset[str]) -> Files:
        return Files(
            names,
            lambda name, most: self.read(folder + name, most),
            lambda name: self.pieces(folder + name),
        )


@contextmanager
def open_export(path: Path) -> Iterator[Export]:
    """Open an exported zip file for the length of a block. Raises ExportRefused."""
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as error:
        raise ExportRefused(f"{path} is no zip file that can be read: {error}") from error
    with archive:
        if archive.comment:
            raise ExportRefused(f"{path} has a comment, and no export has one")
        members = tuple(map(_member, archive.infolist()))
        refuse_unsafe(members, path.stat().st_size)
        yield Export(archive, frozenset(member.name for member in members))


def _member(info: zipfile.ZipInfo) -> Member:
    return Member(
        name=info.orig_filename,
        size=info.file_size,
        packed=info.compress_size,
        offset=info.header_offset,
        method=info.compress_type,
        flags=info.flag_bits,
        mode=stat.S_IFDIR if info.orig_filename.endswith("/") else info.external_attr >> 16,
    )

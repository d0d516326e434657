"""What a tree looks like, folder by folder: to see whether it moved, and whether a copy of it is like it."""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.equipment.folder import GID, MODE, MTIME, SIZE, UID, Listed
from dfwarm.equipment.walk import walk
from dfwarm.gate.manifest import workers

_PORTABLE = (MODE, UID, GID, MTIME)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Each folder by its path: a digest of all that the kernel said of it, and one of what a copy keeps."""

    seen: dict[bytes, bytes]
    portable: dict[bytes, bytes]

    @classmethod
    def of(cls, folder: bytes) -> "Likeness":
        """Look at every folder of a tree. One that could not be read has an empty digest and is like nothing."""
        seen: dict[bytes, bytes] = {}
        portable: dict[bytes, bytes] = {}
        for found in walk(folder, {}, workers=workers()):
            if isinstance(found, Listed):
                seen[found.path], portable[found.path] = found.seen, b"" if found.gaps else _portable(found)
            elif not isinstance(found, bytes):
                seen[found.path] = portable[found.path] = b""
        return cls(seen, portable)

    def moved_in(self, folder: bytes) -> Iterator[bytes]:
        """The folders in which anything moved since."""
        yield from _unlike(self.seen, Likeness.of(folder).seen)

    def unlike(self, copy: bytes) -> Iterator[bytes]:
        """The folders of which a copy is not a true one."""
        yield from _unlike(self.portable, Likeness.of(copy).portable)


def _unlike(before: dict[bytes, bytes], now: dict[bytes, bytes]) -> list[bytes]:
    paths = before.keys() | now.keys()
    return sorted(path for path in paths if not before.get(path) or before.get(path) != now.get(path))


def _portable(found: Listed) -> bytes:
    digest = hashlib.sha256(b"/".join(found.names) + b"\0" + b"\0".join(found.targets))
    for field in _PORTABLE:
        digest.update(found.columns[field])
    modes = found.columns[MODE]
    for mode, size in zip(modes, found.columns[SIZE], strict=True):
        if stat.S_ISREG(mode):
            digest.update(size.to_bytes(8, "big"))
    return digest.digest()

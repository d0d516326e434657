"""Listings packed with gzip: the same text gives the same bytes, without a name or a time in them."""

import hashlib
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

_GZIP = 31
_LEVEL = 1
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed text and the SHA-256 of the plain one."""

    content: bytes
    digest: str


def pack(pieces: Iterable[bytes]) -> Packed:
    """Pack a text that comes in pieces."""
    packer, digest, packed = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP), hashlib.sha256(), []
    for piece in _joined(pieces):
        digest.update(piece)
        packed.append(packer.compress(piece))
    packed.append(packer.flush())
    return Packed(b"".join(packed), digest.hexdigest())


def pack_all(texts: Iterable[Iterable[bytes]]) -> list[Packed]:
    """Pack several texts beside each other: zlib and hashlib leave the interpreter to others while they work."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(pack, texts))


def _joined(pieces: Iterable[bytes]) -> Iterable[bytes]:
    """Larger pieces, so that neither zlib nor hashlib is called for every folder."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)

"""Listings packed with gzip: the same text gives the same bytes, without a name or a time in them."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from dfwarm.evidence.members import cut, pack_member


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed text and the SHA-256 of the plain one."""

    content: bytes
    digest: str


def pack(pieces: Iterable[bytes]) -> Packed:
    """Pack a text that comes in pieces, in members that days that are alike share (see `evidence/members`)."""
    digest, packed = hashlib.sha256(), []
    for member in cut(pieces):
        digest.update(member)
        packed.append(pack_member(member))
    return Packed(b"".join(packed) or pack_member(b""), digest.hexdigest())


def pack_all(texts: Iterable[Iterable[bytes]]) -> list[Packed]:
    """Pack several texts beside each other: zlib and hashlib leave the interpreter to others while they work."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(pack, texts))

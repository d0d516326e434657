"""Listings packed with gzip: the same text gives the same bytes, without a name or a time in them."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from dfwarm.evidence.members import Cut, cut, pack_member
from dfwarm.manifest.rendering import Texts


@dataclass(frozen=True, slots=True)
class Packed:
    """A packed text and the SHA-256 of the plain one."""

    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Press:
    """
    Packs listings, and keeps what it wrote: most of a listing is that of an hour ago, and is not written twice.

    What is kept goes by the text itself, so nothing of another text can come out. Any thread may pack.
    """

    texts: Texts = field(default_factory=Texts)
    _cuts: dict[tuple[bytes, bytes], Cut] = field(default_factory=dict)
    _members: dict[bytes, bytes] = field(default_factory=dict)

    def forget(self) -> None:
        """Keep nothing of what was written so far: the next study has other folders."""
        self.texts.forget()
        self._cuts.clear()
        self._members.clear()

    def pack(self, pieces: Iterable[bytes]) -> Packed:
        """Pack a text that comes in pieces, in members that days that are alike share (see `evidence/members`)."""
        digest, packed = hashlib.sha256(), []
        for member in cut(pieces, self._cuts):
            digest.update(member)
            if member not in self._members:
                self._members[member] = pack_member(member)
            packed.append(self._members[member])
        return Packed(b"".join(packed) or pack_member(b""), digest.hexdigest())

    def pack_all(self, texts: Iterable[Iterable[bytes]]) -> list[Packed]:
        """Pack several texts beside each other: zlib and hashlib leave the interpreter to others while they work."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.pack, texts))

"""The manifest of one root: every folder's block, the names of owners and groups, and what could not be read."""

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dfwarm.manifest.block import READ, SIZE, Block, without_reading_times
from dfwarm.manifest.entry import Entry


class GapKind(StrEnum):
    """Why something was not examined."""

    UNREADABLE = "unreadable"
    CHANGED = "changed while it was read"
    VANISHED = "vanished while it was listed"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something below the root that was not examined."""

    path: bytes
    kind: GapKind
    why: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    Every entry below a root, as its own host saw it between two moments.

    The blocks go by folder in the order of their path bytes; the first one holds the root's own entry under the
    folder name `b""`.
    """

    began_at: datetime
    ended_at: datetime
    people: tuple[str, ...]
    blocks: tuple[Block, ...]
    gaps: tuple[Gap, ...]

    def __len__(self) -> int:
        return sum(map(len, self.blocks))

    def entries(self) -> Iterator[Entry]:
        """Every entry, folder by folder."""
        for block in self.blocks:
            yield from block.entries(self.people)

    @property
    def files(self) -> int:
        """How many regular files there are."""
        return sum(stat.S_ISREG(mode) for block in self.blocks for mode in block.columns()[0::7])

    @property
    def bytes(self) -> int:
        """The bytes of all entries together."""
        return sum(sum(block.columns()[SIZE::7]) for block in self.blocks)

    @property
    def oldest_reading(self) -> int:
        """The second in which the file that was not read for longest was read; 0 where there is none."""
        return min((at for block in self.blocks for at in block.columns()[READ::7] if at), default=0)

    @property
    def content_root(self) -> str:
        """SHA-256 over path, kind, size, target and digest of every entry: equal content, equal root."""
        return self._root(has_metadata=False)

    @property
    def metadata_root(self) -> str:
        """SHA-256 over everything that is compared of every entry."""
        return self._root(has_metadata=True)

    def _root(self, *, has_metadata: bool) -> str:
        digest = hashlib.sha256()
        if has_metadata:
            digest.update("\0".join(self.people).encode() + b"\0\0")
        for block in self.blocks:
            numbers = without_reading_times(block) if has_metadata else _content_numbers(block)
            for part in (block.folder, block.names, numbers, block.targets, block.digests):
                digest.update(len(part).to_bytes(8, "big"))
                digest.update(part)
        return digest.hexdigest()


def _content_numbers(block: Block) -> bytes:
    """Kind and size of each entry; the permission bits and times are metadata."""
    numbers = block.columns()
    kinds = numbers[0::7]
    for row, mode in enumerate(kinds):
        kinds[row] = mode & ~0o7777
    return kinds.tobytes() + numbers[SIZE::7].tobytes()

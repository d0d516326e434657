"""
One digest for a whole tree.

Of each folder SHA-256 is taken over its parts, each behind its length (8 bytes, big end first); the root is SHA-256
over a format line and the digests of the folders in the order of their paths. For the content the parts are folder,
names, kinds, sizes, targets and digests. For the metadata they are folder, names, modes, times, places of the owner
and of the group in the sorted list of names, and attributes; before the folders come those names and the groups of
hard links. Numbers are 8 bytes, little end first. `docs/reference/manifest.md` has it at length.
"""

import hashlib
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from dfwarm.manifest.block import FILE_TYPE, GID, MODE, MTIME, SIZE, UID, Block, is_equal
from dfwarm.manifest.people import People, common_numbers

_CONTENT = b"dfwarm-content-root/1\n"
_METADATA = b"dfwarm-metadata-root/1\n"


class Known:
    """
    Digests of folders that were taken already: a folder that is equal on both sides is digested once.

    Two blocks that are equal have the same digest, so nothing of another tree can come out. It is good for one kind of
    root, and for metadata only among manifests with the same people.
    """

    def __init__(self) -> None:
        self._taken: dict[bytes, tuple[Block, bytes]] = {}

    def digest_of(self, block: Block, parts: Callable[[], Iterable[bytes]]) -> bytes:
        """The digest of a block, whose parts are only made where it is not known."""
        before = self._taken.get(block.folder)
        if before and is_equal(before[0], block):
            return before[1]
        digest = _digest(parts())
        self._taken[block.folder] = (block, digest)
        return digest


def of_content(blocks: Iterable[Block], known: Known | None = None) -> str:
    """Digest path, kind, size, target and bytes of every entry."""
    known = known or Known()
    digest = hashlib.sha256(_CONTENT)
    for block in blocks:
        digest.update(known.digest_of(block, partial(_content_parts, block)))
    return digest.hexdigest()


def of_metadata(
    blocks: Iterable[Block], people: People, links: tuple[tuple[bytes, ...], ...], known: Known | None = None
) -> str:
    """Digest mode, times, owner, group, attributes and hard links of every entry."""
    known = known or Known()
    digest = hashlib.sha256(_METADATA)
    digest.update(_digest(sorted({name.encode() for _, name in (*people.owners, *people.groups)})))
    digest.update(_digest(b"\0".join(group) for group in links))
    owners, groups = common_numbers(people.owners, people.groups)
    for block in blocks:
        digest.update(known.digest_of(block, partial(_metadata_parts, block, owners, groups)))
    return digest.hexdigest()


def _content_parts(block: Block) -> tuple[bytes, ...]:
    modes = block.column(MODE)
    kinds = {mode: mode & FILE_TYPE for mode in set(modes)}
    parts = (_packed(map(kinds.__getitem__, modes)), _packed(block.column(SIZE)), block.targets, block.digests)
    return (block.folder, block.names, *parts)


def _metadata_parts(block: Block, owners: Mapping[int, int], groups: Mapping[int, int]) -> tuple[bytes, ...]:
    numbers = (
        _packed(block.column(MODE)),
        _packed(block.column(MTIME)),
        _packed(map(owners.__getitem__, block.column(UID))),
        _packed(map(groups.__getitem__, block.column(GID))),
    )
    return (block.folder, block.names, *numbers, block.attributes)


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _packed(numbers: Iterable[int]) -> bytes:
    packed = array("q", numbers)
    if sys.byteorder == "big":  # pragma: no cover
        packed.byteswap()
    return packed.tobytes()

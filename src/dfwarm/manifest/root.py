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
from collections.abc import Iterable

from dfwarm.manifest.block import FILE_TYPE, GID, MODE, MTIME, SIZE, UID, Block
from dfwarm.manifest.people import People, common_numbers

_CONTENT = b"dfwarm-content-root/1\n"
_METADATA = b"dfwarm-metadata-root/1\n"


def of_content(blocks: Iterable[Block]) -> str:
    """Digest path, kind, size, target and bytes of every entry."""
    digest = hashlib.sha256(_CONTENT)
    kinds: dict[int, int] = {}
    for block in blocks:
        modes = block.column(MODE)
        kinds |= {mode: mode & FILE_TYPE for mode in set(modes)}
        parts = (_packed(map(kinds.__getitem__, modes)), _packed(block.column(SIZE)), block.targets, block.digests)
        digest.update(_digest((block.folder, block.names, *parts)))
    return digest.hexdigest()


def of_metadata(blocks: Iterable[Block], people: People, links: tuple[tuple[bytes, ...], ...]) -> str:
    """Digest mode, times, owner, group, attributes and hard links of every entry."""
    digest = hashlib.sha256(_METADATA)
    digest.update(_digest(sorted({name.encode() for _, name in (*people.owners, *people.groups)})))
    digest.update(_digest(b"\0".join(group) for group in links))
    owners, groups = common_numbers(people.owners, people.groups)
    for block in blocks:
        parts = (
            _packed(block.column(MODE)),
            _packed(block.column(MTIME)),
            _packed(map(owners.__getitem__, block.column(UID))),
            _packed(map(groups.__getitem__, block.column(GID))),
        )
        digest.update(_digest((block.folder, block.names, *parts, block.attributes)))
    return digest.hexdigest()


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

"""
The negative control: a known difference of one byte goes through the same comparison and has to be found.

It is a system suitability test: a comparison that would call anything equal is seen before its word is taken.
"""

from dataclasses import replace

from dfwarm.manifest.block import DIGEST_BYTES, NO_DIGEST, Block
from dfwarm.manifest.difference import DifferenceKind, compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope


def is_difference_found(manifest: Manifest, scope: Scope) -> bool:
    """Flip one bit of one file's digest, compare, and tell whether just that difference is found."""
    for place, block in enumerate(manifest.blocks):
        for row, entry in enumerate(block.entries(manifest.people)):
            digest = block.digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]
            if digest == NO_DIGEST or scope.excludes(entry.path):
                continue
            seeded = replace(manifest, blocks=_with(manifest.blocks, place, _flip(block, row)))
            found = compare(manifest, seeded, scope).differences
            return [(each.path, each.kind) for each in found] == [(entry.path, DifferenceKind.CONTENT)]
    return False


def _flip(block: Block, row: int) -> Block:
    digests = bytearray(block.digests)
    digests[row * DIGEST_BYTES] ^= 1
    return replace(block, digests=bytes(digests))


def _with(blocks: tuple[Block, ...], place: int, block: Block) -> tuple[Block, ...]:
    return (*blocks[:place], block, *blocks[place + 1 :])

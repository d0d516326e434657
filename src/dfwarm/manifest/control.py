"""
The negative control: a known difference of one byte goes through the same comparison and has to be found.

It is a system suitability test: a comparison that would call anything equal is seen before its word is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from dfwarm.manifest.block import DIGEST_BYTES, MODE, Block
from dfwarm.manifest.difference import Difference, DifferenceKind, compare
from dfwarm.manifest.entry import Kind, kind_of
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope


@dataclass(frozen=True, slots=True)
class Control:
    """One seeded difference and what the comparison found. `path` is empty where there was no file to seed it in."""

    path: bytes
    found: tuple[Difference, ...]

    @property
    def is_detected(self) -> bool:
        """Whether just the seeded difference was found."""
        return [(each.path, each.kind) for each in self.found] == [(self.path, DifferenceKind.CONTENT)]


def control(manifest: Manifest, scope: Scope, *, seed: int) -> Control:
    """Flip one bit of one file's digest, chosen by the seed among the files in scope, and compare."""
    block_places = range(len(manifest.blocks))
    start = seed % len(manifest.blocks) if manifest.blocks else 0
    for place in (*block_places[start:], *block_places[:start]):
        block = manifest.blocks[place]
        rows = list(_seedable(block, scope))
        if rows:
            row = rows[seed % len(rows)]
            path = block.path_of(block.list_names()[row])
            seeded = replace(manifest, blocks=_with(manifest.blocks, place, _flip(block, row)))
            return Control(path, compare(manifest, seeded, scope).differences)
    return Control(b"", ())


def is_difference_found(manifest: Manifest, scope: Scope, *, seed: int = 0) -> bool:
    """Tell whether the comparison finds a known difference of one bit in what a file holds."""
    return control(manifest, scope, seed=seed).is_detected


def _seedable(block: Block, scope: Scope) -> Iterator[int]:
    unread = set(block.unread_files())
    for row, (name, mode) in enumerate(zip(block.list_names(), block.column(MODE), strict=True)):
        if kind_of(mode) is Kind.FILE and row not in unread and not scope.excludes(block.path_of(name)):
            yield row


def _flip(block: Block, row: int) -> Block:
    digests = bytearray(block.digests)
    digests[row * DIGEST_BYTES] ^= 1
    return replace(block, digests=bytes(digests))


def _with(blocks: tuple[Block, ...], place: int, block: Block) -> tuple[Block, ...]:
    return (*blocks[:place], block, *blocks[place + 1 :])

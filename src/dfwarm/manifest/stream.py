"""
A manifest on its way between hosts: compressed frames, then a trailer with the count and the digest of everything.

Layout: a magic line, then one zlib stream of frames (a length of 8 bytes, big end first, and that many bytes): the
head as JSON, the blocks, and the trailer `entries N sha256 H`. A block is seven frames; one that the reader holds from
an earlier listing is the single frame `=` and its folder. H is taken over the head and over every block as if it had
been sent whole, so what a reader puts together from both is proven like the rest. A stream without its whole trailer
is no manifest, never a shorter one.
"""

import hashlib
import itertools
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.manifest.block import COLUMNS, DIGEST_BYTES, GID, UID, Block
from dfwarm.manifest.listing import Gap, Manifest
from dfwarm.manifest.people import People

MAGIC = b"dfwarm-manifest/3\n"
QUICK, AS_IT_IS = 1, 0
"""How much a stream is squeezed: for a network, or for a disk of our own."""

Blocks = Mapping[bytes, Block]
NOTHING_HELD: Blocks = {}

_LENGTH = 8
_PARTS = tuple(part.name for part in fields(Block))
_PIECE = 1 << 20
_HELD = b"="
_SENT = b"+"


@dataclass(frozen=True, slots=True)
class _Head:
    began_at: datetime
    ended_at: datetime
    byte_order: str
    people: People
    links: tuple[tuple[bytes, ...], ...]
    gaps: tuple[Gap, ...]
    blocks: int


def encode(manifest: Manifest, held: Blocks = NOTHING_HELD, *, squeeze: int = QUICK) -> Iterator[bytes]:
    """Write a manifest piece by piece; blocks that the reader holds are only named."""
    stream, digest = zlib.compressobj(squeeze), hashlib.sha256()
    yield MAGIC
    for frame in _frames(manifest, held, digest):
        if piece := stream.compress(_framed(frame)):
            yield piece
    yield stream.compress(_framed(_trailer(manifest, digest))) + stream.flush()


def decode(stream: bytes, held: Blocks = NOTHING_HELD, *, is_own: bool = False) -> Manifest:
    """
    Read a manifest, with the blocks that were held before.

    One of our own (`is_own`) was looked through when it came: its digest proves that it is the same still. Raises
    AnswerRefused where a byte of it is missing, surplus, altered or out of order, or where a block is not held.
    """
    if not stream.startswith(MAGIC):
        raise AnswerRefused(f"not a manifest of this release: {stream[:40]!r}")
    digest = hashlib.sha256()
    frames = _split(stream[len(MAGIC) :])
    encoded = _take(frames)
    head = wire.load(_Head, encoded)
    if head.byte_order != sys.byteorder:
        raise AnswerRefused(f"the manifest's numbers are {head.byte_order}-endian and ours are {sys.byteorder}-endian")
    digest.update(_framed(encoded))
    blocks = tuple(_read_block(frames, held, digest) for _ in range(head.blocks))
    manifest = Manifest(head.began_at, head.ended_at, head.people, blocks, head.links, head.gaps)
    if next(frames, b"") != _trailer(manifest, digest) or next(frames, None) is not None:
        raise AnswerRefused("the manifest's trailer does not fit what came before it")
    if not is_own:
        _check(manifest, held)
    return manifest


def name_blocks(blocks: Iterable[Block]) -> str:
    """SHA-256 over blocks in the order of their folders: by this name two hosts know that they hold the same ones."""
    digest = hashlib.sha256()
    for block in sorted(blocks, key=lambda block: block.folder):
        _add(digest, block)
    return digest.hexdigest()


def _frames(manifest: Manifest, held: Blocks, digest: "hashlib._Hash") -> Iterator[bytes]:
    head = wire.dump(
        _Head(
            manifest.began_at,
            manifest.ended_at,
            sys.byteorder,
            manifest.people,
            manifest.links,
            manifest.gaps,
            len(manifest.blocks),
        )
    )
    digest.update(_framed(head))
    yield head
    for block in manifest.blocks:
        _add(digest, block)
        if held.get(block.folder) == block:
            yield _HELD + block.folder
        else:
            yield _SENT
            yield from (getattr(block, part) for part in _PARTS)


def _read_block(frames: Iterator[bytes], held: Blocks, digest: "hashlib._Hash") -> Block:
    mark = _take(frames)
    if mark == _SENT:
        block = Block(*(_take(frames) for _ in _PARTS))
    elif mark.startswith(_HELD) and mark[1:] in held:
        block = held[mark[1:]]
    else:
        raise AnswerRefused("the manifest names a folder that is not held from an earlier one")
    _add(digest, block)
    return block


def _add(digest: "hashlib._Hash", block: Block) -> None:
    for part in _PARTS:
        frame = getattr(block, part)
        digest.update(len(frame).to_bytes(_LENGTH, "big"))
        digest.update(frame)


def _framed(frame: bytes) -> bytes:
    return len(frame).to_bytes(_LENGTH, "big") + frame


def _trailer(manifest: Manifest, digest: "hashlib._Hash") -> bytes:
    return f"entries {len(manifest)} sha256 {digest.hexdigest()}\n".encode()


def _take(frames: Iterator[bytes]) -> bytes:
    frame = next(frames, None)
    if frame is None:
        raise AnswerRefused("the manifest ends before its trailer")
    return frame


def _split(squeezed: bytes) -> Iterator[bytes]:
    """The frames of a stream, unpacked as they are asked for, so that it never lies in memory as a whole."""
    pending = bytearray()
    for piece in _expand(squeezed):
        pending += piece
        place = 0
        while place + _LENGTH <= len(pending):
            end = place + _LENGTH + int.from_bytes(pending[place : place + _LENGTH], "big")
            if end > len(pending):
                break
            yield bytes(pending[place + _LENGTH : end])
            place = end
        del pending[:place]
    if pending:
        raise AnswerRefused("a frame of the manifest is cut")


def _expand(squeezed: bytes) -> Iterator[bytes]:
    expand = zlib.decompressobj()
    place = 0
    try:
        while not expand.eof:
            fed = expand.unconsumed_tail
            if not fed:
                fed, place = squeezed[place : place + _PIECE], place + _PIECE
            if not fed:
                raise AnswerRefused("the manifest's stream was cut")
            yield expand.decompress(fed, _PIECE)
    except zlib.error as error:
        raise AnswerRefused(f"the manifest's stream is damaged: {error}") from error
    if expand.unused_data or place < len(squeezed):
        raise AnswerRefused("something follows the manifest's stream")


def _check(manifest: Manifest, held: Blocks) -> None:
    """Refuse what no scan writes: a comparison may rely on the order, and on one block for each folder."""
    folders = [block.folder for block in manifest.blocks]
    if any(one >= other for one, other in itertools.pairwise(folders)):
        raise AnswerRefused("the folders of the manifest are out of order")
    owners, groups = manifest.people.owner.keys(), manifest.people.group.keys()
    for block in manifest.blocks:
        if held.get(block.folder) is not block and not _is_sound(block):
            raise AnswerRefused("a folder of the manifest does not fit its own names")
        if not owners >= set(block.column(UID)) or not groups >= set(block.column(GID)):
            raise AnswerRefused("an owner or group of the manifest has no name")


def _is_sound(block: Block) -> bool:
    names = block.list_names()
    if len(block.numbers) != 8 * COLUMNS * len(names) or len(block.readings) != 8 * len(names):
        return False
    try:
        is_readable = block.targets_by_row().keys() == set(block.links()) and bool(block.attributes_by_row()) == bool(
            block.attributes
        )
    except (ValueError, KeyError):
        return False
    return is_readable and len(block.digests) == DIGEST_BYTES * len(names) and all(map(bytes.__lt__, names, names[1:]))

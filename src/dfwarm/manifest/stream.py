"""
A manifest on its way between hosts: compressed frames, then a trailer with the count and the digest of everything.

Layout: a magic line, then one zlib stream of frames (a length of 8 bytes, big end first, and that many bytes): the
head as JSON, seven frames a block, and the trailer `entries N sha256 H` over all bytes before it. A stream without
its whole trailer is no manifest, never a shorter one.
"""

import hashlib
import itertools
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.manifest.block import COLUMNS, DIGEST_BYTES, GID, UID, Block
from dfwarm.manifest.listing import Gap, Manifest
from dfwarm.manifest.people import People

MAGIC = b"dfwarm-manifest/2\n"
_LENGTH = 8
_PARTS = len(fields(Block))
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Head:
    began_at: datetime
    ended_at: datetime
    byte_order: str
    people: People
    links: tuple[tuple[bytes, ...], ...]
    gaps: tuple[Gap, ...]
    blocks: int


def encode(manifest: Manifest) -> Iterator[bytes]:
    """Write a manifest piece by piece."""
    squeeze, digest = zlib.compressobj(1), hashlib.sha256()
    yield MAGIC
    for frame in _frames(manifest):
        framed = len(frame).to_bytes(_LENGTH, "big") + frame
        digest.update(framed)
        if piece := squeeze.compress(framed):
            yield piece
    trailer = _trailer(manifest, digest.hexdigest())
    yield squeeze.compress(len(trailer).to_bytes(_LENGTH, "big") + trailer) + squeeze.flush()


def decode(stream: bytes) -> Manifest:
    """Read a manifest. Raises AnswerRefused where a byte of it is missing, surplus, altered or out of order."""
    if not stream.startswith(MAGIC):
        raise AnswerRefused(f"not a manifest of this release: {stream[:40]!r}")
    digest = hashlib.sha256()
    frames = _split(stream[len(MAGIC) :])
    head = wire.load(_Head, _take(frames, digest))
    if head.byte_order != sys.byteorder:
        raise AnswerRefused(f"the manifest's numbers are {head.byte_order}-endian and ours are {sys.byteorder}-endian")
    blocks = tuple(Block(*(_take(frames, digest) for _ in range(_PARTS))) for _ in range(head.blocks))
    manifest = Manifest(head.began_at, head.ended_at, head.people, blocks, head.links, head.gaps)
    if next(frames, b"") != _trailer(manifest, digest.hexdigest()) or next(frames, None) is not None:
        raise AnswerRefused("the manifest's trailer does not fit what came before it")
    _check(manifest)
    return manifest


def _frames(manifest: Manifest) -> Iterator[bytes]:
    yield wire.dump(
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
    for block in manifest.blocks:
        yield from (getattr(block, part.name) for part in fields(Block))


def _trailer(manifest: Manifest, digest: str) -> bytes:
    return f"entries {len(manifest)} sha256 {digest}\n".encode()


def _take(frames: Iterator[bytes], digest: "hashlib._Hash") -> bytes:
    frame = next(frames, None)
    if frame is None:
        raise AnswerRefused("the manifest ends before its trailer")
    digest.update(len(frame).to_bytes(_LENGTH, "big"))
    digest.update(frame)
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


def _check(manifest: Manifest) -> None:
    """Refuse what no scan writes: a comparison may rely on the order, and on one block for each folder."""
    folders = [block.folder for block in manifest.blocks]
    if any(one >= other for one, other in itertools.pairwise(folders)):
        raise AnswerRefused("the folders of the manifest are out of order")
    owners, groups = manifest.people.owner.keys(), manifest.people.group.keys()
    for block in manifest.blocks:
        if not _is_sound(block):
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

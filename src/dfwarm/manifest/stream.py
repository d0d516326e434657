"""
A manifest on its way between hosts: compressed frames, then a trailer with the count and the digest of everything.

Layout: a magic line, then one zlib stream of frames (a length of 8 bytes, big end first, and that many bytes): the
head as JSON, five frames a block, and the trailer `entries N sha256 H` over all bytes before it. A stream without
its whole trailer is no manifest, never a shorter one.
"""

import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dfwarm import wire
from dfwarm.errors import AnswerRefused
from dfwarm.manifest.block import COLUMNS, DIGEST_BYTES, Block
from dfwarm.manifest.listing import Gap, Manifest

MAGIC = b"dfwarm-manifest/1\n"
_LENGTH = 8


@dataclass(frozen=True, slots=True)
class _Head:
    began_at: datetime
    ended_at: datetime
    people: tuple[str, ...]
    gaps: tuple[Gap, ...]
    blocks: int


def encode(manifest: Manifest) -> Iterator[bytes]:
    """Write a manifest piece by piece."""
    squeeze, digest = zlib.compressobj(1), hashlib.sha256()
    yield MAGIC
    head = _Head(manifest.began_at, manifest.ended_at, manifest.people, manifest.gaps, len(manifest.blocks))
    for frame in (wire.dump(head), *_frames(manifest)):
        framed = len(frame).to_bytes(_LENGTH, "big") + frame
        digest.update(framed)
        if piece := squeeze.compress(framed):
            yield piece
    trailer = f"entries {len(manifest)} sha256 {digest.hexdigest()}\n".encode()
    yield squeeze.compress(len(trailer).to_bytes(_LENGTH, "big") + trailer) + squeeze.flush()


def decode(stream: bytes) -> Manifest:
    """Read a manifest. Raises AnswerRefused where a byte of it is missing, surplus or altered."""
    if not stream.startswith(MAGIC):
        raise AnswerRefused(f"not a manifest: {stream[:40]!r}")
    expand = zlib.decompressobj()
    try:
        content = expand.decompress(stream[len(MAGIC) :]) + expand.flush()
    except zlib.error as error:
        raise AnswerRefused(f"the manifest's stream is damaged: {error}") from error
    if not expand.eof or expand.unused_data:
        raise AnswerRefused("the manifest's stream was cut, or something follows it")
    *frames, trailer = _split(content)
    said = content[: len(content) - len(trailer) - _LENGTH]
    if not frames:
        raise AnswerRefused("the manifest has no head")
    head = wire.load(_Head, frames[0])
    manifest = Manifest(head.began_at, head.ended_at, head.people, _blocks(frames[1:], head), head.gaps)
    if trailer != f"entries {len(manifest)} sha256 {hashlib.sha256(said).hexdigest()}\n".encode():
        raise AnswerRefused("the manifest's trailer does not fit what came before it")
    return manifest


def _frames(manifest: Manifest) -> Iterator[bytes]:
    for block in manifest.blocks:
        yield from (block.folder, block.names, block.numbers, block.targets, block.digests)


def _split(content: bytes) -> list[bytes]:
    frames: list[bytes] = []
    place = 0
    while place < len(content):
        length = int.from_bytes(content[place : place + _LENGTH], "big")
        place += _LENGTH
        if place + length > len(content):
            raise AnswerRefused("a frame of the manifest is cut")
        frames.append(content[place : place + length])
        place += length
    if not frames:
        raise AnswerRefused("the manifest is empty")
    return frames


def _blocks(frames: list[bytes], head: _Head) -> tuple[Block, ...]:
    if len(frames) != 5 * head.blocks:
        raise AnswerRefused(f"{len(frames)} frames where {head.blocks} folders are expected")
    blocks = tuple(Block(*frames[place : place + 5]) for place in range(0, len(frames), 5))
    for block in blocks:
        if len(block.numbers) != 8 * COLUMNS * len(block) or len(block.digests) != DIGEST_BYTES * len(block):
            raise AnswerRefused("a folder of the manifest does not fit its own names")
    return blocks

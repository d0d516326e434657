"""
Listings as gzip files of many members, cut where their paths say, so that days that are alike share most members.

gzip reads such a file as one. The cuts follow from paths alone, never from digests or times: a file that changed
touches one member, a file that is new moves no other cut.
"""

import zlib
from collections.abc import Iterable, Iterator

from dfwarm.errors import CopyFailed

LINES = 128
"""Lines of a member, on average."""

MOST_BYTES = 1 << 17

_GZIP = 31
_FEED = 1 << 13
_LEVEL = 1


def cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The plain text of each member of a listing that comes in pieces of whole lines."""
    waiting: list[bytes] = []
    size = 0
    for piece in pieces:
        for line in piece.splitlines(keepends=True):
            waiting.append(line)
            size += len(line)
            if size >= MOST_BYTES or not zlib.crc32(_path(line)) % LINES:
                yield b"".join(waiting)
                waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def pack_member(text: bytes) -> bytes:
    """One member: without a name, without a time, so the same text gives the same bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(text) + packer.flush()


def split(content: bytes) -> Iterator[bytes]:
    """The members of a gzip file as they lie there. Raises CopyFailed where it is none."""
    start = 0
    while start < len(content):
        end = _end_of_member(content, start)
        yield content[start:end]
        start = end


def _end_of_member(content: bytes, start: int) -> int:
    unpacker, place = zlib.decompressobj(_GZIP), start
    try:
        while not unpacker.eof and place < len(content):
            unpacker.decompress(content[place : place + _FEED])
            place = min(place + _FEED, len(content))
    except zlib.error as error:
        raise CopyFailed(f"a listing is no gzip file: {error}") from error
    if not unpacker.eof:
        raise CopyFailed("a listing ends in the middle of a member")
    return place - len(unpacker.unused_data)


def _path(line: bytes) -> bytes:
    """The first word of the path, which both forms of a listing write as `./...`."""
    return line.partition(b"./")[2].partition(b" ")[0].rstrip(b"\n")

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


Cut = tuple[tuple[bytes, ...], bytes]
"""The members that end in a piece, and what is left of it for the next one."""


def cut(pieces: Iterable[bytes], known: dict[tuple[bytes, bytes], Cut] | None = None) -> Iterator[bytes]:
    """
    The plain text of each member of a listing that comes in pieces of whole lines.

    `known` are the cuts of pieces by what was left before them and the piece itself; those of this text are added.
    """
    cuts = {} if known is None else known
    rest = b""
    for piece in pieces:
        place = rest, piece
        if place not in cuts:
            cuts[place] = _cut_piece(rest, piece)
        members, rest = cuts[place]
        yield from members
    if rest:
        yield rest


def _cut_piece(before: bytes, piece: bytes) -> Cut:
    members: list[bytes] = []
    waiting, size = [before], len(before)
    for line in piece.splitlines(keepends=True):
        waiting.append(line)
        size += len(line)
        if size >= MOST_BYTES or not zlib.crc32(_path(line)) % LINES:
            members.append(b"".join(waiting))
            waiting, size = [], 0
    return tuple(members), b"".join(waiting)


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

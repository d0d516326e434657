"""
The plain text of a listing that is packed as gzip members, a piece at a time, however large it is.

The faster of two libraries reads it where it is installed. Both hold the check sum of each member, and what the text
has to be is asked by its digest, never by the library.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from dfwarm.errors import BundleRefused

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_GZIP = 31
_CHUNK = 1 << 18
_FEED = 1 << 14
"""What is fed at once. At the end of a member the library copies what it did not take, so this is kept small."""

_SEGMENT = 1 << 18
_LONGEST = 1 << 22
_LARGEST_TEXT = 1 << 24
_AHEAD = 4
_WORKERS = 2
_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How a member begins that has no name and no time. These bytes may stand within one too."""

try:
    from isal import isal_zlib as _fast
except ImportError:
    _LIBRARY: Any = zlib
else:
    _LIBRARY = _fast


def unpacked(pieces: Iterable[bytes], name: str, library: Any = _LIBRARY) -> Iterator[bytes]:
    """The plain text of a gzip file of any members. Raises BundleRefused where it is none or is cut short."""
    unpack = library.decompressobj(_GZIP)
    try:
        for feed in _feeds(pieces):
            rest = feed
            while rest:
                if unpack.eof:
                    unpack = library.decompressobj(_GZIP)
                yield unpack.decompress(rest, _CHUNK)
                rest = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
    except library.error as error:
        raise BundleRefused(f"{name} is no gzip file: {error}") from error
    if not unpack.eof:
        raise BundleRefused(f"{name} is cut short, or something follows it")


def _feeds(pieces: Iterable[bytes]) -> Iterator[memoryview]:
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _FEED):
            yield view[start : start + _FEED]


def unpacked_ahead(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """
    The same text as `unpacked` gives, of which threads unpack some segments ahead where there are several.

    A segment counts only where it holds whole members and nothing else, so that it does not matter where it was cut;
    from the first one on that does not, all the rest is unpacked in one stream.
    """
    segments = _segments(pieces)
    first, second = next(segments, b""), next(segments, b"")
    if not second:
        yield from unpacked((first,), name)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_WORKERS) as workers:
        yield from _in_order(_ahead(chain((first, second), segments), workers), name)


def _in_order(ahead: "Iterator[tuple[bytes, Future[list[bytes]]]]", name: str) -> Iterator[bytes]:
    for segment, work in ahead:
        texts = work.result()
        if not texts:
            yield from unpacked(chain((segment,), (each for each, _ in ahead)), name)
            return
        yield from texts


def _segments(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a file where members seem to begin."""
    held = b""
    for piece in pieces:
        held += piece
        start = 0
        while (cut := held.find(_MEMBER, start + _SEGMENT)) > 0:
            yield held[start:cut]
            start = cut
        held = held[start:]
        if len(held) > _LONGEST:
            yield held
            held = b""
    if held:
        yield held


def _ahead(segments: Iterable[bytes], workers: "Executor") -> "Iterator[tuple[bytes, Future[list[bytes]]]]":
    waiting: deque[tuple[bytes, Future[list[bytes]]]] = deque()
    for segment in segments:
        waiting.append((segment, workers.submit(_whole_members, segment)))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _whole_members(segment: bytes) -> list[bytes]:
    """The text of a segment; nothing where it is not whole members, or larger than is kept in memory."""
    texts: list[bytes] = []
    size = 0
    try:
        for text in unpacked((segment,), ""):
            texts.append(text)
            size += len(text)
            if size > _LARGEST_TEXT:
                return []
    except BundleRefused:
        return []
    return texts

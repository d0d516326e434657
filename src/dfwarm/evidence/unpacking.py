"""
The plain text of a listing that is packed as gzip members, a piece at a time, however large it is.

The faster of two libraries reads it where it is installed. Both hold the check sum of each member, and what the text
has to be is asked by its digest, never by the library.
"""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from dfwarm.errors import BundleRefused

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

_GZIP = 31
_CHUNK = 1 << 18
_FEED = 1 << 14
"""What is fed at once. At the end of a member the library copies what it did not take, so this is kept small."""

_SEGMENT = 1 << 17
_LONGEST = 1 << 18
"""No longer segment is unpacked in one go: its text could be a thousand times as long."""

_AHEAD = 3
_WORKERS = 2
_MEMBER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How a member begins that has no name and no time. These bytes may stand within one too."""

try:
    from isal import igzip, isal_zlib
except ImportError:
    _LIBRARY: Any = zlib
    _unpack_members: Any = None
else:
    _LIBRARY, _unpack_members = isal_zlib, igzip.decompress


def unpacked(pieces: Iterable[bytes | memoryview], name: str, library: Any = _LIBRARY) -> Iterator[bytes]:
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


def _feeds(pieces: Iterable[bytes | memoryview]) -> Iterator[memoryview]:
    for piece in pieces:
        view = memoryview(piece)
        for start in range(0, len(view), _FEED):
            yield view[start : start + _FEED]


def unpacked_ahead(pieces: Iterable[bytes], name: str, unpack: Any = _unpack_members) -> Iterator[bytes]:
    """
    The same text as `unpacked` gives, of which threads unpack some segments ahead where there are several.

    A segment counts only where it holds whole members, so that it does not matter where it was cut; from the first one
    on that does not, all the rest is unpacked in one stream.
    """
    segments = _segments(pieces)
    begin = list(islice(segments, 2))
    if len(begin) < 2 or not unpack:
        yield from unpacked(chain(begin, segments), name)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_WORKERS) as workers:
        ahead = _ahead(chain(begin, segments), workers, unpack)
        for segment, work in ahead:
            text = work.result()
            if not text:
                yield from unpacked(chain((segment,), (each for each, _ in ahead)), name)
                return
            yield text


def _segments(pieces: Iterable[bytes]) -> Iterator[memoryview]:
    """Cut a file where members seem to begin, or anywhere where none seems to."""
    held = b""
    for piece in pieces:
        held += piece
        start, view = 0, memoryview(held)
        while (cut := held.find(_MEMBER, start + _SEGMENT)) > 0:
            yield view[start:cut]
            start = cut
        if len(held) - start > _LONGEST:
            yield view[start:]
            start = len(held)
        held = held[start:]
    if held:
        yield memoryview(held)


def _ahead(
    segments: Iterable[memoryview], workers: "Executor", unpack: Any
) -> "Iterator[tuple[memoryview, Future[bytes]]]":
    waiting: deque[tuple[memoryview, Future[bytes]]] = deque()
    for segment in segments:
        waiting.append((segment, workers.submit(_text_of, segment, unpack)))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _text_of(segment: memoryview, unpack: Any) -> bytes:
    """The text of a segment; nothing where it is not whole members, or too long to be unpacked in one go."""
    if len(segment) > _LONGEST:
        return b""
    try:
        text: bytes = unpack(segment)
    except (OSError, EOFError, zlib.error, _LIBRARY.error):
        return b""
    return text

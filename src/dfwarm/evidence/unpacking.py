"""
The plain text of a listing that is packed as gzip members, a piece at a time, however large it is.

The faster of two libraries reads it where it is installed. Both hold the check sum of each member, and what the text
has to be is asked by its digest, never by the library.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from dfwarm.errors import BundleRefused

_GZIP = 31
_CHUNK = 1 << 18
_FEED = 1 << 14
"""What is fed at once. At the end of a member the library copies what it did not take, so this is kept small."""

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

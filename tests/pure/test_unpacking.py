"""A listing is unpacked to the same text whatever segments it is cut into, or refused in the same way."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import BundleRefused
from dfwarm.evidence import unpacking
from dfwarm.evidence.members import pack_member
from dfwarm.evidence.unpacking import unpacked, unpacked_ahead

PLAIN_UNPACKERS: list[Any] = [None, gzip.decompress]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "_SEGMENT", 64)
    monkeypatch.setattr(unpacking, "_LONGEST", 400)


def text_or_refusal(pieces: Callable[[], Iterator[bytes]]) -> bytes | str:
    try:
        return b"".join(pieces())
    except BundleRefused as error:
        return str(error)


def cut(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@given(
    texts=st.lists(st.binary(max_size=700) | st.just(unpacking._MEMBER * 40), max_size=12),
    size=st.integers(30, 900),
    harm=st.sampled_from(["", "cut", "flip", "follow"]),
    place=st.integers(0, 1 << 14),
    unpack=st.sampled_from([*PLAIN_UNPACKERS, unpacking._unpack_members]),
)
def test_segments_never_change_the_text(texts: list[bytes], size: int, harm: str, place: int, unpack: Any) -> None:
    content = b"".join(map(pack_member, texts))
    at = place % max(1, len(content))
    if harm == "cut":
        content = content[:at]
    elif harm == "flip" and content:
        content = content[:at] + bytes((content[at] ^ 0x10,)) + content[at + 1 :]
    elif harm == "follow":
        content += b"more"
    ahead = text_or_refusal(lambda: unpacked_ahead(cut(content, size), "listing", unpack))
    stream = text_or_refusal(lambda: unpacked(cut(content, size), "listing"))
    assert isinstance(ahead, str) == isinstance(stream, str)
    if isinstance(stream, bytes):
        assert ahead == stream
        assert harm or stream == b"".join(texts) or not texts


def test_a_long_member_is_unpacked_in_one_stream() -> None:
    text = bytes(range(256)) * 5_000
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    content = pack_member(b"first") + packer.compress(text) + packer.flush() + pack_member(b"last")
    assert b"".join(unpacked_ahead(cut(content, 1000), "listing")) == b"first" + text + b"last"

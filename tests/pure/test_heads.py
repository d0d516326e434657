"""The first bytes of files: of a known kind, or as good as random."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.facts.heads import Head, entropy_milli, is_garbled, read_head

PNG = b"\x89PNG\r\n\x1a\n" + bytes(5000)
NOISE = b"".join(hashlib.sha256(bytes([number])).digest() for number in range(128))
TEXT = b"a line of an attachment that somebody wrote by hand\n" * 40


@pytest.mark.parametrize(
    ("sample", "kind"),
    [(PNG, "png"), (b"%PDF-1.4", "pdf"), (b"PK\x03\x04" + NOISE, "attachment"), (TEXT, "unknown"), (b"", "empty"),
     (b"\0\0\0\x18ftypmp42", "attachment"), (bytes(128) + b"DICM", "attachment"), (NOISE, "unknown")],
)  # fmt: skip
def test_the_kind_is_told_by_the_first_bytes(sample: bytes, kind: str) -> None:
    assert read_head(b"p", sample).kind == kind


def test_only_unknown_bytes_that_are_as_good_as_random_look_encrypted() -> None:
    assert read_head(b"p", NOISE).looks_encrypted
    for sample in (TEXT, PNG, b"PK\x03\x04" + NOISE, NOISE[:100], b""):
        assert not read_head(b"p", sample).looks_encrypted
    assert not Head(b"p", "", -1, "permission denied").looks_encrypted


@pytest.mark.parametrize(
    ("before", "now", "is_so"),
    [(PNG, NOISE, True), (PNG, TEXT, True), (PNG, b"", True), (PNG, PNG, False), (TEXT, NOISE, True),
     (TEXT, TEXT, False), (NOISE, NOISE, False), (NOISE, PNG, False), (b"", NOISE, False)],
)  # fmt: skip
def test_an_image_is_garbled_where_it_lost_its_kind_or_turned_random(before: bytes, now: bytes, is_so: bool) -> None:
    assert is_garbled(read_head(b"p", before), read_head(b"p", now)) == is_so


def test_what_cannot_be_read_is_not_called_garbled() -> None:
    unread = Head(b"p", "", -1, "gone")
    assert not is_garbled(unread, read_head(b"p", NOISE))
    assert not is_garbled(read_head(b"p", PNG), unread)


@given(st.binary(min_size=512, max_size=4096))
def test_entropy_is_between_nothing_and_eight_bits(sample: bytes) -> None:
    assert 0 <= entropy_milli(sample) <= 8000
    assert entropy_milli(bytes(512)) == 0

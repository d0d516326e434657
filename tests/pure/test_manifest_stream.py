"""A manifest on its way: whole, or refused."""

import contextlib
import hashlib
import stat
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.errors import AnswerRefused
from dfwarm.manifest import stream
from dfwarm.manifest.block import Block
from dfwarm.manifest.listing import Gap, GapKind, Manifest
from dfwarm.manifest.people import People
from dfwarm.manifest.stream import MAGIC, decode, encode, name_blocks
from manifest_maker import PEOPLE, Made, Tree, folder, link, made

LARGE = Tree(
    [
        Made(b"pages/2601/0001001", b"ink", attributes=(("user.a", "1"),)),
        Made(b"pages/2601/caf\xe9\n", b"pen"),
        link(b"current", b"pages/2601"),
        Made(b"pipe", None, stat.S_IFIFO | 0o600),
    ],
    links=((b"a", b"b"),),
    gaps=(Gap(b"data", GapKind.UNREADABLE, "Permission denied"),),
).manifest()
SENT = b"".join(encode(LARGE))


def test_what_is_sent_arrives() -> None:
    assert decode(SENT) == LARGE
    assert len(decode(SENT)) == 7


@pytest.mark.hazard("H49")
def test_a_stream_that_was_cut_anywhere_is_refused() -> None:
    for length in range(len(SENT)):
        with pytest.raises(AnswerRefused):
            decode(SENT[:length])


def test_a_stream_with_something_after_it_is_refused() -> None:
    for more in (b"\n", SENT):
        with pytest.raises(AnswerRefused, match="follows"):
            decode(SENT + more)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SENT) - 1), st.integers(1, 255))
def test_an_altered_byte_is_refused_or_changes_nothing(place: int, bits: int) -> None:
    altered = SENT[:place] + bytes([SENT[place] ^ bits]) + SENT[place + 1 :]
    with contextlib.suppress(AnswerRefused):
        assert decode(altered) == LARGE


def _sent(frames: list[bytes]) -> bytes:
    return MAGIC + zlib.compress(b"".join(len(frame).to_bytes(8, "big") + frame for frame in frames))


def _resent(manifest: Manifest) -> bytes:
    """What a gate would send that does not keep its own order, with a trailer that fits."""
    return b"".join(encode(manifest))


def _frames(manifest: Manifest, held: stream.Blocks = stream.NOTHING_HELD) -> list[bytes]:
    return list(stream._frames(manifest, held, hashlib.sha256()))


def _trailer(manifest: Manifest) -> bytes:
    """Over the head and all parts of all folders, whatever of them is sent."""
    head, *frames = _frames(manifest)
    parts = [frame for place, frame in enumerate(frames) if place % 8]
    said = b"".join(len(frame).to_bytes(8, "big") + frame for frame in (head, *parts))
    return f"entries {len(manifest)} sha256 {hashlib.sha256(said).hexdigest()}\n".encode()


def test_a_shorter_list_with_the_trailer_of_the_longer_one_is_refused() -> None:
    frames, trailer = _frames(LARGE), _trailer(LARGE)
    said = b"".join(len(frame).to_bytes(8, "big") + frame for frame in frames)
    assert decode(_sent([*frames, trailer])) == LARGE
    with pytest.raises(AnswerRefused, match="a frame"):
        decode(MAGIC + zlib.compress(said + len(trailer).to_bytes(8, "big") + trailer + b"\0"))
    for wrong in ([*frames[:-1], trailer], [*frames, trailer, b""], frames, [], [*frames, trailer[:-1]]):
        with pytest.raises(AnswerRefused):
            decode(_sent(wrong))


def test_a_stream_of_another_release_is_refused() -> None:
    with pytest.raises(AnswerRefused, match="this release"):
        decode(b"dfwarm-manifest/1\n" + SENT[len(MAGIC) :])


def test_numbers_of_another_byte_order_are_refused() -> None:
    frames = _frames(LARGE)
    frames[0] = frames[0].replace(b'"little"', b'"big"')
    with pytest.raises(AnswerRefused, match="endian"):
        decode(_sent(frames))


def _with(block: Block, **parts: bytes) -> Manifest:
    sound = made(Made(b"a", b"1"), Made(b"b", b"2"), link(b"c", b"x"))
    assert sound.blocks[1] == block
    return replace(sound, blocks=(sound.blocks[0], replace(block, **parts)))


BLOCK = made(Made(b"a", b"1"), Made(b"b", b"2"), link(b"c", b"x")).blocks[1]


@pytest.mark.parametrize(
    "parts",
    [
        {"names": b"b\0a\0c"},
        {"names": b"a\0a\0c"},
        {"names": b"a\0b"},
        {"numbers": BLOCK.numbers[8:]},
        {"numbers": bytes(8) + BLOCK.numbers[8:]},
        {"digests": BLOCK.digests[1:]},
        {"readings": BLOCK.readings[8:]},
        {"targets": b""},
        {"targets": b"x\0y"},
        {"attributes": b"0\0user.a\n"},
        {"attributes": b"no line"},
    ],
)
def test_a_folder_that_does_not_fit_its_own_names_is_refused(parts: dict[str, bytes]) -> None:
    with pytest.raises(AnswerRefused, match="fit its own names"):
        decode(_resent(_with(BLOCK, **parts)))


def test_folders_out_of_order_or_twice_are_refused() -> None:
    for blocks in (LARGE.blocks[::-1], (*LARGE.blocks, LARGE.blocks[-1])):
        with pytest.raises(AnswerRefused, match="out of order"):
            decode(_resent(replace(LARGE, blocks=blocks)))


def test_an_owner_without_a_name_is_refused() -> None:
    for people in (People(((0, "root"),), PEOPLE.groups), People(PEOPLE.owners, ())):
        with pytest.raises(AnswerRefused, match="no name"):
            decode(_resent(replace(LARGE, people=people)))


CHANGED = made(Made(b"a/1", b"one"), Made(b"b/2", b"two"), Made(b"c/3", b"three"), Made(b"b/4", b"new"))
BEFORE = made(Made(b"a/1", b"one"), Made(b"b/2", b"two"), Made(b"gone/5", b"five"), Made(b"c/3", b"3"))
HELD = {block.folder: block for block in BEFORE.blocks}


def test_what_the_reader_holds_is_only_named_and_the_listing_is_as_whole_as_ever() -> None:
    whole, named = b"".join(encode(CHANGED)), b"".join(encode(CHANGED, HELD))
    assert decode(named, HELD) == decode(whole) == decode(whole, HELD) == CHANGED
    assert b"=a" in _frames(CHANGED, HELD)
    assert b"=b" not in _frames(CHANGED, HELD)
    assert len(_frames(BEFORE, HELD)) == 1 + len(BEFORE.blocks)
    assert decode(b"".join(encode(BEFORE, HELD)), HELD) == BEFORE


def test_a_listing_that_was_put_together_from_other_folders_than_the_sender_has_is_refused() -> None:
    named = b"".join(encode(CHANGED, HELD))
    with pytest.raises(AnswerRefused, match="not held"):
        decode(named)
    other = {**HELD, b"a": replace(HELD[b"a"], digests=bytes(32))}
    with pytest.raises(AnswerRefused, match="trailer"):
        decode(named, other)


@given(st.sets(st.sampled_from([b"a", b"b", b"c", b"gone", b".", b""])))
def test_whatever_the_reader_holds_the_same_listing_arrives(folders: set[bytes]) -> None:
    held = {path: block for path, block in HELD.items() if path in folders}
    assert decode(b"".join(encode(CHANGED, held)), held) == CHANGED


def test_blocks_have_a_name_that_only_the_same_blocks_have() -> None:
    assert name_blocks(BEFORE.blocks[::-1]) == name_blocks(BEFORE.blocks)
    assert len({name_blocks(CHANGED.blocks), name_blocks(BEFORE.blocks), name_blocks(BEFORE.blocks[1:])}) == 3


def test_a_long_stream_is_unpacked_piece_by_piece() -> None:
    many = made(
        *(Made(b"d%03d/f%03d" % (number % 40, number), b"%d" % number) for number in range(4_000)), folder(b"e")
    )
    assert decode(b"".join(encode(many))) == many
    noise = replace(many, gaps=tuple(Gap(b"x" * 400_000 + b"%d" % n, GapKind.CHANGED, "") for n in range(8)))
    assert decode(b"".join(encode(noise))) == noise

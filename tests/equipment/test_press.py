"""What a press keeps is used again only for the very same text."""

import gzip
import hashlib

from hypothesis import given
from hypothesis import strategies as st

from dfwarm.equipment.packing import Press
from dfwarm.manifest.policy import Rule
from dfwarm.manifest.rendering import render_side, render_sides
from dfwarm.manifest.scope import Scope
from dfwarm.terms import Treatment
from manifest_maker import Made, folder, made

PIECES = st.lists(st.lists(st.binary(max_size=12), max_size=40), max_size=8)


def text(piece: list[bytes]) -> bytes:
    return b"".join(b"0f  ./" + line.replace(b"\n", b"") + b"\n" for line in piece)


@given(PIECES, PIECES)
def test_a_text_is_packed_as_if_nothing_had_been_packed_before(
    before: list[list[bytes]], now: list[list[bytes]]
) -> None:
    used = Press()
    used.pack(map(text, before))
    packed = used.pack(map(text, now))
    assert packed == Press().pack(map(text, now))
    plain = b"".join(map(text, now))
    assert gzip.decompress(packed.content) == plain
    assert packed.digest == hashlib.sha256(plain).hexdigest()


def test_what_a_press_wrote_of_one_study_is_not_kept_for_the_next() -> None:
    press, tree = Press(), made(folder(b"data"), Made(b"data/plt001.dat", b"1|"))
    for _ in range(2):
        packed = press.pack(render_side(tree, Scope(), press.texts).sums)
        assert gzip.decompress(packed.content).endswith(b"  ./data/plt001.dat\n")
        assert press._members
        assert press.texts._written
        press.forget()
        assert not (press._members or press._cuts or press.texts._written)


def test_a_folder_that_changed_is_written_again_and_so_is_every_folder_of_another_scope() -> None:
    press = Press()
    one = made(folder(b"data"), Made(b"data/plt001.dat", b"1|"), Made(b"notes", b"a"))
    two = made(folder(b"data"), Made(b"data/plt001.dat", b"2|"), Made(b"notes", b"a"))
    without = Scope((Rule(Treatment.EXCLUDE, b"/notes", "each host has its own"),))
    for manifest in (one, two, one):
        for scope in (Scope(), without):
            assert render_side(manifest, scope, press.texts) == render_side(manifest, scope)
    assert render_sides(one, two, Scope(), press.texts) == render_sides(one, two, Scope())

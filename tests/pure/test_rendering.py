"""Both listings of a bundle: the same lines as the plain renderers write, within the scope, shared where sides agree."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.equipment.packing import Press
from dfwarm.manifest.block import NO_DIGEST
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.movement import Movement, count_movement
from dfwarm.manifest.mtree import render_mtree
from dfwarm.manifest.people import People
from dfwarm.manifest.policy import Rule
from dfwarm.manifest.rendering import Rendered, render_side, render_sides
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.sums import parse_sum, render_sums
from dfwarm.procedures import listings
from dfwarm.terms import Side, Treatment
from manifest_maker import Made, folder, link, made

NAMES = st.binary(min_size=1, max_size=6).filter(lambda name: not set(name) & {0, 0x2F} and name not in (b".", b".."))
ALL = Scope()


def plain_mtree(manifest: Manifest) -> bytes:
    return re.sub(rb" sha256=[0-9a-f]{64}", b"", b"".join(render_mtree(manifest)))


def texts(rendered: Rendered) -> tuple[bytes, bytes]:
    return b"".join(rendered.sums), b"".join(rendered.mtree)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6, unique=True))
def test_the_lines_are_those_of_the_plain_renderers(names: list[tuple[bytes, bytes]]) -> None:
    tops = {top for top, _ in names}
    entries: Iterable[Made] = (
        *(folder(top) for top in tops),
        *(Made(top + b"/" + name, name) for top, name in names),
        *(link(top + b"/" + name + b"-l", name) for top, name in names if top + b"/" + name + b"-l" not in names),
    )
    by_path = {entry.path: entry for entry in entries}
    manifest = made(*by_path.values())
    rendered = render_side(manifest, ALL)
    assert texts(rendered) == (b"".join(render_sums(manifest)), plain_mtree(manifest))
    kinds = [entry.kind.value for entry in manifest.entries()]
    assert (rendered.directories, rendered.links) == (kinds.count("directory"), kinds.count("symlink"))


def test_what_was_not_read_or_is_out_of_scope_has_no_line() -> None:
    manifest = made(Made(b"a/x", b"1"), Made(b"a/unread", None), Made(b"a/own", b"2"))
    scope = Scope((Rule(Treatment.EXCLUDE, b"/a/own", "each host has its own"),))
    sums, mtree = texts(render_side(manifest, scope))
    assert [parse_sum(line + b"\n")[0] for line in sums.splitlines()] == [b"a/x"]
    assert b"./a/own" not in mtree and b"./a/unread" in mtree
    assert NO_DIGEST.hex().encode() not in sums


def test_sides_that_differ_only_out_of_scope_or_in_the_numbers_of_owners_have_one_text() -> None:
    ours = made(Made(b"a/x", b"1"), Made(b"b/own", b"2"))
    theirs = made(Made(b"a/x", b"1"), Made(b"b/own", b"3"))
    scope = Scope((Rule(Treatment.EXCLUDE, b"/b/own", "each host has its own"),))
    one, other = render_sides(ours, theirs, scope)
    assert texts(one) == texts(other)
    assert texts(render_sides(ours, theirs, ALL)[0]) != texts(render_sides(ours, theirs, ALL)[1])
    swapped = replace(ours, people=People(((500, "root"), (501, "datafax")), ours.people.groups))
    assert texts(render_sides(ours, swapped, ALL)[1])[1] != texts(render_sides(ours, swapped, ALL)[0])[1]


@settings(max_examples=60, deadline=None)
@given(
    *(st.dictionaries(st.sampled_from([b"a/1", b"a/2", b"b/1", b"c", b"d/e/f"]), st.sampled_from([b"x", b"y"])),) * 2
)
def test_the_standbys_text_is_what_it_would_be_alone(ours: dict[bytes, bytes], theirs: dict[bytes, bytes]) -> None:
    production, standby = (made(*(Made(*item) for item in side.items())) for side in (ours, theirs))
    one, other = render_sides(production, standby, ALL)
    assert texts(one) == texts(render_side(production, ALL))
    assert texts(other) == texts(render_side(standby, ALL))
    moved = count_movement(production, standby)
    kept = ours.keys() & theirs.keys()
    changed = sum(ours[path] != theirs[path] for path in kept)
    assert moved == Movement(len(theirs) - len(kept), changed, len(ours) - len(kept))


def test_what_was_compared_by_its_records_stands_apart_so_that_the_listings_are_equal() -> None:
    ours, theirs = (made(Made(b"data/plt001.dat", lines), Made(b"a", b"1")) for lines in (b"1\n2\n", b"2\n1\n"))
    apart = listings._render(Press(), ALL, ours, theirs, (b"data/plt001.dat",))
    assert texts(apart[Side.PRODUCTION])[0] == texts(apart[Side.STANDBY])[0] != b""
    whole = listings._render(Press(), ALL, ours, theirs, ())
    assert texts(whole[Side.PRODUCTION])[0] != texts(whole[Side.STANDBY])[0]
    line = json.loads(listings._describe("STUDY_DIR", b"data/plt001.dat", ours, theirs))
    assert line["production"] == hashlib.sha256(b"1\n2\n").hexdigest()
    assert line["standby"] == hashlib.sha256(b"2\n1\n").hexdigest()

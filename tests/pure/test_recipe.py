"""Listings in members and recipes: what they give back is always the very bytes that went in."""

import gzip
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.errors import CopyFailed
from dfwarm.evidence.members import MOST_BYTES, cut, pack_member, split
from dfwarm.evidence.recipe import Cut, Recipe, parse_recipe, write_recipe

NAME = "production.sha256.gz"
LINES = [b"%064x  ./data/folder%03d/page%05d.tif\n" % (number * 7919, number // 40, number) for number in range(3_000)]


def pack(lines: list[bytes]) -> bytes:
    return b"".join(map(pack_member, cut([b"".join(lines)])))


def test_members_are_one_file_to_gzip_and_the_cuts_do_not_hang_on_how_the_pieces_come() -> None:
    whole = b"".join(LINES)
    assert b"".join(cut(LINES)) == whole
    assert gzip.decompress(pack(LINES)) == whole
    assert list(cut(LINES)) == list(cut([whole]))
    assert len(list(cut(LINES))) > 10
    assert list(cut([])) == []


@pytest.mark.parametrize("place", [0, 1, 1500, 2999])
def test_a_line_that_changed_is_new_or_went_touches_one_member_or_two(place: int) -> None:
    before = set(cut(LINES))
    changed = [*LINES[:place], LINES[place].replace(b"0" * 20, b"f" * 20), *LINES[place + 1 :]]
    added = [*LINES[:place], b"0" * 64 + b"  ./data/folder/new\n", *LINES[place:]]
    for lines in (changed, added, LINES[:place] + LINES[place + 1 :]):
        assert len(set(cut(lines)) - before) <= 2


def test_a_member_ends_where_no_path_ever_says_so() -> None:
    endless = b"0" * 64 + b"  ./x\n"
    members = list(cut([endless * 5_000]))
    assert all(len(member) < MOST_BYTES + len(endless) for member in members)


@given(st.lists(st.binary(max_size=40), max_size=12))
def test_a_file_of_members_is_split_where_it_was_joined(texts: list[bytes]) -> None:
    members = [pack_member(text) for text in texts]
    assert list(split(b"".join(members))) == members


@pytest.mark.parametrize("content", [b"junk", pack_member(b"x") + b"junk", pack_member(b"text" * 100)[:-3]])
def test_what_is_no_gzip_file_is_refused(content: bytes) -> None:
    with pytest.raises(CopyFailed):
        list(split(content))


MEMBERS = st.lists(st.sampled_from([b"one", b"two", b"three", b"\x00\xff\n", b"$x"]), max_size=8)


@given(MEMBERS, MEMBERS)
def test_a_recipe_gives_back_the_file_and_reads_back_from_its_script(base: list[bytes], target: list[bytes]) -> None:
    recipe, pieces = write_recipe("035-00041", NAME, base, target)
    assert recipe.rebuild(b"".join(base), pieces) == b"".join(target)
    assert parse_recipe(recipe.script()) == recipe


@settings(max_examples=8, deadline=None)
@given(MEMBERS, MEMBERS)
def test_a_plain_shell_gives_back_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, base: list[bytes], target: list[bytes]
) -> None:
    folder = tmp_path_factory.mktemp("recipe")
    for cycle in ("035-00041", "035-00042"):
        (folder / cycle).mkdir()
    recipe, pieces = write_recipe("035-00041", NAME, base, target)
    (folder / "035-00041" / NAME).write_bytes(b"".join(base))
    (folder / "035-00042" / f"{NAME}.pieces").write_bytes(pieces)
    script = folder / "035-00042" / f"{NAME}.rebuild"
    script.write_bytes(recipe.script())
    assert _run(script) == b"".join(target)


def test_a_day_on_which_nothing_changed_is_one_stretch_of_the_day_before() -> None:
    members = list(split(pack(LINES)))
    recipe, pieces = write_recipe("035-00041", NAME, members, members)
    assert (recipe.cuts, pieces) == ((Cut(is_new=False, start=0, length=len(pack(LINES))),), b"")


def test_a_recipe_over_another_base_is_refused_by_its_length_or_by_the_digest_after_it() -> None:
    recipe = Recipe("035-00041", NAME, (Cut(is_new=False, start=0, length=10),))
    with pytest.raises(CopyFailed, match="not those of the recipe"):
        recipe.rebuild(b"short", b"")


@pytest.mark.parametrize("script", [b"", b"#!/bin/sh\nrm -rf /\n", b"\xff"])
def test_another_script_is_no_recipe(script: bytes) -> None:
    good = write_recipe("035-00041", NAME, [b"x"], [b"x", b"y"])[0].script()
    for bad in (script, good + script + b"\n", good.replace(b"set -eu", b"set -u")):
        with pytest.raises(CopyFailed, match="not one that dfwarm wrote"):
            parse_recipe(bad)


@pytest.mark.parametrize("name", ["", "../x", "a b", "$x", ".hidden", "a/b"])
def test_a_name_that_a_shell_could_misread_is_refused(name: str) -> None:
    with pytest.raises(CopyFailed, match="is not the name of a listing"):
        write_recipe("035-00041", name, [], [])


def _run(script: Path) -> bytes:
    return subprocess.run(["sh", str(script)], capture_output=True, check=True, timeout=20).stdout

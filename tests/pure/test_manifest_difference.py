"""Two manifests held against each other: everything that differs is found, nothing else is."""

import stat
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.manifest.control import control, is_difference_found
from dfwarm.manifest.coverage import cover
from dfwarm.manifest.difference import Comparison, DifferenceKind, compare
from dfwarm.manifest.listing import Gap, GapKind, Roots, roots_of_both
from dfwarm.manifest.people import People
from dfwarm.manifest.policy import Rule
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.stillness import what_moved
from dfwarm.manifest.transfer_list import list_transfer
from dfwarm.terms import Treatment
from manifest_maker import MTIME, Made, Tree, folder, link, made, pack

EVERYTHING = Scope()


def exclusion(path: bytes, reason: str) -> Rule:
    return Rule(Treatment.EXCLUDE, path, reason)


def replicated(pattern: bytes, reason: str) -> Rule:
    return Rule(Treatment.REPLICATE, pattern, reason)


PAGE = Made(b"pages/2601/0001001", b"ink")


def told(found: Comparison) -> list[tuple[bytes, str]]:
    return [(each.path, each.kind.symbol) for each in found.differences]


@pytest.mark.parametrize(
    ("altered", "kind", "word"),
    [
        (replace(PAGE, content=b"pen"), DifferenceKind.CONTENT, "sha256"),
        (replace(PAGE, content=b"longer"), DifferenceKind.CONTENT, "size 3 | 6"),
        (replace(PAGE, mode=stat.S_IFREG | 0o600), DifferenceKind.METADATA, "mode 0644 | 0600"),
        (replace(PAGE, uid=0), DifferenceKind.METADATA, "owner datafax | root"),
        (replace(PAGE, gid=0), DifferenceKind.METADATA, "group studies | root"),
        (
            replace(PAGE, mtime_ns=MTIME + 1),
            DifferenceKind.METADATA,
            "mtime 1700000000.000000000 | 1700000000.000000001",
        ),
        (replace(PAGE, attributes=(("user.a", "1"),)), DifferenceKind.METADATA, "attributes none | user.a=1"),
        (link(PAGE.path, b"/etc"), DifferenceKind.KIND, "file | symlink"),
        (Made(PAGE.path, None, stat.S_IFIFO | 0o644), DifferenceKind.KIND, "file | fifo"),
    ],
)
def test_every_attribute_that_differs_is_named(altered: Made, kind: DifferenceKind, word: str) -> None:
    (found,) = compare(made(PAGE), made(altered), EVERYTHING).differences
    assert found.kind is kind
    assert any(detail.startswith(word) for detail in found.details)
    assert found.say().startswith("* pages/2601/0001001: ")


def test_a_link_that_points_elsewhere_has_other_content() -> None:
    (found,) = compare(made(link(b"a", b"x")), made(link(b"a", b"y")), EVERYTHING).differences
    assert (found.kind, found.details) == (DifferenceKind.CONTENT, ("target x | y",))


@pytest.mark.hazard("H16")
def test_bytes_alone_that_differ_are_marked_as_unseen_by_a_quick_check() -> None:
    unseen, seen = replace(PAGE, content=b"pen"), replace(PAGE, content=b"pen", mtime_ns=MTIME + 1)
    assert compare(made(PAGE), made(unseen), EVERYTHING).differences[0].is_unseen
    assert not compare(made(PAGE), made(seen), EVERYTHING).differences[0].is_unseen


def test_missing_and_surplus_are_told_apart() -> None:
    found = compare(made(PAGE), made(Made(b"pages/2601/X001001", b"ink")), EVERYTHING)
    assert told(found) == [(b"pages/2601/0001001", "-"), (b"pages/2601/X001001", "+")]
    assert (found.expected, found.compared) == (4, 4)


@pytest.mark.hazard("H29")
def test_owners_are_compared_by_name_whatever_their_numbers() -> None:
    theirs = People(((7, "datafax"), (500, "guest")), ((0, "root"), (500, "studies")))
    standby = Tree([replace(PAGE, uid=7), replace(folder(b"pages"), uid=7)], theirs).manifest()
    found = compare(made(PAGE), standby, EVERYTHING)
    assert [(each.path, each.details) for each in found.differences] == [
        (b".", ("owner datafax | guest",)),
        (b"pages/2601", ("owner datafax | guest",)),
    ]


def test_roots_of_two_trees_are_never_mixed_up_where_numbers_stand_for_other_people() -> None:
    ours = Tree([PAGE], people=People(((0, "root"), (500, "datafax")), ((0, "root"), (500, "studies")))).manifest()
    theirs = Tree([PAGE], people=People(((0, "root"), (500, "audit")), ((0, "root"), (500, "studies")))).manifest()
    here, there = roots_of_both(ours, theirs)
    assert (there.content, there.metadata) == (theirs.content_root, theirs.metadata_root)
    assert (here.content, here.metadata) == (ours.content_root, ours.metadata_root)
    assert here.content == there.content
    assert here.metadata != there.metadata


def test_equal_names_with_other_numbers_have_equal_roots() -> None:
    theirs = People(((0, "root"), (7, "datafax")), ((9, "studies"), (10, "root")))
    entries = [replace(entry, uid=7, gid=9) for entry in (PAGE, folder(b"pages"), folder(b"pages/2601"))]
    ours, standby = made(PAGE), Tree(entries, theirs).manifest()
    standby = replace(standby, blocks=(pack(b"", [replace(folder(b"."), uid=7, gid=9)]), *standby.blocks[1:]))
    assert ours.content_root == standby.content_root
    assert ours.metadata_root == standby.metadata_root
    assert compare(ours, standby, EVERYTHING).differences == ()


@pytest.mark.hazard("H25")
def test_hard_links_that_came_apart_are_a_difference_of_the_file_that_left() -> None:
    names = [replace(PAGE, path=path) for path in (b"a", b"b/c", b"b/d")]
    ours = made(*names, links=((b"a", b"b/c", b"b/d"),))
    theirs = made(*names, links=((b"a", b"b/d"),))
    (found,) = compare(ours, theirs, EVERYTHING).differences
    assert (found.path, found.details) == (b"b/c", ("hard links with a | none",))
    assert list_transfer(compare(ours, theirs, EVERYTHING), ours).sent == (b"a", b"b/c", b"b/d")
    assert ours.metadata_root != theirs.metadata_root
    assert compare(ours, theirs, Scope((exclusion(b"/b/c", "elsewhere"),))).differences == ()
    assert compare(ours, theirs, Scope((exclusion(b"/b", "elsewhere"),))).differences == ()
    assert list_transfer(compare(ours, made(*names, Made(b"e"), links=ours.links), EVERYTHING), ours).sent == ()


@pytest.mark.hazard("H36")
def test_a_file_that_was_not_read_is_a_gap_and_never_equal() -> None:
    unread = replace(PAGE, content=None, size=3)
    for ours, theirs in ((unread, PAGE), (PAGE, unread), (unread, unread)):
        found = compare(made(ours), made(theirs), EVERYTHING)
        assert (found.expected, found.compared, found.differences) == (4, 3, ())
        assert [gap.path for gap in found.gaps] == [PAGE.path]


def test_a_file_that_is_a_gap_already_is_named_once() -> None:
    unread = Tree([replace(PAGE, content=None, size=3)], gaps=(Gap(PAGE.path, GapKind.CHANGED, "it grew"),)).manifest()
    assert [gap.why for gap in compare(unread, made(PAGE), EVERYTHING).gaps] == ["it grew on production"]


def test_a_manifest_counts_its_files_and_knows_what_was_not_read_for_longest() -> None:
    manifest = made(PAGE, Made(b"old", b"12", read_at=99), Made(b"unread", None, size=40), link(b"l", b"old"))
    assert (manifest.files, manifest.bytes, manifest.oldest_reading) == (3, 48, 99)
    assert made().oldest_reading == 0


def test_a_file_that_was_not_read_and_has_another_size_is_known_to_differ() -> None:
    found = compare(made(PAGE), made(replace(PAGE, content=None, size=4)), EVERYTHING)
    assert [each.kind for each in found.differences] == [DifferenceKind.CONTENT]
    assert found.compared == found.expected - 1


@pytest.mark.hazard("H06")
@pytest.mark.parametrize("hidden", [b".", b"pages", b"pages/2601"])
def test_below_a_folder_that_could_not_be_listed_nothing_is_missing_or_surplus(hidden: bytes) -> None:
    gap = (Gap(hidden, GapKind.UNREADABLE, "Permission denied"),)
    known = made(PAGE, folder(b"data"))
    ghost = Tree([folder(b"data"), folder(b"pages"), folder(b"pages/2601")], gaps=gap).manifest()
    surplus, missing = compare(ghost, known, EVERYTHING), compare(known, ghost, EVERYTHING)
    assert surplus.differences == missing.differences == ()
    assert [each.path for each in surplus.gaps] == [each.path for each in missing.gaps] == [hidden, PAGE.path]
    assert missing.compared == missing.expected - 1
    assert list_transfer(surplus, ghost).deleted == ()


def test_a_gap_elsewhere_hides_nothing() -> None:
    gap = (Gap(b"page", GapKind.UNREADABLE, "Permission denied"), Gap(b"x", GapKind.CHANGED, "it grew"))
    found = compare(Tree([], gaps=gap).manifest(), made(PAGE), EVERYTHING)
    assert [each.path for each in found.differences] == [b"pages", b"pages/2601", PAGE.path]
    assert [each.why for each in found.gaps] == ["Permission denied on production", "it grew on production"]


@pytest.mark.hazard("H11")
def test_what_is_left_out_is_listed_with_what_each_side_has_there() -> None:
    scope = Scope((exclusion(b"/lib/DFserver.cf", "each host its own"), replicated(b"data/*.idx", "rebuilt")))
    ours = made(Made(b"lib/DFserver.cf", b"a"), Made(b"data/plt001.idx", b"1"), Made(b"data/plt001.dat", b"2"))
    theirs = made(Made(b"data/plt001.idx", b"x"), Made(b"data/plt001.dat", b"2"), folder(b"lib"))
    found = compare(ours, theirs, scope)
    assert found.differences == ()
    assert found.excluded == (b"data/plt001.idx", b"lib/DFserver.cf")
    assert found.set_aside[1].say().endswith(" | nothing (each host its own)")
    assert found.set_aside[0].reason == "rebuilt"
    assert (
        compare(made(link(b"lib/DFserver.cf", b"x"), folder(b"data")), theirs, scope).set_aside[1].production
        == "symlink"
    )


def test_a_scope_leaves_out_what_it_names_and_nothing_else() -> None:
    scope = Scope((exclusion(b"/a[1]", "x"), replicated(b"w/**/t?p", "y"), replicated(b"/d/*.idx/", "z")))
    left_out = (b"a[1]", b"a[1]/b", b"w/u/v/top", b"d/1.idx", b"d/1.idx/below")
    compared = (b"a1", b"a[1]b", b"w/top", b"w/u/v/t/p", b"d/e/1.idx", b".", b"a\n[1]")
    assert [scope.excludes(path) for path in (*left_out, *compared)] == [True] * 5 + [False] * 7
    assert scope.reason(b"w/u/v/top") == "y"
    assert not scope.touches(b"pages/2601", b"0001001")
    assert scope.touches(b"d", b"0.dat\x001.idx")
    assert not scope.touches(b"d", b"0.dat")


def test_a_gap_in_what_is_left_out_is_no_gap() -> None:
    gap = (Gap(b"lib/DFserver.cf", GapKind.UNREADABLE, "Permission denied"),)
    scope = Scope((exclusion(b"/lib/DFserver.cf", "each host its own"),))
    assert compare(Tree([PAGE], gaps=gap).manifest(), made(PAGE), scope).gaps == ()


def test_the_seeded_difference_is_found_wherever_the_seed_falls() -> None:
    manifest = made(PAGE, link(b"l", b"x"), Made(b"data/plt001.dat", b"1"), replace(PAGE, path=b"z", content=None))
    found = {
        control(manifest, EVERYTHING, seed=seed).path
        for seed in range(12)
        if control(manifest, EVERYTHING, seed=seed).is_detected
    }
    assert found == {PAGE.path, b"data/plt001.dat"}
    assert is_difference_found(manifest, EVERYTHING)


@pytest.mark.hazard("H38")
def test_a_control_that_nothing_can_be_seeded_in_is_not_detected() -> None:
    assert not is_difference_found(made(link(b"l", b"x")), EVERYTHING)
    assert not is_difference_found(replace(made(), blocks=()), EVERYTHING)
    assert not is_difference_found(made(PAGE), Scope((exclusion(b"/pages", "all of it"),)))


def test_what_moved_between_two_listings_is_said_in_words() -> None:
    later = made(replace(PAGE, content=b"pen"), Made(b"new"))
    assert list(what_moved(made(PAGE), later, EVERYTHING)) == [
        "production moved during the cycle: new appeared",
        "production moved during the cycle: pages/2601/0001001 was written",
    ]


def test_a_transfer_list_holds_what_makes_the_standby_equal() -> None:
    ours = made(PAGE, Made(b"-rf\n", b"1"), Made(b"data/a", b"1"))
    theirs = made(PAGE, Made(b"data/a", b"2"), Made(b"old/x/y", b""), Made(b"kept/in/scope"), Made(b"kept/odd"))
    found = compare(ours, theirs, Scope((exclusion(b"/kept/in", "x"),)))
    listed = list_transfer(found, ours)
    assert listed.sent == (b"-rf\n", b"data/a")
    assert listed.from_null == b"-rf\n\0data/a\0"
    assert listed.deleted == (b"kept/odd", b"old")


@given(
    st.sets(st.sampled_from([b"work/a", b"work/b/c", b"data/a", b"data/b", b"x"])),
    st.sets(st.sampled_from([b"work/a", b"work/d", b"data/a", b"data/c", b"x"])),
)
def test_the_numbers_of_a_coverage_add_up_whatever_the_scope_leaves_out(before: set[bytes], after: set[bytes]) -> None:
    scope = Scope((exclusion(b"/work", "reports write it"), exclusion(b"/data/b", "x")))
    last, now = made(*map(Made, sorted(before))), made(*map(Made, sorted(after)))
    coverage = cover(compare(now, now, scope), now, (last,), scope)
    assert coverage.last + coverage.created - coverage.deleted == coverage.expected == coverage.checked
    assert coverage.last == len(last) - sum(scope.excludes(entry.path) for entry in last.entries())


def test_the_coverage_says_where_the_entries_of_last_time_went() -> None:
    last, now = made(PAGE, Made(b"data/a")), made(PAGE, Made(b"data/b"), Made(b"c/d"))
    coverage = cover(compare(now, now, EVERYTHING), now, (last,), EVERYTHING)
    assert coverage.say() == "checked 8 of 8 expected (last cycle 6 + 3 created - 1 deleted)"
    assert coverage.last + coverage.created - coverage.deleted == coverage.expected
    assert coverage.is_whole
    assert cover(compare(now, now, EVERYTHING), now, (), EVERYTHING).say().endswith("(no cycle before this one)")
    assert not cover(Comparison(0, 0, (), ()), now, (), EVERYTHING).is_whole


NAMES = st.binary(min_size=1, max_size=4).filter(lambda name: not set(name) & {0, 0x2F} and name not in (b".", b".."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(b"/".join)
FILES = st.builds(
    Made,
    path=PATHS,
    content=st.sampled_from([b"", b"1", b"2"]),
    mtime_ns=st.sampled_from([MTIME, MTIME + 1]),
    uid=st.sampled_from([0, 500]),
    mode=st.sampled_from([stat.S_IFREG | 0o644, stat.S_IFREG | 0o600]),
)


def _tree(entries: list[Made]) -> list[Made]:
    """Leave out files that lie below another file."""
    found = {entry.path: entry for entry in entries}
    below = {b"/".join(path.split(b"/")[:depth]) for path in found for depth in range(1, path.count(b"/") + 1)}
    return [entry for path, entry in found.items() if path not in below]


@settings(max_examples=80, deadline=None)
@given(st.lists(FILES, max_size=6), st.lists(FILES, max_size=6))
def test_the_comparison_finds_what_a_plain_look_at_every_entry_finds(one: list[Made], other: list[Made]) -> None:
    ours, theirs = Tree(_tree(one)).manifest(), Tree(_tree(one[:3] + other)).manifest()
    found = compare(ours, theirs, EVERYTHING)
    here = {entry.path: entry for entry in ours.entries()}
    there = {entry.path: entry for entry in theirs.entries()}
    expected = {path for path in here.keys() | there.keys() if here.get(path) != there.get(path)}
    assert {each.path for each in found.differences} == expected
    assert (found.expected, found.compared) == (len(here), len(here))
    assert (ours.metadata_root == theirs.metadata_root and ours.content_root == theirs.content_root) == (not expected)
    assert roots_of_both(ours, theirs) == tuple(Roots(each.content_root, each.metadata_root) for each in (ours, theirs))
    assert all(ours.find(path) == entry for path, entry in here.items())
    assert ours.find(b"no/such/path") is None


@pytest.mark.hazard("H29")
def test_a_manifest_names_the_kinds_of_attributes_that_it_holds() -> None:
    acl = ("system.posix_acl_access", "user::rw-")
    held = made(Made(b"a", b"1", attributes=(("user.note", "x"), acl)), Made(b"b/c", b"2", attributes=(acl,)))
    assert held.attribute_kinds == {"user.note", "system.posix_acl_access"}
    assert made(Made(b"a", b"1")).attribute_kinds == frozenset()

"""Edits that a comparison by size and time passes by: found by their change time, or by reading the bytes again."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.equipment.draft import Draft, draft_unmoved
from dfwarm.equipment.hashing import Reading, Task
from dfwarm.equipment.remembered import Memory
from dfwarm.equipment.scan import scan
from dfwarm.manifest.difference import Comparison, DifferenceKind, compare
from dfwarm.manifest.reproof import DAY_SECONDS
from dfwarm.manifest.scope import Scope
from shelf import Shelf

PAGE = b"pages/2601/0001001"


class Pair:
    """Two equal trees, and what each host remembers of its own."""

    def __init__(self, folder: Path) -> None:
        self.roots = (folder / "production", folder / "standby")
        self.shelves = (Shelf(), Shelf())
        for root in self.roots:
            (root / "pages/2601").mkdir(parents=True)
            for page in range(20):
                (root / f"pages/2601/{page:07d}").write_bytes(b"page %d" % page)
            (root / os.fsdecode(PAGE)).write_bytes(b"ink")
            for entry in (*root.rglob("*"), root):
                os.utime(entry, (1_700_000_000, 1_700_000_000))
        self.compare()

    def compare(self) -> Comparison:
        ours, theirs = (scan(os.fsencode(root), shelf) for root, shelf in zip(self.roots, self.shelves, strict=True))
        return compare(ours, theirs, Scope())

    def grow_old(self, seconds: int) -> None:
        for shelf in self.shelves:
            shelf.grow_old(seconds)

    def settle(self) -> None:
        self.grow_old(0)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def only_content(found: Comparison) -> list[bytes]:
    assert all(each.kind is DifferenceKind.CONTENT for each in found.differences)
    return [each.path for each in found.differences]


def edit(path: Path, content: bytes) -> None:
    """Write other bytes of the same length and put both times back."""
    before = path.stat()
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.hazard("H16")
@pytest.mark.parametrize("side", [0, 1])
def test_an_edit_with_its_time_put_back_is_found_at_the_next_scan(pair: Pair, side: int) -> None:
    pair.settle()
    assert pair.compare().differences == ()
    edit(pair.roots[side] / os.fsdecode(PAGE), b"pen")
    found = pair.compare()
    assert only_content(found) == [PAGE]
    assert found.differences[0].is_unseen


@pytest.mark.hazard("H17")
def test_two_edits_within_one_tick_of_the_clock_are_told_apart(pair: Pair) -> None:
    path = pair.roots[0] / os.fsdecode(PAGE)
    path.write_bytes(b"one")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    pair.compare()
    shelf = pair.shelves[0]
    memory = shelf.memories[b"pages/2601"]
    row = memory.block.list_names().index(b"0001001")
    assert row.to_bytes(8, "little") in memory.open, "a file so young is read again, whatever its numbers say"
    shelf.alter(b"pages/2601", b"0001001")
    assert scan(os.fsencode(pair.roots[0]), shelf).find(PAGE) == scan(os.fsencode(pair.roots[0]), Shelf()).find(PAGE)


@pytest.mark.hazard("H18")
@pytest.mark.parametrize("side", [0, 1])
def test_bytes_that_went_bad_without_a_trace_are_found_within_the_promised_days(pair: Pair, side: int) -> None:
    """The memory is altered instead of the disk: to the scan that is the same, and no number of the file moves."""
    edit(pair.roots[side] / os.fsdecode(PAGE), b"pen")
    pair.compare()
    shelf = pair.shelves[side]
    shelf.memories[b"pages/2601"] = _with_digest_of(pair, 1 - side, shelf)
    pair.settle()
    assert pair.compare().differences == (), "the file is not due yet, and nothing about it moved"
    pair.grow_old(7 * DAY_SECONDS)
    assert only_content(pair.compare()) == [PAGE]


def _with_digest_of(pair: Pair, other: int, shelf: Shelf) -> Memory:
    mine, theirs = shelf.memories[b"pages/2601"], pair.shelves[other].memories[b"pages/2601"]
    return replace(mine, block=replace(mine.block, digests=theirs.block.digests))


@pytest.mark.hazard("H18")
def test_a_scan_that_remembers_nothing_finds_it_at_once(pair: Pair) -> None:
    pair.settle()
    pair.shelves[1].alter(b"pages/2601", b"0001001")
    ours = scan(os.fsencode(pair.roots[0]), Shelf())
    assert only_content(compare(ours, scan(os.fsencode(pair.roots[1]), pair.shelves[1]), Scope())) == [PAGE]
    assert compare(ours, scan(os.fsencode(pair.roots[1]), Shelf()), Scope()).differences == ()


@pytest.mark.hazard("H59")
def test_a_digest_that_surprises_is_read_twice_before_it_is_believed(pair: Pair) -> None:
    pair.grow_old(8 * DAY_SECONDS)
    memory = pair.shelves[0].memories[b"pages/2601"]
    row = memory.block.list_names().index(b"0001001")
    draft = draft_unmoved(memory, 1 << 60)
    assert isinstance(draft, Draft)
    flipped = Reading(bytes([7]) * 32, 1_700_000_000, (), {})
    assert draft.take(Task(draft.listed, [row], 3), flipped) == [row]
    assert not draft.holds(row, memory.block.digest_of(row))
    assert draft.memory().block.digest_of(row) == bytes(32), "two readings differ: the file has no digest"

"""Every byte is read again within the promised days, those that waited longest first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.manifest.block import Block, integers
from dfwarm.manifest.reproof import DAY_SECONDS, plan_reproof
from manifest_maker import SECOND, Made, pack

DAY = DAY_SECONDS


def week(name: bytes, *ages: int, size: int = 1_000_000) -> Block:
    """A folder of files that were last read so many days before."""
    return pack(
        name, [Made(b"%s/%d" % (name, row), b"", size=size, read_at=SECOND - age * DAY) for row, age in enumerate(ages)]
    )


def due(*blocks: Block, within: int = 7) -> dict[bytes, int]:
    return plan_reproof(blocks, now=SECOND, within_days=within)


def test_nothing_is_due_where_nothing_was_read() -> None:
    assert due() == {}
    assert due(pack(b"a", [Made(b"a/1", None)])) == {}


def test_nothing_is_due_at_once_after_everything_was_read() -> None:
    assert due(week(b"a", 0, 0), week(b"b", 0)) == {}


def test_a_day_later_a_seventh_is_due_and_the_folder_is_one_of_the_oldest() -> None:
    blocks = [week(b"%d" % number, 1) for number in range(70)]
    found = due(*blocks)
    assert len(found) == 10
    assert set(found.values()) == {SECOND - DAY}


def test_those_that_waited_longest_come_first() -> None:
    assert list(due(week(b"a", 1), week(b"b", 3), week(b"c", 5), week(b"d", 2), week(b"e", 4))) == [b"c"]


def test_within_one_folder_only_the_files_that_waited_longest_are_due() -> None:
    unread = [Made(b"b/%d" % row, None if row else b"", read_at=SECOND - 4 * DAY) for row in range(2)]
    assert due(pack(b"b", unread)) == {b"b": SECOND - 4 * DAY}
    mixed = pack(b"c", [*unread, Made(b"c/2", b"", read_at=SECOND - DAY)])
    assert due(mixed) == {b"c": SECOND - 4 * DAY}
    assert due(week(b"a", 1, 5, 3)) == {b"a": SECOND - 5 * DAY}


def test_whatever_would_outlive_the_promise_before_the_next_scan_is_due_in_any_case() -> None:
    found = due(week(b"a", 1), week(b"b", 7), week(b"c", 6), week(b"d", 9), within=7)
    assert found == {b"b": SECOND - 7 * DAY, b"c": SECOND - 6 * DAY, b"d": SECOND - 9 * DAY}


@pytest.mark.hazard("H45")
def test_a_reading_from_the_future_is_no_reading() -> None:
    assert due(week(b"a", -1, 0)) == {b"a": SECOND + DAY}


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 5_000_000), min_size=1, max_size=12), st.integers(2, 9), st.integers(1, 3))
def test_over_time_no_file_waits_longer_than_promised(sizes: list[int], within: int, step: int) -> None:
    now = SECOND
    files = [Made(b"%d/f" % row, b"", size=size, read_at=now) for row, size in enumerate(sizes)]
    step = min(step, within)
    for _ in range(4 * within):
        now += step * DAY
        plan = plan_reproof([pack(each.path[:-2], [each]) for each in files], now=now, within_days=within)
        files = [
            Made(
                each.path,
                b"",
                size=each.size,
                read_at=now if plan.get(each.path[:-2], 0) >= each.read_at else each.read_at,
            )
            for each in files
        ]
        assert min(each.read_at for each in files) >= now - within * DAY


def test_the_readings_of_a_block_are_seconds() -> None:
    assert list(integers(week(b"a", 0, 2).readings)) == [SECOND, SECOND - 2 * DAY]

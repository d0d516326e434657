"""What receipts add up to, which copies are due, and what speaks against one."""

from datetime import UTC, datetime, timedelta

import pytest

from dfwarm.evidence.receipt import Held, Receipt, ReceiptKind, compare_copy, due_for_reading, held_at

DAY = datetime(2026, 11, 1, tzinfo=UTC)
COPIED, READ_BACK, MISMATCH = ReceiptKind


def receipt(day: int, kind: ReceiptKind, parcel: str = "a", place: str = "vault", **more: object) -> Receipt:
    given = {"files": {}, "quick": "", "says": (), **more}
    return Receipt(DAY + timedelta(days=day), place, parcel, kind, **given)  # type: ignore[arg-type]


def test_a_place_holds_every_file_that_was_ever_copied_there_as_it_was_first_copied() -> None:
    receipts = (
        receipt(0, COPIED, files={"x": "1", "y": "2"}, quick="q1"),
        receipt(1, COPIED, files={"x": "9", "z": "3"}, quick="q2"),
        receipt(2, COPIED, place="other", files={"w": "4"}),
        receipt(3, READ_BACK),
    )
    held = held_at("vault", receipts)
    assert held == {"a": Held("a", {"x": "1", "y": "2", "z": "3"}, "q2", DAY + timedelta(days=3), ())}


@pytest.mark.requirement("URS-EVD-11")
def test_copies_are_due_by_when_they_were_last_seen_oldest_first_and_at_once_when_they_did_not_match() -> None:
    receipts = (
        receipt(0, COPIED, "a"),
        receipt(1, COPIED, "b"),
        receipt(2, COPIED, "c"),
        receipt(3, READ_BACK, "a"),
        receipt(4, MISMATCH, "d", says=("x is altered",)),
    )
    held = held_at("vault", receipts)
    now = DAY + timedelta(days=5)
    assert [each.parcel for each in due_for_reading(held, now, 2 * 86400)] == ["b", "c", "a", "d"]
    assert [each.parcel for each in due_for_reading(held, now, 4 * 86400)] == ["b", "d"]
    mended = held_at("vault", (*receipts, receipt(6, READ_BACK, "d")))
    assert due_for_reading(mended, now, 10**9) == ()
    copied_again = held_at("vault", (*receipts, receipt(6, COPIED, "d")))
    assert [each.parcel for each in due_for_reading(copied_again, now, 10**9)] == ["d"]


def test_a_copy_is_held_file_by_file() -> None:
    held = Held("a", {"x": "1", "y": "2"}, "", DAY, ())
    assert compare_copy(held, {"x": "1", "y": "2"}) == ()
    assert compare_copy(held, {"x": "9", "z": "3"}) == ("y is missing", "x is altered", "z was not put there by us")

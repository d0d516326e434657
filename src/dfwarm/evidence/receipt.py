"""Receipts: what was copied where and when, with the digest of each file, and what was read back of it later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ReceiptKind(StrEnum):
    """What a receipt is for."""

    COPIED = "copied"
    READ_BACK = "read back"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    One act at one place with one parcel, such as `records/035/035-00042`.

    `files` are the SHA-256 of what was copied; `quick` tells cheaply whether the parcel moved since. `says` is what did
    not match.
    """

    at: datetime
    place: str
    parcel: str
    kind: ReceiptKind
    files: dict[str, str]
    quick: str
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What a place should hold of a parcel: every file that was ever copied there, and when it was last seen."""

    parcel: str
    files: Mapping[str, str]
    quick: str
    seen_at: datetime
    says: tuple[str, ...]


def held_at(place: str, receipts: Iterable[Receipt]) -> Mapping[str, Held]:
    """What a place should hold by its receipts. A file is never overwritten, so its first digest is the one."""
    found: dict[str, Held] = {}
    for receipt in receipts:
        if receipt.place != place:
            continue
        before = found.get(receipt.parcel)
        files = {**receipt.files, **(before.files if before else {})}
        is_copy = receipt.kind is ReceiptKind.COPIED
        quick = receipt.quick if is_copy or not before else before.quick
        says = before.says if is_copy and before else receipt.says
        found[receipt.parcel] = Held(receipt.parcel, files, quick, receipt.at, says)
    return found


def due_for_reading(held: Mapping[str, Held], now: datetime, within_seconds: int) -> tuple[Held, ...]:
    """
    The parcels that nobody has seen for too long, or that did not match when somebody did, oldest first.

    Within no time at all every parcel is due, whatever the clock says.
    """
    due = [
        each
        for each in held.values()
        if each.says or not within_seconds or (now - each.seen_at).total_seconds() >= within_seconds
    ]
    return tuple(sorted(due, key=lambda each: (each.seen_at, each.parcel)))


def compare_copy(held: Held, found: Mapping[str, str]) -> tuple[str, ...]:
    """What speaks against a copy. A file beyond the receipts is named too: nobody of us put it there."""
    return (
        *(f"{name} is missing" for name in sorted(held.files.keys() - found.keys())),
        *(f"{name} is altered" for name in sorted(held.files) if found.get(name, held.files[name]) != held.files[name]),
        *(f"{name} was not put there by us" for name in sorted(found.keys() - held.files.keys())),
    )

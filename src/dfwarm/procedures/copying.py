"""Evidence in other places: copy what has no receipt yet, and read back what was copied long ago."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.history import History
from dfwarm.equipment.outbox import Outbox
from dfwarm.equipment.parcel import Parcel
from dfwarm.equipment.places import Place
from dfwarm.equipment.receipts import Receipts
from dfwarm.errors import DfwarmError
from dfwarm.evidence.receipt import Held, Receipt, ReceiptKind, compare_copy, due_for_reading, held_at

RECENT = 30
"""Bundles of a study that are looked at again after each cycle, since reviews and tokens come later."""


@dataclass(frozen=True, slots=True)
class PlaceState:
    """How one place stands: what it has, what waits for it, what did not match, and what went wrong just now."""

    place: str
    can_be_read: bool
    held: int
    waiting: int
    due: int
    mismatches: tuple[str, ...]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ReadBack:
    """One copy that was read back, and what spoke against it."""

    place: str
    parcel: str
    says: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingBack:
    """Copies that were read back in one go, and the places that did not let themselves be read."""

    copies: tuple[ReadBack, ...]
    troubles: tuple[str, ...]

    @property
    def altered(self) -> tuple[ReadBack, ...]:
        """The copies that are not what was copied."""
        return tuple(each for each in self.copies if each.says)


@dataclass(frozen=True, slots=True)
class Copying:
    """The equipment for copies of one pair's evidence."""

    places: tuple[Place, ...]
    receipts: Receipts
    outbox: Outbox
    archive: Archive
    history: History
    audit: AuditTrail
    now: Callable[[], datetime]

    def copy(self, *, is_thorough: bool) -> tuple[PlaceState, ...]:
        """
        Copy to each place what it lacks. A place that fails is told and tried again the next time.

        A thorough copy looks at every bundle again, not just at recent ones and at those without a receipt.
        """
        if not self.places:
            return ()
        for study in self.archive.studies():
            self.outbox.pack_log(self.history, study)
        self.outbox.pack_trail(self.audit)
        states = tuple(self._copy_to(place, is_thorough=is_thorough) for place in self.places)
        self._let_go()
        return states

    def after_cycle(self) -> tuple[str, ...]:
        """Copy what is new, and say in a line each what could not be done. Nothing here costs a cycle its verdict."""
        try:
            states = self.copy(is_thorough=False)
        except (DfwarmError, OSError) as error:
            return (f"archive: {error}",)
        return tuple(f"archive: {state.trouble}; {state.waiting} parcels wait" for state in states if state.trouble)

    def states(self, within_seconds: int) -> tuple[PlaceState, ...]:
        """How each place stands, by the receipts."""
        return tuple(self._state(place, within_seconds, "") for place in self.places)

    def read_back(self, within_seconds: int, at_most: int) -> ReadingBack:
        """
        Read back the copies that are due, oldest first, so many at most. A place that fails keeps no other from it.

        Needs no lock: nothing but receipts is written, and a copy takes as long to read as it takes.
        """
        due = [
            (place, held)
            for place in self.places
            if place.can_be_read
            for held in due_for_reading(held_at(place.name, self.receipts.all()), self.now(), within_seconds)
        ]
        due.sort(key=lambda pair: pair[1].seen_at)
        copies: list[ReadBack] = []
        troubles: dict[str, str] = {}
        for place, held in due[:at_most]:
            if place.name not in troubles:
                try:
                    copies.append(self._read(place, held))
                except (DfwarmError, OSError) as error:
                    troubles[place.name] = str(error)
        return ReadingBack(tuple(copies), tuple(troubles.values()))

    def _copy_to(self, place: Place, *, is_thorough: bool) -> PlaceState:
        trouble = ""
        try:
            for parcel in self._waiting(place, is_thorough=is_thorough):
                files = dict(parcel.digests())
                place.put(parcel)
                receipt = Receipt(self.now(), place.name, parcel.name, ReceiptKind.COPIED, files, parcel.quick)
                self.receipts.add(receipt)
        except (DfwarmError, OSError) as error:
            trouble = str(error)
        return self._state(place, 0, trouble)

    def _waiting(self, place: Place, *, is_thorough: bool) -> Iterator[Parcel]:
        held = held_at(place.name, self.receipts.all())
        for parcel, is_recent in self._parcels():
            known = held.get(parcel.name)
            if known is None or ((is_recent or is_thorough) and known.quick != parcel.quick):
                yield parcel

    def _parcels(self) -> Iterator[tuple[Parcel, bool]]:
        base = self.archive.folder.parent
        for study in self.archive.studies():
            cycles = self.archive.cycles(study)
            for place, cycle in enumerate(cycles):
                name = str(self.archive.place(cycle).relative_to(base))
                yield Parcel(base, name), place >= len(cycles) - RECENT
        yield from ((parcel, False) for parcel in self.outbox.parcels())

    def _read(self, place: Place, held: Held) -> ReadBack:
        says = compare_copy(held, place.read(held.parcel))
        kind = ReceiptKind.MISMATCH if says else ReceiptKind.READ_BACK
        self.receipts.add(Receipt(self.now(), place.name, held.parcel, kind, {}, "", says))
        return ReadBack(place.name, held.parcel, says)

    def _state(self, place: Place, within_seconds: int, trouble: str) -> PlaceState:
        held = held_at(place.name, self.receipts.all())
        return PlaceState(
            place=place.name,
            can_be_read=place.can_be_read,
            held=len(held),
            waiting=len(tuple(self._waiting(place, is_thorough=False))),
            due=len(due_for_reading(held, self.now(), within_seconds)) if within_seconds else 0,
            mismatches=tuple(f"{each.parcel}: {says}" for each in held.values() for says in each.says),
            trouble=trouble,
        )

    def _let_go(self) -> None:
        """Drop what waits in the outbox and is everywhere."""
        everywhere = [held_at(place.name, self.receipts.all()) for place in self.places]
        for parcel in self.outbox.parcels():
            if all(parcel.name in held for held in everywhere):
                self.outbox.drop(parcel)

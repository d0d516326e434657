"""How many entries were expected, and why: a comparison of fewer than last time has to say where they went."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.manifest.difference import Comparison
from dfwarm.manifest.listing import Manifest


@dataclass(frozen=True, slots=True)
class Coverage:
    """Entries: checked of expected now, and those of the last cycle with what was created and deleted since."""

    checked: int
    expected: int
    last: int
    created: int
    deleted: int

    @property
    def is_whole(self) -> bool:
        """Whether something was expected and all of it was checked."""
        return 0 < self.expected == self.checked

    def say(self) -> str:
        """The coverage in one line."""
        since = f"last cycle {self.last:,} + {self.created:,} created - {self.deleted:,} deleted" if self.last else ""
        return f"checked {self.checked:,} of {self.expected:,} expected ({since or 'no cycle before this one'})"


def cover(comparison: Comparison, production: Manifest, last: tuple[Manifest, ...]) -> Coverage:
    """Account for a comparison. `last` holds production's manifest of the last cycle, or nothing."""
    created = deleted = 0
    for before in last:
        created, deleted = _count_moves(before, production)
    entries = sum(map(len, last))
    return Coverage(comparison.compared, comparison.expected, entries, created, deleted)


def _count_moves(before: Manifest, now: Manifest) -> tuple[int, int]:
    """How many paths are new and how many are gone, folder by folder."""
    ours = {block.folder: block.names for block in before.blocks}
    theirs = {block.folder: block.names for block in now.blocks}
    moved = [folder for folder in ours.keys() | theirs.keys() if ours.get(folder) != theirs.get(folder)]
    gone = fresh = 0
    for folder in moved:
        one, other = set(_split(ours.get(folder, b""))), set(_split(theirs.get(folder, b"")))
        gone, fresh = gone + len(one - other), fresh + len(other - one)
    return fresh, gone


def _split(names: bytes) -> Iterator[bytes]:
    return iter(names.split(b"\0") if names else ())

"""What this gate's own conversation keeps of a tree between two listings, so that a freeze need not read it again."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.equipment.remembered import Memory, Remembered
from dfwarm.equipment.walk import NOBODY, Trusted

_kept: dict[bytes, dict[bytes, Memory]] = {}
_quiet: dict[bytes, Trusted] = {}
_moved: dict[bytes, set[bytes]] = {}
_at: dict[bytes, datetime] = {}


def keep(folder: bytes, memories: dict[bytes, Memory]) -> None:
    """Keep what a listing of a root found; what moves is counted from it."""
    place = os.path.realpath(folder)
    _kept[place], _at[place] = memories, datetime.now(UTC)
    _moved.pop(place, None)
    _quiet.pop(place, None)


def keep_on(folder: bytes, memories: dict[bytes, Memory], moved: set[bytes]) -> set[bytes]:
    """Keep a later state of a root, and every path that moved since the listing that counts. Returns all of them."""
    place = os.path.realpath(folder)
    _kept[place], _at[place] = memories, datetime.now(UTC)
    _moved[place] = _moved.get(place, set()) | moved
    return _moved[place]


def kept(folder: bytes) -> dict[bytes, Memory] | None:
    """What the last listing of a root found, if this conversation made one."""
    return _kept.get(os.path.realpath(folder))


def kept_at(folder: bytes) -> datetime:
    """When that listing was over. Ask only where there is one."""
    return _at[os.path.realpath(folder)]


def forget() -> None:
    """Keep nothing any more."""
    _kept.clear()
    _moved.clear()
    _at.clear()
    _quiet.clear()


def keep_quiet(folder: bytes, quiet: Trusted) -> None:
    """Keep which folders of a root the next look need not open."""
    _quiet[os.path.realpath(folder)] = quiet


def take_quiet(folder: bytes) -> Trusted:
    """The folders that this look need not open. A later one is told anew."""
    return _quiet.pop(os.path.realpath(folder), NOBODY)


@dataclass(slots=True)
class Witness:
    """A memory that notes what a scan learned. What is beneath it is asked first and told last."""

    beneath: Remembered | None
    known: dict[bytes, Memory] = field(default_factory=dict)
    changed: dict[bytes, Memory] = field(default_factory=dict)
    gone: set[bytes] = field(default_factory=set)

    def recall(self) -> dict[bytes, Memory]:
        """What is known of each folder."""
        if not self.known and self.beneath is not None:
            self.known = self.beneath.recall()
        return dict(self.known)

    def learn(self, changed: dict[bytes, Memory], gone: set[bytes]) -> None:
        """Note what changed and what is gone, and pass it on."""
        self.changed, self.gone = changed, gone
        if self.beneath is not None:
            self.beneath.learn(changed, gone)

    @property
    def now(self) -> dict[bytes, Memory]:
        """What is known of each folder after the scan."""
        return {path: memory for path, memory in self.known.items() if path not in self.gone} | self.changed

    def moved(self) -> Iterator[bytes]:
        """The folders of which anything moved since they were known. A file that was only read again did not move."""
        for path, memory in self.changed.items():
            before = self.known.get(path)
            if before is None or not memory.seen or before.seen != memory.seen or _is_other(before, memory):
                yield path
        yield from self.gone


def _is_other(before: Memory, now: Memory) -> bool:
    """Bytes that differ though no number moved."""
    one, other = before.block, now.block
    return one.digests != other.digests or one.attributes != other.attributes

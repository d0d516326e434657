"""Bundles verified one by one, or many beside each other: each is told in the order in which it was asked for."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.errors import BundleRefused
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verified import plain_verified, say_verified, verify_at
from dfwarm.terms import CycleId

Place = tuple[Path, CycleId | None]
"""A folder, and the cycle that it is asked for; `None` where nobody says."""

_TASK_BUNDLES = 25
_SHARED_FROM = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be said of a bundle: as lines, as plain values, and as an exit code."""

    lines: str
    plain: dict[str, object]
    code: int


@dataclass(frozen=True, slots=True)
class Verifying:
    """How bundles are verified: against what trust, and in how many words they are told."""

    trust: Trust
    is_pending_accepted: bool = False
    is_long: bool = False

    def each(self, places: Sequence[Place], *, workers: int) -> Iterator[Told]:
        """Verify the bundles in folders, among several processes where there are many."""
        if workers < 2 or len(places) < _SHARED_FROM:
            yield from map(self.one, places)
            return
        from dfwarm.equipment.share import share_out

        tasks = [places[start : start + _TASK_BUNDLES] for start in range(0, len(places), _TASK_BUNDLES)]
        early: dict[int, list[Told]] = {}
        awaited = 0
        for task, told in share_out(len(tasks), lambda task: list(map(self.one, tasks[task])), workers):
            early[task] = told
            while awaited in early:
                yield from early.pop(awaited)
                awaited += 1

    def one(self, place: Place) -> Told:
        """Verify the bundle in a folder. One that cannot even be opened is refused like any other."""
        folder, cycle = place
        try:
            bundle = open_bundle(folder, asked=cycle, is_pending_accepted=self.is_pending_accepted)
        except BundleRefused as error:
            plain = {"bundle": str(folder), "isGenuine": False, "verdict": "", "problem": str(error), "steps": []}
            return Told(f"REFUSED: {error}  [{folder}]", plain, BundleRefused.exit_code)
        return self.told(str(folder), bundle)

    def told(self, place: str, bundle: Bundle) -> Told:
        """Verify an open bundle."""
        found = verify_at(place, bundle, self.trust)
        return Told("\n".join(say_verified(found, is_long=self.is_long)), plain_verified(found), found.code)


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0))

"""
Ask a host for the listing of a root: what has not changed since the last one is only named.

Both listings of the last study are asked for as soon as the pair is locked, while the rest of the program is loaded.
"""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from dfwarm.equipment.listings import Key, Listings
from dfwarm.errors import AnswerRefused, DfwarmError
from dfwarm.facts.fact import Fact, Question
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import NOTHING_HELD, Blocks, decode
from dfwarm.terms import Side, StudyNumber

T = TypeVar("T")

MANIFEST_SECONDS = 6 * 3600
REMEMBERED, FULL = "remembered", "full"
STALE_SECONDS = 15
"""A listing that waited longer than this is taken again."""


class Asked(Protocol):
    """A host that answers questions."""

    def ask(self, question: Question[T]) -> Fact[T]:
        """Put a question and read its answer."""


def ask_listing(listings: Listings, host: Asked, key: Key, *, how: str = REMEMBERED) -> Fact[Manifest]:
    """List a root of a host. An answer that does not fit what is held is asked for again, as a whole."""
    name = listings.name_of(key)
    try:
        return host.ask(_question(key, how, name, lambda: listings.held(key).blocks))
    except AnswerRefused:
        if not name:
            raise
        return host.ask(_question(key, how, "", lambda: NOTHING_HELD))


@dataclass(slots=True)
class HeadStart:
    """
    Listings that were asked for ahead of a cycle. Nothing is proven by them: they tell the warm pass what to carry.

    Only a root that is held from an earlier cycle is asked for: one that is not takes long, and is asked for in its
    turn.
    """

    listings: Listings
    _asked: dict[Key, "Future[tuple[float, Fact[Manifest]]]"] = field(default_factory=dict)

    def begin(self, hosts: Mapping[Side, Asked], study: StudyNumber, root: str) -> None:
        """Ask both sides for a root, each in a thread of its own, and read what is held while they look."""
        pool = ThreadPoolExecutor(2 * len(hosts))
        for side, host in hosts.items():
            self._asked[side, study, root] = pool.submit(self._ask, host, (side, study, root))
        for side in hosts:
            pool.submit(self.listings.held, (side, study, root))
        pool.shutdown(wait=False)

    def take(self, key: Key) -> Fact[Manifest] | None:
        """The listing that was asked for, once; none where it was not, failed, or is too old to be of use."""
        asked = self._asked.pop(key, None)
        if asked is None:
            return None
        try:
            at, fact = asked.result()
        except (DfwarmError, OSError):
            return None  # the cycle asks again, and says what is wrong
        return fact if time.monotonic() - at < STALE_SECONDS else None

    def _ask(self, host: Asked, key: Key) -> tuple[float, Fact[Manifest]]:
        if not self.listings.name_of(key):
            raise AnswerRefused("nothing is held of the root")
        fact = ask_listing(self.listings, host, key)
        return time.monotonic(), fact


def _question(key: Key, how: str, name: str, held: Callable[[], Blocks]) -> Question[Manifest]:
    _, study, root = key
    words = ("manifest", f"{study:03d}", root, how)
    return Question((*words, name) if name else words, lambda stream: decode(stream, held()), MANIFEST_SECONDS)

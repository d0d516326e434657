"""
Ship what is new between cycles: page images that came and journals that grew.

Nothing of it is proven, nothing is ever deleted, and nothing that the standby has is replaced but a journal by its own
continuation. A cycle goes first: it is looked for before every run of rsync, and while one runs.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from dfwarm.datafax.layout import within_study
from dfwarm.errors import PreflightFailed, RecordUnknown, TransferFailed
from dfwarm.facts.fact import Transcript
from dfwarm.facts.growth import Arrival, JournalSize, Shipped, StudyGrowth
from dfwarm.facts.journals import PATH_AT_MOST, Beginning, ask_for
from dfwarm.manifest.scope import Scope
from dfwarm.plan import questions
from dfwarm.plan.scope import ScopeOrder
from dfwarm.procedures.identity import refuse_strangers_quietly
from dfwarm.procedures.kit import BothSides, Host
from dfwarm.rsync.argv import Ends
from dfwarm.rsync.shipping import plan_shipping, shipped_paths
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

OVERLAP = timedelta(seconds=3)
"""What was too young at one look is within the next one."""

BATCH = 200
RUN_SECONDS = 30
LARGEST_JOURNAL = 1 << 28
_GONE, _PARTLY = 24, 23


class Shelf(Protocol):
    """Where is kept what was shipped, and where journals wait to be checked."""

    def read(self, study: StudyNumber) -> Shipped | None:
        """What was shipped of a study."""

    def keep(self, study: StudyNumber, shipped: Shipped) -> None:
        """Keep it."""

    def staging(self, study: StudyNumber, key: str) -> str:
        """A folder of our own for the journals of a root."""

    def digest(self, folder: str, path: bytes, size: int) -> str:
        """The digest of the first bytes of a journal that waits there; empty where it is shorter."""

    def size(self, folder: str, path: bytes) -> int:
        """How long a journal is that waits there; -1 where none does."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The last cycle of a study that proved equality, and its time point."""

    cycle: str
    as_of: datetime


@dataclass(frozen=True, slots=True)
class FollowOrder:
    """What is followed, and how gently. `scope` says what is sent at all."""

    study: StudyNumber
    pair: str
    scope: ScopeOrder
    bandwidth_kib: int
    whole_seconds: int


class Yielded(Exception):
    """A cycle wants the pair."""


class _Sent(NamedTuple):
    """
    What one run of rsync says that it wrote, and what of it was left out, if anything was.

    A page that vanished (24) is what production does every day; a path that could not be read or written (23) is told.
    """

    paths: tuple[bytes, ...]
    remark: str


@dataclass(slots=True)
class Follower:
    """One study that is followed."""

    order: FollowOrder
    hosts: BothSides
    production: Host
    standby: Host
    run_rsync: Callable[[tuple[str, ...], bytes, Callable[[bytes], None]], Transcript]
    shelf: Shelf
    is_wanted: Callable[[], bool]
    now: Callable[[], datetime]
    _whole_at: datetime | None = field(default=None)
    _is_partly_sent: bool = field(default=False)

    def ship(self, proven: Proven | None) -> Shipped:
        """Ship what came since the last time. Raises RecordUnknown, Yielded, and the errors of the gates."""
        if proven is None:
            raise RecordUnknown(f"no cycle of study {self.order.study:03d} has proven equality, so nothing follows it")
        before = self._before(proven)
        self._give_way()
        refuse_strangers_quietly(self.hosts, self.order.study, self.order.pair)
        roots = self._roots()
        is_whole = self._is_whole_due()
        since = before.shipped_until - OVERLAP
        self._is_partly_sent = False
        after = before
        looked_at: list[datetime] = []
        for key, (ours, theirs) in roots.items():
            growth = self._ask(self.production, key, since, is_whole=is_whole)
            looked_at.append(growth.looked_at)
            after = self._ship_pages(key, (ours, theirs), growth.pages, after)
            after = self._ship_journals(key, theirs, (ours, growth.journals), after)
        until = before.shipped_until if self._is_partly_sent else min(looked_at)
        after = replace(after, shipped_until=until, passed_at=self.now())
        if is_whole:
            self._whole_at = self.now()
        self.shelf.keep(self.order.study, after)
        return after

    def _before(self, proven: Proven) -> Shipped:
        kept = self.shelf.read(self.order.study)
        fresh = Shipped(f"{self.order.study:03d}", proven.cycle, proven.as_of, self.now())
        if kept is None or kept.proven_by != proven.cycle:
            return fresh
        return replace(kept, remark="")

    def _roots(self) -> dict[str, tuple[bytes, bytes]]:
        question = questions.look(self.order.study)
        looks = self.hosts.ask_both(question, question)
        ours, theirs = ({root.key: root.folder for root in look.value.roots} for look in looks)
        if ours.keys() != theirs.keys():
            raise PreflightFailed("the study's directories are not laid out alike on both sides")
        return {key: (ours[key], theirs[key]) for key in ours}

    def _is_whole_due(self) -> bool:
        whole = timedelta(seconds=self.order.whole_seconds)
        return self._whole_at is None or self.now() - self._whole_at >= whole

    def _ask(self, host: Host, key: str, since: datetime, *, is_whole: bool) -> StudyGrowth:
        nano = int(since.astimezone(UTC).timestamp() * 1_000_000) * 1_000
        return host.ask(questions.growth(self.order.study, key, nano, is_whole=is_whole)).value

    def _ship_pages(self, key: str, roots: tuple[bytes, bytes], pages: tuple[Arrival, ...], before: Shipped) -> Shipped:
        scope = Scope(self.order.scope.withheld, within_study(key))
        wanted = [page for page in pages if not scope.omits(page.path)]
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            sent = self._run(
                (self.production, os.fsdecode(roots[0])), (self.standby, os.fsdecode(roots[1])),
                [page.path for page in batch], is_new_only=True,
            )  # fmt: skip
            sizes = {page.path: page.size for page in batch}
            arrived = [path for path in sent.paths if path in sizes]
            before = replace(
                before,
                pages=before.pages + len(arrived),
                bytes=before.bytes + sum(sizes[path] for path in arrived),
                remark=sent.remark or before.remark,
            )
            self.shelf.keep(self.order.study, before)
        return before

    def _ship_journals(
        self, key: str, theirs: bytes, ours: tuple[bytes, tuple[JournalSize, ...]], before: Shipped
    ) -> Shipped:
        """Fetch each journal that grew into a folder of ours, and let it on only as the continuation that it is."""
        folder, journals = ours
        standing = {each.path: each.size for each in self._ask(self.standby, key, self.now(), is_whole=False).journals}
        scope = Scope(self.order.scope.withheld, within_study(key))
        grown = [each for each in journals if each.size > standing.get(each.path, 0) and not scope.omits(each.path)]
        for journal in grown:
            if journal.size > LARGEST_JOURNAL or len(journal.path) > PATH_AT_MOST:
                before = replace(before, remark=f"journal {spell(journal.path)} is left to the cycle: it is too large")
                continue
            waiting = self.shelf.staging(self.order.study, key)
            fetched = self._fetch(folder, waiting, journal.path)
            size = standing.get(journal.path, 0)
            if fetched.remark:
                before = replace(before, remark=fetched.remark)
                continue
            if not self._is_continuation(key, waiting, journal.path, size):
                said = f"journal {spell(journal.path)} is no continuation of the standby's: the next cycle says why"
                before = replace(before, remark=said)
                continue
            target = (self.standby, os.fsdecode(theirs))
            sent = self._run((None, waiting), target, [journal.path], is_new_only=journal.path not in standing)
            if sent.remark:
                before = replace(before, remark=sent.remark)
                continue
            gained = self.shelf.size(waiting, journal.path) - size
            before = replace(before, journals=before.journals + 1, bytes=before.bytes + gained)
            self.shelf.keep(self.order.study, before)
        return before

    def _fetch(self, folder: bytes, waiting: str, path: bytes) -> "_Sent":
        return self._run((self.production, os.fsdecode(folder)), (None, waiting), [path], is_new_only=False)

    def _is_continuation(self, key: str, waiting: str, path: bytes, size: int) -> bool:
        if self.shelf.size(waiting, path) < size:
            return False
        if not size:
            return True
        (theirs,) = tuple(self._digests(key, Beginning(path, size)))
        return bool(theirs) and self.shelf.digest(waiting, path, size) == theirs

    def _digests(self, key: str, beginning: Beginning) -> Iterator[str]:
        for _, question in ask_for(self.order.study, key, (beginning,)):
            yield from self.standby.ask(question).value.digests

    def _run(
        self, source: tuple[Host | None, str], target: tuple[Host | None, str], paths: list[bytes], *, is_new_only: bool
    ) -> "_Sent":
        """Run rsync once, unless a cycle wants the pair."""
        self._give_way()
        (source_host, source_folder), (target_host, target_folder) = source, target
        shell = next((host.remote_shell for host in (source_host, target_host) if host and host.remote_shell), ())
        ends = Ends(
            source_host.place(source_folder) if source_host else source_folder,
            target_host.place(target_folder) if target_host else target_folder,
            shell,
        )
        argv = plan_shipping(
            ends, bandwidth_kib=self.order.bandwidth_kib, timeout_seconds=RUN_SECONDS, is_new_only=is_new_only
        )
        said = self.run_rsync(argv, b"".join(path + b"\0" for path in paths), self._listen)
        word = spell(said.stderr.strip().split(b"\n")[0]) or "no word"
        if said.status not in (0, _GONE, _PARTLY):
            raise TransferFailed(f"rsync ended with status {said.status}: {word}")
        if said.status != _PARTLY:
            return _Sent(shipped_paths(said.stdout), "")
        self._is_partly_sent = True
        left = f"rsync ended with status {said.status}: something was not shipped and is asked for again: {word}"
        return _Sent(shipped_paths(said.stdout), left)

    def _listen(self, _: bytes) -> None:
        self._give_way()

    def _give_way(self) -> None:
        if self.is_wanted():
            raise Yielded


def pause_after(failures: int, every_seconds: int) -> float:
    """How long to wait for the next look: longer after each failure in a row, a minute at most."""
    return min(60.0, every_seconds * 2.0 ** min(failures, 10)) if failures else float(every_seconds)

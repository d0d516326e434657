"""Two manifests held against each other: equal folders in one look, all others entry by entry."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.manifest.block import Block, without_reading_times
from dfwarm.manifest.entry import UNREAD, Entry, Kind
from dfwarm.manifest.listing import Gap, Manifest
from dfwarm.manifest.scope import Scope
from dfwarm.spelling import spell


class DifferenceKind(StrEnum):
    """What is not the same at a path."""

    MISSING = "missing on the standby"
    SURPLUS = "only on the standby"
    KIND = "of another kind"
    CONTENT = "other content"
    METADATA = "other metadata"

    @property
    def symbol(self) -> str:
        """One character for tables: `-` missing, `+` surplus, `*` altered."""
        return {DifferenceKind.MISSING: "-", DifferenceKind.SURPLUS: "+"}.get(self, "*")


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that is not the same on both sides; `details` say each attribute as production | standby."""

    path: bytes
    kind: DifferenceKind
    details: tuple[str, ...] = ()

    @property
    def is_unseen(self) -> bool:
        """Whether only the bytes differ: the size and the time that a quick check looks at are the same."""
        return self.kind is DifferenceKind.CONTENT and all(detail.startswith("sha256 ") for detail in self.details)

    def say(self) -> str:
        """The difference in one line."""
        detail = f" ({'; '.join(self.details)})" if self.details else ""
        return f"{self.kind.symbol} {spell(self.path)}: {self.kind}{detail}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What the comparison of two manifests found.

    `expected` counts production's entries in scope, `compared` those that were held against a standby's entry with
    the bytes of both read; a difference counts as compared. `excluded` are the paths left out on either side.
    """

    expected: int
    compared: int
    differences: tuple[Difference, ...]
    gaps: tuple[Gap, ...]
    excluded: tuple[bytes, ...]


def compare(production: Manifest, standby: Manifest, scope: Scope) -> Comparison:
    """Hold the standby's manifest against production's, within the scope."""
    ours = {block.folder: block for block in production.blocks}
    theirs = {block.folder: block for block in standby.blocks}
    same_people = production.people == standby.people
    tally = _Tally(scope)
    for folder in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(folder), theirs.get(folder)
        if one and other and same_people and _is_same(one, other) and not scope.touches(folder, one.names):
            tally.equal(len(one))
            continue
        tally.hold(_by_path(one, production.people), _by_path(other, standby.people))
    gaps = tuple(gap for gap in (*production.gaps, *standby.gaps) if not scope.excludes(gap.path))
    return Comparison(
        tally.expected, tally.compared, tuple(tally.differences), (*gaps, *tally.unread), tuple(sorted(tally.excluded))
    )


class _Tally:
    """Counts and differences as they come."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.expected = 0
        self.compared = 0
        self.differences: list[Difference] = []
        self.unread: list[Gap] = []
        self.excluded: set[bytes] = set()

    def equal(self, entries: int) -> None:
        self.expected += entries
        self.compared += entries

    def hold(self, ours: dict[bytes, Entry], theirs: dict[bytes, Entry]) -> None:
        for path in sorted(ours.keys() | theirs.keys()):
            if self.scope.excludes(path):
                self.excluded.add(path)
                continue
            self._hold_one(path, ours.get(path), theirs.get(path))

    def _hold_one(self, path: bytes, ours: Entry | None, theirs: Entry | None) -> None:
        self.expected += ours is not None
        if ours and theirs:
            self.compared += 1
            if difference := differ(ours, theirs):
                self.differences.append(difference)
            return
        if ours:
            self.compared += 1
            self.differences.append(Difference(path, DifferenceKind.MISSING))
        elif theirs:
            self.differences.append(Difference(path, DifferenceKind.SURPLUS))


def differ(ours: Entry, theirs: Entry) -> Difference | None:
    """The difference between production's entry and the standby's, if there is one."""
    if ours.kind is not theirs.kind:
        return Difference(ours.path, DifferenceKind.KIND, (f"{ours.kind} | {theirs.kind}",))
    details = tuple(_details(ours, theirs, _METADATA))
    if ours.size != theirs.size or ours.digest != theirs.digest or ours.target != theirs.target:
        return Difference(ours.path, DifferenceKind.CONTENT, (*_details(ours, theirs, _CONTENT), *details))
    return Difference(ours.path, DifferenceKind.METADATA, details) if details else None


_CONTENT: tuple[tuple[str, Callable[[Entry], str]], ...] = (
    ("size", lambda entry: f"{entry.size:,}"),
    ("sha256", lambda entry: entry.digest.hex()[:16] if entry.digest != UNREAD else "not read"),
    ("target", lambda entry: spell(entry.target)),
)
_METADATA: tuple[tuple[str, Callable[[Entry], str]], ...] = (
    ("mode", lambda entry: f"{entry.mode:04o}"),
    ("owner", lambda entry: entry.owner),
    ("group", lambda entry: entry.group),
    (
        "mtime",
        lambda entry: (
            f"{entry.mtime_ns // 10**9}.{entry.mtime_ns % 10**9:09d}" if entry.kind is not Kind.SYMLINK else ""
        ),
    ),
    ("hard links", lambda entry: f"group {entry.link_group}" if entry.link_group else "none"),
)


def _details(ours: Entry, theirs: Entry, attributes: Iterable[tuple[str, Callable[[Entry], str]]]) -> Iterator[str]:
    for name, say in attributes:
        if say(ours) != say(theirs):
            yield f"{name} {say(ours)} | {say(theirs)}"


def _by_path(block: Block | None, people: tuple[str, ...]) -> dict[bytes, Entry]:
    return {entry.path: entry for entry in block.entries(people)} if block else {}


def _is_same(one: Block, other: Block) -> bool:
    return (
        one.names == other.names
        and one.digests == other.digests
        and one.targets == other.targets
        and (one.numbers == other.numbers or without_reading_times(one) == without_reading_times(other))
    )

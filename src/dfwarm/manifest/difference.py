"""Two manifests held against each other: equal folders in one look, all others entry by entry."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.manifest.block import Block
from dfwarm.manifest.entry import UNREAD, Entry
from dfwarm.manifest.likeness import Likeness
from dfwarm.manifest.listing import Gap, GapKind, Manifest
from dfwarm.manifest.policy import Rule
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
    """
    One path that is not the same on both sides.

    `details` say each attribute as production | standby; the entries are those of the sides that have one.
    """

    path: bytes
    kind: DifferenceKind
    details: tuple[str, ...] = ()
    production: Entry | None = None
    standby: Entry | None = None

    @property
    def is_unseen(self) -> bool:
        """Whether only the bytes differ: the size and the time that a quick check looks at are the same."""
        return self.kind is DifferenceKind.CONTENT and all(detail.startswith("sha256 ") for detail in self.details)

    def say(self) -> str:
        """The difference in one line."""
        detail = f" ({'; '.join(self.details)})" if self.details else ""
        return f"{self.kind.symbol} {spell(self.path)}: {self.kind}{detail}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """An entry that the scope leaves out by a rule, with what each side has there: a digest, a kind, or nothing."""

    path: bytes
    rule: Rule
    production: str
    standby: str

    @property
    def reason(self) -> str:
        """Why it is left out."""
        return self.rule.reason

    def say(self) -> str:
        """The entry in one line, `x` for excluded."""
        sides = self.production if self.production == self.standby else f"{self.production} | {self.standby}"
        return f"x {spell(self.path)}: {sides} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What the comparison of two manifests found.

    `expected` counts production's entries in scope, `compared` those that were held against a standby's entry with
    the bytes of both read; one that the standby lacks counts as compared. Nothing is said to be missing or surplus
    below a folder that the other side could not list: that is a gap. `excluded` are the paths left out on either side.
    """

    expected: int
    compared: int
    differences: tuple[Difference, ...]
    gaps: tuple[Gap, ...]
    set_aside: tuple[SetAside, ...] = ()

    @property
    def excluded(self) -> tuple[bytes, ...]:
        """The paths left out on either side."""
        return tuple(each.path for each in self.set_aside)


def compare(production: Manifest, standby: Manifest, scope: Scope) -> Comparison:
    """Hold the standby's manifest against production's, within the scope."""
    ours = {block.folder: block for block in production.blocks}
    theirs = {block.folder: block for block in standby.blocks}
    likeness = Likeness(production, standby, scope)
    tally = _Tally(production, standby, scope)
    for folder in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(folder), theirs.get(folder)
        if one and other and likeness.is_whole(one, other):
            tally.equal(len(one))
            continue
        same = likeness.equal_names(one, other) if one and other else frozenset()
        tally.equal(len(same))
        tally.hold(
            _entries(production, one, likeness.production_links, same),
            _entries(standby, other, likeness.standby_links, same),
        )
    return tally.result()


def _entries(
    manifest: Manifest, block: Block | None, first_links: dict[bytes, bytes], same: frozenset[bytes]
) -> dict[bytes, Entry]:
    """The entries of a folder by their paths, but for those that are known to be the same."""
    if block is None:
        return {}
    return {entry.path: entry for entry in manifest.entries_of(block, first_links, but_for=same)}


class _Tally:
    """Counts and differences as they come."""

    def __init__(self, production: Manifest, standby: Manifest, scope: Scope) -> None:
        self._scope = scope
        self._gaps = [*_gaps_of(production, "production", scope), *_gaps_of(standby, "standby", scope)]
        self._named = {gap.path for gap in self._gaps}
        self._hidden_on_production = _hidden(production)
        self._hidden_on_standby = _hidden(standby)
        self._expected = 0
        self._compared = 0
        self._differences: list[Difference] = []
        self._set_aside: list[SetAside] = []

    def result(self) -> Comparison:
        return Comparison(
            self._expected, self._compared, tuple(self._differences), tuple(self._gaps), tuple(self._set_aside)
        )

    def equal(self, entries: int) -> None:
        self._expected += entries
        self._compared += entries

    def hold(self, ours: dict[bytes, Entry], theirs: dict[bytes, Entry]) -> None:
        for path in sorted(ours.keys() | theirs.keys()):
            if self._scope.excludes(path) and (rule := self._scope.rule(path)):
                here, there = _say_entry(ours.get(path)), _say_entry(theirs.get(path))
                self._set_aside.append(SetAside(path, rule, here, there))
            else:
                self._hold_one(path, ours.get(path), theirs.get(path))

    def _hold_one(self, path: bytes, ours: Entry | None, theirs: Entry | None) -> None:
        self._expected += ours is not None
        if ours and theirs:
            self._hold_both(ours, theirs)
        elif ours and _is_below(path, self._hidden_on_standby):
            self._gap(path, "the standby could not list it")
        elif theirs and _is_below(path, self._hidden_on_production):
            self._gap(path, "production could not list it")
        else:
            self._compared += ours is not None
            kind = DifferenceKind.MISSING if ours else DifferenceKind.SURPLUS
            self._differences.append(Difference(path, kind, (), ours, theirs))

    def _hold_both(self, ours: Entry, theirs: Entry) -> None:
        if difference := differ(ours, theirs):
            self._differences.append(difference)
        if ours.is_unread or theirs.is_unread:
            self._gap(ours.path, f"its bytes were not read on {'production' if ours.is_unread else 'the standby'}")
        else:
            self._compared += 1

    def _gap(self, path: bytes, why: str) -> None:
        if path not in self._named:
            self._named.add(path)
            self._gaps.append(Gap(path, GapKind.UNREAD, why))


def differ(ours: Entry, theirs: Entry) -> Difference | None:
    """The difference between production's entry and the standby's, if one is known."""
    if ours.kind is not theirs.kind:
        return Difference(ours.path, DifferenceKind.KIND, (f"{ours.kind} | {theirs.kind}",), ours, theirs)
    content, metadata = tuple(_details(ours, theirs, _CONTENT)), tuple(_details(ours, theirs, _METADATA))
    if content:
        return Difference(ours.path, DifferenceKind.CONTENT, (*content, *metadata), ours, theirs)
    return Difference(ours.path, DifferenceKind.METADATA, metadata, ours, theirs) if metadata else None


Said = tuple[tuple[str, Callable[[Entry], str]], ...]

_CONTENT: Said = (
    ("size", lambda entry: f"{entry.size:,}"),
    ("sha256", lambda entry: entry.digest.hex()[:16]),
    ("target", lambda entry: spell(entry.target)),
)
_METADATA: Said = (
    ("mode", lambda entry: f"{entry.mode:04o}"),
    ("owner", lambda entry: entry.owner),
    ("group", lambda entry: entry.group),
    ("mtime", lambda entry: f"{entry.mtime_ns // 10**9}.{entry.mtime_ns % 10**9:09d}"),
    ("hard links", lambda entry: f"with {spell(entry.first_link)}" if entry.first_link else "none"),
    ("attributes", lambda entry: " ".join(f"{name}={text}" for name, text in entry.attributes) or "none"),
)


def _details(ours: Entry, theirs: Entry, attributes: Said) -> Iterator[str]:
    is_read = not (ours.is_unread or theirs.is_unread)
    for name, say in attributes:
        if name == "sha256":
            if is_read and ours.digest != theirs.digest:
                yield f"sha256 {say(ours)} | {say(theirs)}"
        elif say(ours) != say(theirs):
            yield f"{name} {say(ours)} | {say(theirs)}"


def _say_entry(entry: Entry | None) -> str:
    if entry is None:
        return "nothing"
    return f"sha256 {entry.digest.hex()}" if entry.digest != UNREAD else str(entry.kind)


def _gaps_of(manifest: Manifest, side: str, scope: Scope) -> Iterator[Gap]:
    """The gaps in scope: of what is replicated and not compared, those that keep it from being sent."""
    for gap in manifest.gaps:
        if not scope.excludes(gap.path) or (gap.kind is GapKind.UNREADABLE and not scope.omits(gap.path)):
            yield Gap(gap.path, gap.kind, f"{gap.why} on {side}")


def _hidden(manifest: Manifest) -> frozenset[bytes]:
    """The paths that could not be listed, so that nobody knows what is there."""
    return frozenset(gap.path for gap in manifest.gaps if gap.kind is not GapKind.CHANGED)


def _is_below(path: bytes, hidden: Iterable[bytes]) -> bool:
    if not hidden:
        return False
    parts = path.split(b"/")
    return b"." in hidden or any(b"/".join(parts[:depth]) in hidden for depth in range(1, len(parts) + 1))

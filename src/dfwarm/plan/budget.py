"""
Budgets, version 1: rules as data, judged on the plan of a transfer before the first write.

A rule that a plan breaches holds the transfer back. What a second person approved of an earlier plan is taken out of
the new one first (see `hold`), so that only what goes beyond it is judged.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dfwarm.spelling import spell

RULES_VERSION = "1"

ALWAYS_ALLOWED_DELETES = 5
"""Deletions that never breach the share, so that a share means something in a small study too."""

ALWAYS_ALLOWED_CHANGES = 50
"""Changed files that never breach the share: the plates of a small study change every day."""

ALWAYS_ALLOWED_BYTES = 1 << 16
"""Bytes that a study may always lose."""


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What a plan may do. Shares are in hundredths of a percent.

    `deletes` limits the number of deletions whatever their share; the limits by class come on top of both. Images
    are `garbled` where one that was an image is none any more, `strange` where a new file among them is of no known
    kind and looks encrypted.
    """

    shrink_basis_points: int
    delete_basis_points: int
    deletes: int = 500
    journal_deletes: int = 0
    data_deletes: int = 0
    setup_deletes: int = 0
    change_basis_points: int = 2_500
    garbled_images: int = 0
    strange_images: int = 5
    lost_folders: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One path that a plan touches, from the study's folder, and what tells this change of it from another one."""

    path: bytes
    detail: str = ""

    def say(self) -> str:
        """The item in a few words."""
        return f"{spell(self.path)} {self.detail}".rstrip() if self.detail and " " in self.detail else spell(self.path)


Items = tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Entries and bytes of both sides, files of both, and the entries of the last EQUIVALENT cycle."""

    production: int
    production_files: int
    standby: int
    earlier: int
    production_bytes: int = 0
    standby_bytes: int = 0
    standby_files: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """
    What a transfer would do to one root of the standby.

    Deletions of images that production only renamed to their `X`, and of what comes and goes with every report, are in
    none of them. `forgiven_entries` and `forgiven_bytes` are losses that were approved.
    """

    root: str
    sizes: Sizes
    deletes: Items = ()
    journal_deletes: Items = ()
    data_deletes: Items = ()
    setup_deletes: Items = ()
    changed: Items = ()
    broken_journals: Items = ()
    garbled_images: Items = ()
    strange_images: Items = ()
    lost_folders: Items = ()
    forgiven_entries: int = 0
    forgiven_bytes: int = 0

    @property
    def lost_entries(self) -> int:
        """Entries that were there once and are gone, beyond what was approved."""
        return max(self.sizes.earlier, self.sizes.standby) - self.sizes.production - self.forgiven_entries

    @property
    def lost_bytes(self) -> int:
        """Bytes by which production is smaller than the standby, beyond what was approved."""
        return self.sizes.standby_bytes - self.sizes.production_bytes - self.forgiven_bytes


Breaches = Callable[[Changes, Limits], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One demand on a plan. One that cannot be approved refuses the source for good."""

    name: str
    demand: str
    breaches: Breaches
    can_be_approved: bool = True


@dataclass(frozen=True, slots=True)
class Breach:
    """One breach of one rule."""

    rule: str
    says: str
    can_be_approved: bool = True


def judge_changes(changes: Changes, limits: Limits) -> tuple[Breach, ...]:
    """Every breach of every rule, in the order of the rules. None says that the transfer may go on."""
    return tuple(
        Breach(rule.name, says, rule.can_be_approved) for rule in RULES for says in rule.breaches(changes, limits)
    )


def _emptiness(changes: Changes, _limits: Limits) -> Iterator[str]:
    if changes.sizes.production_files <= 0:
        yield "production's study holds no file at all"


def _shrinkage(changes: Changes, limits: Limits) -> Iterator[str]:
    before = max(changes.sizes.earlier, changes.sizes.standby)
    if changes.lost_entries > max(ALWAYS_ALLOWED_DELETES, _share(before, limits.shrink_basis_points)):
        yield f"production shrank from {before:,} to {changes.sizes.production:,} entries"
    allowed = max(ALWAYS_ALLOWED_BYTES, _share(changes.sizes.standby_bytes, limits.shrink_basis_points))
    if changes.lost_bytes > allowed:
        yield f"production shrank from {changes.sizes.standby_bytes:,} to {changes.sizes.production_bytes:,} bytes"


def _deletion(changes: Changes, limits: Limits) -> Iterator[str]:
    share = max(ALWAYS_ALLOWED_DELETES, _share(changes.sizes.standby, limits.delete_basis_points))
    allowed = min(limits.deletes, share)
    if len(changes.deletes) > allowed:
        of = f"{len(changes.deletes):,} of {changes.sizes.standby:,} entries"
        yield f"{of} would be deleted on the standby, {allowed:,} are allowed"


def _by_class(word: str, items: Callable[[Changes], Items], limit: Callable[[Limits], int]) -> Breaches:
    def breaches(changes: Changes, limits: Limits) -> Iterator[str]:
        found, allowed = items(changes), limit(limits)
        if len(found) > allowed:
            yield f"{len(found):,} {word}, {allowed:,} allowed, first {found[0].say()}"

    return breaches


def _change(changes: Changes, limits: Limits) -> Iterator[str]:
    allowed = max(ALWAYS_ALLOWED_CHANGES, _share(changes.sizes.standby_files, limits.change_basis_points))
    if len(changes.changed) > allowed:
        of = f"{len(changes.changed):,} of {changes.sizes.standby_files:,} files"
        yield f"{of} would get other content, {allowed:,} are allowed"


def _journals(changes: Changes, _limits: Limits) -> Iterator[str]:
    yield from (f"journal {each.say()}" for each in changes.broken_journals)


RULES: tuple[Rule, ...] = (
    Rule("source", "production holds files", _emptiness, can_be_approved=False),
    Rule("shrinkage", "production did not shrink beyond its share, in entries or bytes", _shrinkage),
    Rule("deletions", "no more entries are deleted than number and share allow", _deletion),
    Rule(
        "journal deletions",
        "no journal is deleted",
        _by_class(
            "journal files would be deleted",
            lambda changes: changes.journal_deletes,
            lambda limits: limits.journal_deletes,
        ),
    ),
    Rule(
        "data deletions",
        "no plate data is deleted",
        _by_class(
            "data files would be deleted", lambda changes: changes.data_deletes, lambda limits: limits.data_deletes
        ),
    ),
    Rule(
        "setup deletions",
        "no setup is deleted",
        _by_class(
            "setup files would be deleted", lambda changes: changes.setup_deletes, lambda limits: limits.setup_deletes
        ),
    ),
    Rule(
        "folders",
        "no folder of the study vanished",
        _by_class("study folders vanished", lambda changes: changes.lost_folders, lambda limits: limits.lost_folders),
    ),
    Rule("changes", "no larger share of the files gets other content", _change),
    Rule("journals", "every journal only grew", _journals),
    Rule(
        "garbled images",
        "what was an image still is one",
        _by_class(
            "images are no images any more",
            lambda changes: changes.garbled_images,
            lambda limits: limits.garbled_images,
        ),
    ),
    Rule(
        "strange images",
        "new files among the images are of a known kind",
        _by_class(
            "new files among the images look encrypted",
            lambda changes: changes.strange_images,
            lambda limits: limits.strange_images,
        ),
    ),
)
"""The rules of this version."""


def _share(whole: int, basis_points: int) -> int:
    return whole * basis_points // 10_000

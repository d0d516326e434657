"""Which runs of rsync a transfer needs: the whole tree, or just what the two manifests say."""

from dataclasses import dataclass
from enum import StrEnum

from dfwarm.manifest.difference import Comparison
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.transfer_list import list_transfer

LISTED_AT_MOST_PERMILLE = 200
"""Above this share of changed entries rsync looks at the whole tree itself: a first copy, a return after weeks."""


class RunKind(StrEnum):
    """How a run gets its paths."""

    WHOLE = "whole tree"
    SEND = "listed paths"
    DELETE = "deletions"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of rsync. A listed one takes `paths`, relative to the root; `folders` are those that hold them."""

    kind: RunKind
    paths: tuple[bytes, ...] = ()
    folders: tuple[bytes, ...] = ()


WHOLE = (Run(RunKind.WHOLE),)


def plan_runs(
    comparison: Comparison, production: Manifest, *, mends: bool, can_list: bool, source_is_remote: bool
) -> tuple[Run, ...]:
    """
    Plan the runs for one root, none where nothing differs.

    Files that were altered without a trace in size or time go only where `mends` asks for it. What lies below a folder
    that gave way to a file goes with that folder. Deletions come last, so that a cut transfer deletes nothing; from a
    remote source they need a run of their own. Where anything could not be examined, or an rsync cannot take a list,
    rsync compares the whole tree itself.
    """
    if comparison.gaps or not can_list:
        return _with_mended(comparison, mends=mends)
    listed = list_transfer(comparison, production)
    if len(listed.sent) * 1000 > LISTED_AT_MOST_PERMILLE * comparison.expected:
        return _with_mended(comparison, mends=mends)
    unseen = set() if mends else {each.path for each in comparison.differences if each.is_unseen}
    standing = {block.folder for block in production.blocks}
    sent = set(listed.sent) - unseen
    gone = {path for path in listed.deleted if standing.issuperset(_folders_above(path))}
    if not source_is_remote:
        return _run(RunKind.SEND, sent | gone, standing)
    return (*_run(RunKind.SEND, sent, standing), *_run(RunKind.DELETE, gone, standing))


@dataclass(frozen=True, slots=True)
class WarmPass:
    """
    What is known of the warm pass of one root.

    `unsure` are paths that its listing could not read. `carried` are those that it made on the standby: a run that goes
    through the whole tree also carries what came after the listing.
    """

    unsure: frozenset[bytes] = frozenset()
    carried: frozenset[bytes] = frozenset()


def plan_closing(
    comparison: Comparison, production: Manifest, warm: WarmPass, staged: frozenset[bytes], *, mends: bool
) -> tuple[Run, ...]:
    """
    Plan the runs that bring the standby from the warm pass to the time point.

    `comparison` holds production at the time point against its listing of the warm pass, `staged` are the paths that
    were copied aside. Only what was copied is sent, and the whole tree never: the copies are a small part of it. What
    the warm pass carried though neither listing has it came and went in between, and goes from the standby too.
    """
    listed = list_transfer(comparison, production)
    unseen = set() if mends else {each.path for each in comparison.differences if each.is_unseen}
    standing = {block.folder for block in production.blocks}
    sent = ((set(listed.sent) - unseen) | (warm.unsure - set(comparison.excluded))) & staged
    passed = _passed(warm.carried, production) - set(comparison.excluded)
    gone = {path for path in passed.union(listed.deleted) if standing.issuperset(_folders_above(path))}
    return (*_run(RunKind.SEND, sent, standing), *_run(RunKind.DELETE, gone, standing))


def _passed(carried: frozenset[bytes], production: Manifest) -> set[bytes]:
    """What was carried and is not on production any more."""
    folders = {path.rpartition(b"/")[0] or b"." for path in carried}
    blocks = [block for block in production.blocks if block.folder in folders]
    return set(carried).difference((block.path_of(name) for block in blocks for name in block.list_names()), (b".",))


def _with_mended(comparison: Comparison, *, mends: bool) -> tuple[Run, ...]:
    """The whole tree, and before it, where it was asked for, the altered files by name."""
    unseen = {each.path for each in comparison.differences if each.is_unseen} if mends else set()
    return (*((Run(RunKind.SEND, tuple(sorted(unseen))),) if unseen else ()), *WHOLE)


def _run(kind: RunKind, paths: set[bytes], standing: set[bytes]) -> tuple[Run, ...]:
    """
    A listed run with the folders that hold its paths, the root among them: their times move with what happens in them.

    Only folders that production has are named: one that gave way to a file is among the paths, and a name that no
    source has would be a deletion.
    """
    if not paths:
        return ()
    folders = {folder for path in paths for folder in _folders_above(path)} & standing
    return (Run(kind, tuple(sorted(paths)), tuple(sorted(folders))),)


def _folders_above(path: bytes) -> set[bytes]:
    parts = path.split(b"/")
    return {b".", *(b"/".join(parts[:depth]) for depth in range(1, len(parts)))}

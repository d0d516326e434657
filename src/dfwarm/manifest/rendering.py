"""
Both listings of a manifest for a bundle, within a scope: its files for `sha256sum -c`, its metadata for `mtree`.

The same lines as `sums` and `mtree` write, folder by folder and without an entry for each file; the metadata leave out
the digests, which the other listing holds. A folder that is equal on both sides is written once for both.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from dfwarm.manifest.block import FILE_TYPE, GID, MODE, MTIME, NO_DIGEST, SIZE, UID, Block, is_equal
from dfwarm.manifest.entry import KINDS, Kind
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.mtree import HEADING, TYPES, spell_group, spell_owner, visible
from dfwarm.manifest.people import People
from dfwarm.manifest.scope import Scope
from dfwarm.manifest.sums import render_sum

_HEX = 64
_NEEDS_ESCAPE = re.compile(rb"[\\\n\r]")
_NEEDS_VIS = re.compile(rb"[^!-~\0]|[\\#=*?\[]")


class _Text(NamedTuple):
    """What one folder gives: its lines of both listings, and how many entries of each kind it has in scope."""

    sums: bytes
    mtree: bytes
    kinds: "Counter[Kind]"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The listings of one side as pieces, and how many entries of each sort are in scope."""

    sums: tuple[bytes, ...]
    mtree: tuple[bytes, ...]
    directories: int
    links: int


class Texts:
    """
    What was written of each folder, for as long as somebody holds it: one that did not change is not written again.

    A text is taken again only for the very same block, names of people and scope.
    """

    def __init__(self) -> None:
        self._written: dict[tuple[People, Scope], dict[Block, _Text]] = {}

    def forget(self) -> None:
        """Hold nothing any more."""
        self._written.clear()

    def of(self, manifest: Manifest, scope: Scope) -> dict[Block, _Text]:
        """The texts of every folder of a manifest."""
        written = self._written.setdefault((manifest.people, scope), {})
        return {block: self._text(written, block, manifest, scope) for block in manifest.blocks}

    def _text(self, written: "dict[Block, _Text]", block: Block, manifest: Manifest, scope: Scope) -> _Text:
        if block not in written:
            written[block] = _render_block(block, manifest, scope)
        return written[block]


def render_sides(
    production: Manifest, standby: Manifest, scope: Scope, texts: Texts | None = None
) -> tuple[Rendered, Rendered]:
    """Write the listings of both sides of a root."""
    ours = (texts or Texts()).of(production, scope)
    by_folder = {block.folder: (block, text) for block, text in ours.items()}
    has_same_people = production.people == standby.people
    theirs: list[_Text] = []
    for block in standby.blocks:
        other, text = by_folder.get(block.folder, (None, None))
        is_same = has_same_people and other is not None and is_equal(other, block)
        theirs.append(text if is_same and text else _render_block(block, standby, scope))
    return _gather(list(ours.values())), _gather(theirs)


def render_side(manifest: Manifest, scope: Scope, texts: Texts | None = None) -> Rendered:
    """Write the listings of one side of a root."""
    return _gather(list((texts or Texts()).of(manifest, scope).values()))


def _gather(texts: list[_Text]) -> Rendered:
    kinds: Counter[Kind] = Counter()
    for text in texts:
        kinds.update(text.kinds)
    return Rendered(
        tuple(text.sums for text in texts if text.sums),
        (HEADING, *(text.mtree for text in texts if text.mtree)),
        kinds[Kind.DIRECTORY],
        kinds[Kind.SYMLINK],
    )


def _render_block(block: Block, manifest: Manifest, scope: Scope) -> _Text:
    names, modes = block.list_names(), block.column(MODE)
    rows = range(len(names))
    if scope.touches(block.folder, block.names):
        rows_in_scope = [row for row in rows if not scope.excludes(block.path_of(names[row]))]
    else:
        if names and all(KINDS[mode & FILE_TYPE] is Kind.FILE for mode in set(modes)):
            return _render_files(block, names, manifest)
        rows_in_scope = list(rows)
    kinds = [KINDS[mode & FILE_TYPE] for mode in modes]
    sums = _sums(block, names, [row for row in rows_in_scope if kinds[row] is Kind.FILE])
    mtree = _mtree(block, names, [row for row in rows_in_scope if kinds[row] is not Kind.DEVICE], kinds, manifest)
    return _Text(sums, mtree, Counter(kinds[row] for row in rows_in_scope))


def _sums(block: Block, names: list[bytes], rows: list[int]) -> bytes:
    unread = set(block.unread_files()) if NO_DIGEST in block.digests else set()
    if unread:
        rows = [row for row in rows if row not in unread]
    if _NEEDS_ESCAPE.search(block.names) or _NEEDS_ESCAPE.search(block.folder):
        return b"".join(render_sum(block.path_of(names[row]), block.digest_of(row)) for row in rows)
    digests = block.digests.hex().encode()
    within = b"  ./" + block.path_of(b"")
    return b"".join([b"%b%b%b\n" % (digests[row * _HEX : (row + 1) * _HEX], within, names[row]) for row in rows])


def _mtree(block: Block, names: list[bytes], rows: list[int], kinds: list[Kind], manifest: Manifest) -> bytes:
    """One line an entry, in the form of `mtree.render_mtree`."""
    sizes, times, modes = block.column(SIZE), block.column(MTIME), block.column(MODE)
    people = manifest.people
    owners = {uid: spell_owner(people.owner[uid], uid) for uid in set(block.column(UID))}
    groups = {gid: spell_group(people.group[gid], gid) for gid in set(block.column(GID))}
    whose = [owners[uid] + b" " + groups[gid] for uid, gid in zip(block.column(UID), block.column(GID), strict=True)]
    shown = _shown(block, names)
    targets = block.targets_by_row()
    lines: list[bytes] = []
    for row in rows:
        kind = kinds[row]
        if kind is Kind.FILE:
            seconds, rest = divmod(times[row], 10**9)
            numbers = (modes[row] & 0o7777, seconds, rest, sizes[row])
            lines.append(b"%b type=file %b mode=%04o time=%d.%09d size=%d\n" % (shown[row], whose[row], *numbers))
        elif kind is Kind.SYMLINK:
            lines.append(b"%b type=link %b link=%b\n" % (shown[row], whose[row], visible(targets.get(row, b""))))
        else:
            seconds, rest = divmod(times[row], 10**9)
            words = (shown[row], TYPES[kind].encode(), whose[row], modes[row] & 0o7777, seconds, rest)
            lines.append(b"%b type=%b %b mode=%04o time=%d.%09d\n" % words)
    return b"".join(lines)


def _render_files(block: Block, names: list[bytes], manifest: Manifest) -> _Text:
    """The same for a folder in scope that holds nothing but files, as most of them do: no row is looked at twice."""
    modes, uids, gids = block.column(MODE), block.column(UID), block.column(GID)
    people = manifest.people
    heads = {
        (mode, uid, gid): b" type=file %b %b mode=%04o time="
        % (spell_owner(people.owner[uid], uid), spell_group(people.group[gid], gid), mode & 0o7777)
        for mode, uid, gid in set(zip(modes, uids, gids, strict=True))
    }
    numbers = zip(modes, uids, gids, strict=True)
    rows = zip(
        _shown(block, names), map(heads.__getitem__, numbers), block.column(MTIME), block.column(SIZE), strict=True
    )
    lines = [
        b"%b%b%d.%09d size=%d\n" % (path, head, time // 1_000_000_000, time % 1_000_000_000, size)
        for path, head, time, size in rows
    ]
    return _Text(_sums(block, names, list(range(len(names)))), b"".join(lines), Counter({Kind.FILE: len(names)}))


def _shown(block: Block, names: list[bytes]) -> list[bytes]:
    """The path of each entry as mtree spells it."""
    if block.folder == b"":
        return [b"." if name == b"." else b"./" + visible(name) for name in names]
    within = b"./" + visible(block.path_of(b""))
    if _NEEDS_VIS.search(block.names):
        return [within + visible(name) for name in names]
    return [within + name for name in names]

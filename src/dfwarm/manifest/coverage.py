"""How many entries were expected, and why: a comparison of fewer than last time has to say where they went."""

from dataclasses import dataclass

from dfwarm.manifest.block import Block
from dfwarm.manifest.difference import Comparison
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope


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


def cover(comparison: Comparison, production: Manifest, last: tuple[Manifest, ...], scope: Scope) -> Coverage:
    """
    Account for a comparison. `last` holds production's manifest of the last cycle, or nothing.

    Both are counted within the scope of this comparison, so that the numbers add up.
    """
    entries = created = deleted = 0
    theirs = {block.folder: block for block in production.blocks}
    for before in last:
        ours = {block.folder: block for block in before.blocks}
        entries += sum(len(block) - _left_out(block, scope) for block in before.blocks)
        for folder in ours.keys() | theirs.keys():
            one, other = ours.get(folder), theirs.get(folder)
            if one is None or other is None or one.names != other.names:
                was, now = _in_scope(one, scope), _in_scope(other, scope)
                created, deleted = created + len(now - was), deleted + len(was - now)
    return Coverage(comparison.compared, comparison.expected, entries, created, deleted)


def _left_out(block: Block, scope: Scope) -> int:
    return len(block) - len(_in_scope(block, scope)) if scope.touches(block.folder, block.names) else 0


def _in_scope(block: Block | None, scope: Scope) -> set[bytes]:
    return {path for path in map(block.path_of, block.list_names()) if not scope.excludes(path)} if block else set()

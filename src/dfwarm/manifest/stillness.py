"""Did a tree stand still between two listings? If it did, the first one is a true picture of one instant."""

from collections.abc import Iterator

from dfwarm.manifest.difference import DifferenceKind, compare
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.scope import Scope
from dfwarm.spelling import spell

_WORDS = {
    DifferenceKind.MISSING: "went away",
    DifferenceKind.SURPLUS: "appeared",
    DifferenceKind.KIND: "became of another kind",
    DifferenceKind.CONTENT: "was written",
    DifferenceKind.METADATA: "was touched",
}


def what_moved(earlier: Manifest, later: Manifest, scope: Scope) -> Iterator[str]:
    """Say every entry in scope that moved between two listings of the same side."""
    for difference in compare(earlier, later, scope).differences:
        yield f"production moved during the cycle: {spell(difference.path)} {_WORDS[difference.kind]}"

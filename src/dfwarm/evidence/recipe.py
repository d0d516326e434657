"""
A file of a bundle kept as what changed since the bundle before: a shell script that puts it together again.

The script is the recipe: `sh FILE.rebuild > FILE` needs a POSIX shell, tail and head, and gives the very bytes that
`SHA256SUMS` lists. dfwarm reads the same lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dfwarm.errors import CopyFailed

REBUILD, PIECES = ".rebuild", ".pieces"

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_BASE = re.compile(r"^base=\$here/\.\./([0-9]{3}-[0-9]{5,})/([A-Za-z0-9_][A-Za-z0-9_.-]*)$", re.MULTILINE)
_CUT = re.compile(r'^cut "\$(base|pieces)" ([1-9][0-9]*) ([1-9][0-9]*)$', re.MULTILINE)

_SCRIPT = """\
#!/bin/sh
# Puts {name} together again, byte for byte, from bundle {cycle} and the pieces beside this file:
#     sh {name}.rebuild > {name} && sha256sum -c SHA256SUMS
set -eu
here=$(dirname "$0")
base=$here/../{cycle}/{name}
pieces=$here/{name}.pieces
if [ ! -f "$base" ]; then
    whole=$(mktemp)
    trap 'rm -f "$whole"' EXIT
    sh "$base.rebuild" > "$whole"
    base=$whole
fi
cut() {{
    tail -c "+$2" "$1" | head -c "$3"
}}
{cuts}
"""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the base or of the pieces: where it begins, counted from nothing, and how long it is."""

    is_new: bool
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """Which bundle the base lies in, and what of it and of the pieces makes the file."""

    cycle: str
    name: str
    cuts: tuple[Cut, ...]

    def script(self) -> bytes:
        """The recipe as a shell script."""
        cuts = "\n".join(
            f'cut "${"pieces" if each.is_new else "base"}" {each.start + 1} {each.length}' for each in self.cuts
        )
        return _SCRIPT.format(name=self.name, cycle=self.cycle, cuts=cuts).encode()

    def rebuild(self, base: bytes, pieces: bytes) -> bytes:
        """Put the file together. Raises CopyFailed where base or pieces are shorter than the recipe says."""
        made = [(pieces if cut.is_new else base)[cut.start : cut.start + cut.length] for cut in self.cuts]
        if any(len(piece) != cut.length for piece, cut in zip(made, self.cuts, strict=True)):
            raise CopyFailed(f"{self.name}: its base in {self.cycle} or its pieces are not those of the recipe")
        return b"".join(made)


def write_recipe(cycle: str, name: str, base: Sequence[bytes], target: Sequence[bytes]) -> tuple[Recipe, bytes]:
    """The recipe for a file from the members of it and of its base, and the pieces that the base does not have."""
    if not _NAME.fullmatch(name):
        raise CopyFailed(f"{name!r} is not the name of a listing")
    places: dict[bytes, int] = {}
    start = 0
    for member in base:
        places.setdefault(member, start)
        start += len(member)
    cuts: list[Cut] = []
    pieces: list[bytes] = []
    end = 0
    for member in target:
        place = places.get(member)
        if place is None:
            pieces.append(member)
            _add(cuts, Cut(is_new=True, start=end, length=len(member)))
            end += len(member)
        else:
            _add(cuts, Cut(is_new=False, start=place, length=len(member)))
    return Recipe(cycle, name, tuple(cuts)), b"".join(pieces)


def parse_recipe(script: bytes) -> Recipe:
    """Read a script that this room wrote. Raises CopyFailed for any other."""
    text = script.decode("utf-8", "replace")
    base = _BASE.search(text)
    if base:
        cuts = tuple(Cut(each[1] == "pieces", int(each[2]) - 1, int(each[3])) for each in _CUT.finditer(text))
        found = Recipe(base[1], base[2], cuts)
        if found.script() == script:
            return found
    raise CopyFailed("a recipe for a listing is not one that dfwarm wrote")


def _add(cuts: list[Cut], cut: Cut) -> None:
    """Add a stretch, as one with the last where it follows it."""
    last = cuts[-1] if cuts else None
    if last and last.is_new == cut.is_new and last.start + last.length == cut.start:
        cuts[-1] = Cut(cut.is_new, last.start, last.length + cut.length)
    else:
        cuts.append(cut)

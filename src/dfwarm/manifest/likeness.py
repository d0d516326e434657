"""Whether a folder is equal on both sides as a whole, so that nobody has to look at its entries one by one."""

import struct
from array import array
from dataclasses import replace

from dfwarm.manifest.block import COLUMNS, DIGEST_BYTES, GID, UID, Block, is_equal
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.people import Numbered, common_numbers
from dfwarm.manifest.scope import Scope


class Likeness:
    """What has to be known of two manifests before any two of their folders can be called equal."""

    def __init__(self, production: Manifest, standby: Manifest, scope: Scope) -> None:
        self.production_links = _first_links(production, scope)
        self.standby_links = _first_links(standby, scope)
        self._scope = scope
        self._owners = _translation(production.people.owners, standby.people.owners)
        self._groups = _translation(production.people.groups, standby.people.groups)
        paths = self.production_links.keys() | self.standby_links.keys()
        self._relinked = {
            path.rpartition(b"/")[0] or b"."
            for path in paths
            if self.production_links.get(path) != self.standby_links.get(path)
        }

    def is_whole(self, production: Block, standby: Block) -> bool:
        """Whether every entry of a folder is in scope, was read on both sides, and is equal."""
        return (
            is_equal(production, self._restated(standby))
            and production.folder not in self._relinked
            and not self._scope.touches(production.folder, production.names)
            and not any(True for _ in production.unread_files())
        )

    def equal_names(self, production: Block, standby: Block) -> frozenset[bytes]:
        """
        The names in a folder of which every number and the digest are the same on both sides.

        None where that is not all there is to know of an entry: links, attributes, hard links that differ, something
        that is left out. Files whose bytes were not read are never among them.
        """
        if (
            production.targets
            or standby.targets
            or production.attributes
            or standby.attributes
            or production.folder in self._relinked
            or self._scope.touches(production.folder, production.names)
            or self._scope.touches(standby.folder, standby.names)
        ):
            return frozenset()
        names, unread = production.list_names(), production.unread_files()
        same = _rows(production) & _rows(self._restated(standby))
        return frozenset(row[0] for row in same) - {names[row] for row in unread}

    def _restated(self, standby: Block) -> Block:
        """The standby's block with production's numbers for owners and groups of the same name."""
        if not self._owners and not self._groups:
            return standby
        width = len(standby.readings)
        uids, gids = standby.column(UID), standby.column(GID)
        owners = array("q", [self._owners.get(number, number) for number in uids]).tobytes()
        groups = array("q", [self._groups.get(number, number) for number in gids]).tobytes()
        return replace(standby, numbers=standby.numbers[: UID * width] + owners + groups)


def _rows(block: Block) -> set[tuple[bytes, int, int, int, int, int, bytes]]:
    """Every entry as its name, its numbers and its digest."""
    digests = struct.unpack(f"{DIGEST_BYTES}s" * len(block), block.digests)
    return set(zip(block.list_names(), *map(block.column, range(COLUMNS)), digests, strict=True))


def _translation(production: Numbered, standby: Numbered) -> dict[int, int]:
    """Production's number for each of the standby's; -1 where production has no such name. Empty where all agree."""
    if production == standby:
        return {}
    ours, theirs = common_numbers(production, standby)
    numbers = {place: number for number, place in ours.items()}
    return {number: numbers.get(place, -1) for number, place in theirs.items()}


def _first_links(manifest: Manifest, scope: Scope) -> dict[bytes, bytes]:
    """The first path in scope of each group of hard links, for every path of it."""
    found: dict[bytes, bytes] = {}
    for group in manifest.links:
        inside = [path for path in group if not scope.excludes(path)]
        if len(inside) > 1:
            found.update(dict.fromkeys(inside, inside[0]))
    return found

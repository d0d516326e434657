"""The names that stand for the numbers of owners and groups on one host."""

from dataclasses import dataclass
from functools import cached_property

Numbered = tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class People:
    """Number and name of each owner and group that a tree has, in the order of the numbers."""

    owners: Numbered
    groups: Numbered

    @cached_property
    def owner(self) -> dict[int, str]:
        """The name of each owner."""
        return dict(self.owners)

    @cached_property
    def group(self) -> dict[int, str]:
        """The name of each group."""
        return dict(self.groups)


def common_numbers(*sides: Numbered) -> list[dict[int, int]]:
    """For each side, the number that stands for each of its own: equal names have equal ones on every side."""
    names = sorted({name for side in sides for _, name in side})
    places = {name: place for place, name in enumerate(names)}
    return [{number: places[name] for number, name in side} for side in sides]

"""
The holes of rsync that are public, by the release that closed them: the NEWS of rsync, as of 2026-11-24.

Distributions close holes in older releases without another number, so that a number below a release says "may have";
a site names the build that it has looked into, by the SHA-256 of the program.
"""

from dataclasses import dataclass
from datetime import date

from dfwarm.rsync.version import RsyncVersion

AS_OF = date(2026, 11, 24)


@dataclass(frozen=True, slots=True)
class Closed:
    """One release, its day, and the holes that it closed."""

    release: tuple[int, int, int]
    on: date
    holes: tuple[str, ...]


def _ids(year: int, *numbers: int) -> tuple[str, ...]:
    return tuple(f"CVE-{year}-{number}" for number in numbers)


CLOSED: tuple[Closed, ...] = (
    Closed((3, 0, 8), date(2011, 3, 26), _ids(2011, 1097)),
    Closed((3, 2, 0), date(2020, 6, 19), _ids(2016, 9840, 9841, 9842, 9843)),
    Closed((3, 2, 4), date(2022, 4, 15), _ids(2018, 25032)),
    Closed((3, 2, 5), date(2022, 8, 14), (*_ids(2022, 29154), *_ids(2022, 37434))),
    Closed((3, 4, 0), date(2025, 1, 15), _ids(2024, 12084, 12085, 12086, 12087, 12088, 12747)),
    Closed((3, 4, 3), date(2026, 5, 20), _ids(2026, 29518, 43617, 43618, 43619, 43620, 45232)),
    Closed(
        (3, 5, 0),
        date(2026, 8, 13),
        _ids(
            2026,
            *(53783, 53784, 53785, 53786, 53788, 53789, 53790, 53791, 53792, 53793, 53794, 53795, 53796, 53797, 53798),
            *(53799, 53800, 53801, 53802, 53803, 70452, 70453, 70454, 70455, 70456, 70457, 70458, 70459, 70460, 70461),
            *(70462, 70463, 70464),
        ),
    ),
)
"""Oldest first. Holes of the bundled zlib count as well: which zlib a build uses its number does not say."""


def open_holes(version: RsyncVersion) -> tuple[str, ...]:
    """The public holes that a release of this number has, unless its distribution closed them."""
    return tuple(hole for closed in CLOSED if version.numbers < closed.release for hole in closed.holes)

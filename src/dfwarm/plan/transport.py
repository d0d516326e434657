"""Which rsync may carry a study: a floor of releases below which holes are open, and the builds that a site allows."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.rsync.holes import AS_OF, open_holes
from dfwarm.rsync.version import RECOMMENDED, RsyncVersion
from dfwarm.terms import Side


@dataclass(frozen=True, slots=True)
class TransportTerms:
    """
    What the configuration says of rsync.

    `builds` are the SHA-256 of the programs that the site has looked into; where it names any, another one is told.
    `is_refused` makes a failure of what else is a warning.
    """

    floor: tuple[int, int, int] = RECOMMENDED
    builds: tuple[str, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """The builds of rsync that carried the last cycle which proved equality, by side; none where none is known."""

    cycle: str = ""
    builds: tuple[tuple[Side, str], ...] = ()


NOTHING_CARRIED = Carried()

USUAL = TransportTerms()
"""What holds where the site says nothing."""


def doubts(version: RsyncVersion, sha256: str, terms: TransportTerms) -> Iterator[str]:
    """What speaks against an rsync. A build that the site names is allowed, whatever its number."""
    if sha256 in terms.builds:
        return
    if version.numbers < terms.floor:
        yield f"rsync {version.text} is older than {'.'.join(map(str, terms.floor))}{_say_holes(version)}"
    if terms.builds:
        yield f"rsync {version.text} is no build that the site allows: sha256 {sha256 or 'not known'}"


def changes(side: Side, sha256: str, carried: Carried) -> Iterator[str]:
    """That a host has another rsync than the one that was proven last: nobody has seen it carry this study yet."""
    then = dict(carried.builds).get(side, "")
    if then and sha256 != then:
        yield f"rsync is another build than the one that carried {carried.cycle}: sha256 {sha256[:16] or 'not known'}"


def _say_holes(version: RsyncVersion) -> str:
    """How many public holes the number has, with the first few; one that a distribution closed is among them."""
    holes = open_holes(version)
    if not holes:
        return ""
    more = f" and {len(holes) - 2} more" if len(holes) > 2 else ""
    return f", which has {', '.join(holes[-2:])}{more} unless it was patched (as of {AS_OF})"

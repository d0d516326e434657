"""Causes of a difference that are known from the field, each with the signs it is recognised by."""

from collections.abc import Callable
from dataclasses import dataclass

from dfwarm.datafax.layout import area_of, live_image_of
from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.terms import Area

SECOND = 1_000_000_000

Paths = frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Cause:
    """A known cause: `fits` looks at one difference and at the paths of all of them."""

    name: str
    says: str
    fits: Callable[[Difference, Paths], bool]


def causes_of(difference: Difference, paths: Paths) -> tuple[Cause, ...]:
    """The known causes whose signs a difference shows. None of them excuses it."""
    return tuple(cause for cause in CAUSES if cause.fits(difference, paths))


def _is_rewritten_at_stop(difference: Difference, _paths: Paths) -> bool:
    return area_of(difference.path) is Area.DATA and _is_altered(difference) and _lead(difference) < 0


def _is_half_renamed(difference: Difference, paths: Paths) -> bool:
    folder, _, name = difference.path.rpartition(b"/")
    partner = live_image_of(difference.path) or folder + b"/X" + name
    is_image = area_of(difference.path) is Area.PAGE_IMAGE
    return is_image and partner in paths and difference.kind in (DifferenceKind.MISSING, DifferenceKind.SURPLUS)


def _has_grown(difference: Difference, _paths: Paths) -> bool:
    ours, theirs = difference.production, difference.standby
    return area_of(difference.path) is Area.JOURNAL and bool(ours and theirs and ours.size > theirs.size)


def _is_within_a_tick(difference: Difference, _paths: Paths) -> bool:
    return _is_altered(difference) and 0 < abs(_lead(difference)) < SECOND


def _is_unseen(difference: Difference, _paths: Paths) -> bool:
    return difference.is_unseen


def _lacks_owner(difference: Difference, _paths: Paths) -> bool:
    ours, theirs = difference.production, difference.standby
    if not ours or not theirs:
        return False
    named = [(ours.owner, theirs.owner), (ours.group, theirs.group)]
    return any(here != there and (there.startswith("#") or here.startswith("#")) for here, there in named)


def _is_altered(difference: Difference) -> bool:
    return difference.kind is DifferenceKind.CONTENT


def _lead(difference: Difference) -> int:
    """How much later production's entry was written than the standby's, in ns; 0 where a side has none."""
    ours, theirs = difference.production, difference.standby
    return ours.mtime_ns - theirs.mtime_ns if ours and theirs else 0


CAUSES: tuple[Cause, ...] = (
    Cause(
        "server rewrote its file",
        "the standby's copy was written later than production's: a study server that ran on the standby writes its "
        "data files anew when it stops",
        _is_rewritten_at_stop,
    ),
    Cause(
        "deletion half done",
        "the image and its `X` name are both in the list: a CRF was deleted on production and only half of the rename "
        "has arrived",
        _is_half_renamed,
    ),
    Cause(
        "journal grew",
        "the journal on production is longer: people worked after the transfer had passed it",
        _has_grown,
    ),
    Cause(
        "clock grain",
        "the two were written within one second of each other: a comparison of whole seconds takes them for equal",
        _is_within_a_tick,
    ),
    Cause(
        "unseen by a quick check",
        "size and time are equal and only the bytes differ: a comparison by size and time passes it by, whether a bit "
        "went bad, the file was edited and its time put back, or two edits fell into one tick of the clock",
        _is_unseen,
    ),
    Cause(
        "name missing",
        "a number without a name stands for the owner or group: the account is missing on that host",
        _lacks_owner,
    ),
)

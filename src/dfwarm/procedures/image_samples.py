"""Look at the first bytes of some of the images that changed: encrypted ones are no images any more."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.datafax.layout import area_of, within_study
from dfwarm.errors import AnswerRefused
from dfwarm.facts.heads import Head, is_garbled
from dfwarm.facts.record_sets import LONGEST_PATH, PATHS_AT_MOST
from dfwarm.manifest.difference import Difference, DifferenceKind
from dfwarm.manifest.entry import Kind
from dfwarm.plan import questions
from dfwarm.plan.budget import Item, Items
from dfwarm.procedures.kit import Host, Kit
from dfwarm.procedures.story import Story
from dfwarm.terms import Area, CycleId, StudyNumber

SAMPLED_AT_MOST = 2 * PATHS_AT_MOST
"""Files of each sort that are looked at, spread evenly over all of them: two questions, whatever the study's size."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """Those of the sampled images that are garbled, those of the new ones that look encrypted, and what to remark."""

    garbled: Items
    strange: Items
    remarks: tuple[str, ...]


def sample_images(kit: Kit, story: Story, cycle: CycleId, key: str, differences: tuple[Difference, ...]) -> Sampled:
    """Look at some of the images that changed, on both sides, and at some of the new ones."""
    within = within_study(key)
    images = [each for each in differences if _is_image(each, within) and len(each.path) <= LONGEST_PATH]
    changed = _spread([each for each in images if each.kind is DifferenceKind.CONTENT], cycle.sequence)
    new = _spread([each for each in images if each.kind is DifferenceKind.MISSING], cycle.sequence)
    ours = _look(kit.production, cycle.study, story, key, (*changed, *new))
    theirs = _look(kit.standby, cycle.study, story, key, changed)
    garbled = tuple(_item(each, within) for each in changed if is_garbled(theirs[each.path], ours[each.path]))
    strange = tuple(_item(each, within) for each in new if ours[each.path].looks_encrypted)
    unread = sum(bool(head.problem) for head in (*ours.values(), *theirs.values()))
    said = (f"{unread:,} of the sampled images could not be looked at",) if unread else ()
    return Sampled(garbled, strange, said)


def _is_image(difference: Difference, within: bytes) -> bool:
    """Whether it is a file among the images on every side that has it."""
    sides = [entry for entry in (difference.production, difference.standby) if entry]
    is_file = bool(difference.production) and all(entry.kind is Kind.FILE for entry in sides)
    return is_file and area_of(within + difference.path) is Area.PAGE_IMAGE


def _spread(images: list[Difference], turn: int) -> tuple[Difference, ...]:
    """Some of them, evenly spread, others with every cycle."""
    step = max(1, -(-len(images) // SAMPLED_AT_MOST))
    return tuple(images[turn % step :: step])


def _look(
    host: Host, study: StudyNumber, story: Story, key: str, differences: tuple[Difference, ...]
) -> dict[bytes, Head]:
    paths = tuple(each.path for each in differences)
    found: dict[bytes, Head] = {}
    for part in _parts(paths):
        fact = host.ask(questions.heads(study, key, part))
        story.keep(fact)
        if tuple(head.path for head in fact.value.heads) != part:
            raise AnswerRefused(f"{host.name} looked at other files than were asked for")
        found.update({head.path: head for head in fact.value.heads})
    return found


def _parts(paths: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    yield from (paths[at : at + PATHS_AT_MOST] for at in range(0, len(paths), PATHS_AT_MOST))


def _item(difference: Difference, within: bytes) -> Item:
    ours = difference.production
    return Item(within + difference.path, ours.digest.hex() if ours else "")

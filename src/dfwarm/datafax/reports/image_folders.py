"""The image files of one folder, sorted out: which are images, which belong to deleted records, what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from dfwarm.datafax.image import KINDS, ImageKind, is_image_name
from dfwarm.datafax.reports.census import ImageFolder
from dfwarm.datafax.reports.finding import NO_KEY, ROW, Finding, FindingTable
from dfwarm.datafax.reports.image_numbers import Numbers, are_in, distinct, number_images, numbers_of, spell_image
from dfwarm.datafax.reports.rule import RULES, Rule
from dfwarm.spelling import spell

_FAULTY = {
    ImageKind.EMPTY: Rule.EMPTY_IMAGE,
    ImageKind.UNREADABLE: Rule.UNREADABLE_IMAGE,
    ImageKind.NO_FILE: Rule.UNREADABLE_IMAGE,
    ImageKind.UNKNOWN: Rule.UNKNOWN_IMAGE_KIND,
}
_FAULTY_NUMBERS = frozenset(KINDS.index(kind) for kind in _FAULTY)
_WIDTH = 7
_HIDDEN = ord("X")
_IS_DIGIT = np.isin(np.arange(256), np.frombuffer(b"0123456789", np.uint8))
_IS_LETTER = _IS_DIGIT | np.isin(np.arange(256), np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8))


@dataclass(frozen=True, slots=True)
class SortedFolder:
    """One folder, sorted out: the numbers of its images and of its deleted ones, in rising order; and bad names."""

    folder: ImageFolder
    images: Numbers
    deleted: Numbers
    findings: tuple[Finding, ...]


def sort_out(folder: ImageFolder) -> SortedFolder:
    """Sort out one folder. Beside the weeks no name is an image's."""
    return _sort_plain(folder) or sort_each(folder)


def sort_each(folder: ImageFolder) -> SortedFolder:
    """Sort out one folder name by name, for whatever lies there."""
    live: list[bytes] = []
    hidden: list[bytes] = []
    findings: list[Finding] = []
    is_week = folder.week.isdigit()
    for name, kind in zip(folder.list_names(), folder.list_kinds(), strict=True):
        if not is_week or not is_image_name(name):
            findings.append(_of_file(folder, Rule.BAD_IMAGE_NAME, name))
            continue
        (hidden if len(name) == 8 else live).append(folder.week + b"/" + name[-7:])
        if kind in _FAULTY:
            findings.append(_of_file(folder, _FAULTY[kind], name, "" if kind is not ImageKind.NO_FILE else kind.value))
    return SortedFolder(folder, numbers_of(live), numbers_of(hidden), tuple(findings))


def _sort_plain(folder: ImageFolder) -> SortedFolder | None:
    """Sort out a week in which nothing is wrong, all names at once; nothing where any of them needs a closer look."""
    if not folder.week.isdigit() or len(folder.week) != 4 or not _FAULTY_NUMBERS.isdisjoint(folder.kinds):
        return None
    if not folder.names:
        return SortedFolder(folder, numbers_of(()), numbers_of(()), ())
    letters = np.frombuffer(folder.names, np.uint8)
    ends = np.append(np.flatnonzero(letters == 0), len(letters))
    starts = np.append(0, ends[:-1] + 1)
    is_live = ends - starts == _WIDTH
    is_hidden = (ends - starts == _WIDTH + 1) & (letters[np.minimum(starts, len(letters) - 1)] == _HIDDEN)
    if not (is_live | is_hidden).all():
        return None
    first = np.concatenate((starts[is_live], starts[is_hidden] + 1))
    characters = letters[first[:, None] + np.arange(_WIDTH)]
    if not (_IS_LETTER[characters[:, :4]].all() and _IS_DIGIT[characters[:, 4:]].all()):
        return None
    identifiers = np.empty((len(first), 12), np.uint8)
    identifiers[:, :5] = np.frombuffer(folder.week + b"/", np.uint8)
    identifiers[:, 5:] = characters
    numbers = number_images(identifiers.view("S12").ravel())
    many = int(np.count_nonzero(is_live))
    return SortedFolder(folder, numbers[:many], numbers[many:], ())


def orphans(week: SortedFolder, asked: Numbers) -> Iterator[Finding]:
    """Images that no record asks for."""
    for number in week.images[~are_in(week.images, asked)]:
        yield _of_file(week.folder, Rule.ORPHAN_IMAGE, spell_image(int(number))[5:])


def without_standard(week: SortedFolder, there: Numbers, deleted: Numbers) -> Iterator[Finding]:
    """High-resolution images, deleted ones as well, whose standard image is not there under the same name."""
    for number in week.images[~are_in(week.images, there)]:
        yield _of_file(week.folder, Rule.HIGH_WITHOUT_STANDARD, spell_image(int(number))[5:])
    for number in week.deleted[~are_in(week.deleted, deleted)]:
        yield _of_file(week.folder, Rule.HIGH_WITHOUT_STANDARD, b"X" + spell_image(int(number))[5:])


def tabulate_folder(week: SortedFolder, more: Iterable[Finding]) -> FindingTable:
    """The findings about one folder, every one with its name."""
    found = sorted((*week.findings, *more), key=lambda finding: (RULES.index(finding.rule), finding.text))
    rows = np.zeros(len(found), ROW)
    rows["rule"] = [RULES.index(finding.rule) for finding in found]
    return FindingTable(week.folder.path, rows.tobytes(), tuple(finding.text for finding in found))


def together(parts: Iterable[Numbers]) -> Numbers:
    """All numbers of all weeks in rising order."""
    listed = list(parts)
    return distinct(np.concatenate(listed)) if listed else np.zeros(0, np.uint64)


def _of_file(folder: ImageFolder, rule: Rule, name: bytes, more: str = "") -> Finding:
    return Finding(folder.path, 0, 0, rule, NO_KEY, spell(name) + (f", {more}" if more else ""))

"""The image files of one folder, sorted out: which are images, which belong to deleted records, what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from dfwarm.datafax.image import ImageKind, is_image_name
from dfwarm.datafax.reports.census import ImageFolder
from dfwarm.datafax.reports.finding import NO_KEY, ROW, Finding, FindingTable
from dfwarm.datafax.reports.image_numbers import Numbers, are_in, numbers_of, spell_image
from dfwarm.datafax.reports.rule import RULES, Rule
from dfwarm.spelling import spell

_FAULTY = {
    ImageKind.EMPTY: Rule.EMPTY_IMAGE,
    ImageKind.UNREADABLE: Rule.UNREADABLE_IMAGE,
    ImageKind.NO_FILE: Rule.UNREADABLE_IMAGE,
    ImageKind.UNKNOWN: Rule.UNKNOWN_IMAGE_KIND,
}


@dataclass(frozen=True, slots=True)
class SortedFolder:
    """One folder, sorted out: the numbers of its images and of its deleted ones, in rising order; and bad names."""

    folder: ImageFolder
    images: Numbers
    deleted: Numbers
    findings: tuple[Finding, ...]


def sort_out(folder: ImageFolder) -> SortedFolder:
    """Sort out one folder. Beside the weeks no name is an image's."""
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
    return np.unique(np.concatenate(listed)) if listed else np.zeros(0, np.uint64)


def _of_file(folder: ImageFolder, rule: Rule, name: bytes, more: str = "") -> Finding:
    return Finding(folder.path, 0, 0, rule, NO_KEY, spell(name) + (f", {more}" if more else ""))

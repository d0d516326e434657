"""
`ic_images`: records and images held against each other both ways.

Equivalent in purpose to the vendor's DF_ICimages ("compares data with CRFs"), whose exact checks are in no source that
we know. Owners are the records of all plates and of the new queue that name an image; see `owners`. An image of a
deleted record keeps its file under a name with `X` before it: it is counted, and owns and answers nothing.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from dfwarm.datafax.reports.census import ImageCensus
from dfwarm.datafax.reports.image_folders import (
    SortedFolder,
    orphans,
    sort_out,
    tabulate_folder,
    together,
    without_standard,
)
from dfwarm.datafax.reports.image_numbers import Numbers, distinct, spell_image, week_numbers
from dfwarm.datafax.reports.image_owners import find_missing, tabulate_owners
from dfwarm.datafax.reports.owners import OWNING, Owners, gather_owners
from dfwarm.datafax.reports.partial import Partial
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, Source, TimePoint
from dfwarm.datafax.reports.rule import ReportName


def examine_images(
    study: int, mode: Mode, partials: Sequence[Partial], census: ImageCensus, time_point: TimePoint
) -> Report:
    """Hold the records of a study against its images."""
    owners = gather_owners(partials, mode)
    standard, high = [sort_out(folder) for folder in census.standard], [sort_out(folder) for folder in census.high]
    there, deleted = together(week.images for week in standard), together(week.deleted for week in standard)
    missing = find_missing(owners, there, census)
    asked = distinct(owners.image)
    file_findings = (
        *(tabulate_folder(week, orphans(week, asked)) for week in standard),
        *(tabulate_folder(week, without_standard(week, there, deleted)) for week in high),
        *(tabulate_folder(sort_out(folder), ()) for folder in census.beside),
    )
    owning = tuple(partial for partial in partials if partial.reading.kind in OWNING)
    return Report(
        name=ReportName.IC_IMAGES,
        study=study,
        mode=mode,
        records=sum(partial.records for partial in owning),
        counts=(*_totals(owners, asked, standard, high), *_by_week(asked, standard, high)),
        tables=(*tabulate_owners(owners, missing, deleted), *(table for table in file_findings if len(table))),
        gaps=_gaps(owners, census),
        notes=_notes(owners, census),
        sources=(*(Source(partial.file, partial.size, partial.content.hex()) for partial in owning), *_folders(census)),
        time_point=time_point,
    )


def _totals(
    owners: Owners, asked: Numbers, standard: Sequence[SortedFolder], high: Sequence[SortedFolder]
) -> Iterator[Count]:
    yield Count("study", "records with an image", NO_LEVEL, len(owners))
    yield Count("study", "images asked for", NO_LEVEL, len(asked))
    yield Count("study", "images", NO_LEVEL, sum(len(week.images) for week in standard))
    yield Count("study", "images of deleted records", NO_LEVEL, sum(len(week.deleted) for week in standard))
    yield Count("study", "high-resolution images", NO_LEVEL, sum(len(week.images) for week in high))


def _by_week(asked: Numbers, standard: Sequence[SortedFolder], high: Sequence[SortedFolder]) -> Iterator[Count]:
    """Counts for each week folder, so that what is wrong can be looked for there."""
    weeks, wanted = np.unique(week_numbers(asked), return_counts=True)
    numbers: dict[tuple[bytes, str], int] = {
        (spell_image(int(week) * 36**7)[:4], "images asked for"): int(number)
        for week, number in zip(weeks, wanted, strict=True)
    }
    for week in standard:
        numbers[week.folder.week, "images"] = len(week.images)
        if len(week.deleted):
            numbers[week.folder.week, "images of deleted records"] = len(week.deleted)
    for week in high:
        place = (week.folder.week, "high-resolution images")
        numbers[place] = numbers.get(place, 0) + len(week.images)
    for (name, what), number in sorted(numbers.items()):
        yield Count(f"week {name.decode()}", what, NO_LEVEL, number)


def _gaps(owners: Owners, census: ImageCensus) -> tuple[str, ...]:
    if census.is_listed or not len(owners):
        return census.gaps
    return (*census.gaps, f"there is no folder of images, and {len(owners):,} records name one")


def _notes(owners: Owners, census: ImageCensus) -> tuple[str, ...]:
    if census.is_listed or len(owners):
        return census.notes
    return (*census.notes, "there is no folder of images, and no record names one")


def _folders(census: ImageCensus) -> Iterator[Source]:
    """The folders of images as sources: how large all their files are; of their bytes only the first were read."""
    sizes: dict[bytes, int] = {}
    for folder in (*census.standard, *census.high):
        tree = folder.path.rpartition(b"/")[0]
        sizes[tree] = sizes.get(tree, 0) + int(folder.size_column.sum())
    for tree, size in sizes.items():
        yield Source(tree, size, "")

"""What is wrong with the images that records ask for: one that is not there, one that another key asks for as well."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.reports.census import ImageCensus
from dfwarm.datafax.reports.finding import FindingTable
from dfwarm.datafax.reports.image_numbers import Numbers, are_in, spell_image, week_number, week_numbers
from dfwarm.datafax.reports.owners import Owners
from dfwarm.datafax.reports.packing import Lines, pack_findings
from dfwarm.datafax.reports.rule import RULES, Rule

TEXTS_AT_MOST = 50_000
"""Findings of one data file that name their image; the others still have their key and place."""


def find_missing(owners: Owners, there: Numbers, census: ImageCensus) -> NDArray[np.bool_]:
    """Which owners ask for an image that is not there. Of a week that was not listed nothing is known."""
    if not census.is_listed:
        return np.zeros(len(owners), bool)
    missing = ~are_in(owners.image, there)
    if census.unknown_weeks:
        unknown = np.array(sorted(week_number(week) for week in census.unknown_weeks), np.uint64)
        missing &= ~are_in(week_numbers(owners.image), unknown)
    return missing


def tabulate_owners(owners: Owners, missing: NDArray[np.bool_], deleted: Numbers) -> Iterator[FindingTable]:
    """The findings about records: an image that is not there, an image that is another key's as well."""
    lost = np.flatnonzero(missing)
    shared, other = _shared(owners)
    is_hidden = are_in(owners.image[lost], deleted)
    rows = np.concatenate([lost, shared])
    rules = np.repeat([RULES.index(Rule.MISSING_IMAGE), RULES.index(Rule.SHARED_IMAGE)], [len(lost), len(shared)])
    detail = np.concatenate([np.where(is_hidden, -2, -1), other]).astype(np.int64)
    order = np.lexsort((rules, owners.line[rows], owners.file[rows]))
    rows, rules, detail = rows[order], rules[order], detail[order]
    for place, file in enumerate(owners.files):
        low, high = np.searchsorted(owners.file[rows], [place, place + 1])
        if low < high:
            texts = tuple(
                _say(owners, int(row), int(more))
                for row, more in zip(rows[low:high][:TEXTS_AT_MOST], detail[low:high], strict=False)
            )
            yield FindingTable(file, _pack(owners, rows[low:high], rules[low:high]), texts)


def _shared(owners: Owners) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows whose image another key asked for before them, and the row of that key."""
    order = np.argsort(owners.image, kind="stable")
    image, plate, key = owners.image[order], owners.plate[order], owners.key[order]
    begins = np.ones(len(order), bool)
    begins[1:] = image[1:] != image[:-1]
    first = np.flatnonzero(begins)[np.cumsum(begins) - 1] if len(order) else np.zeros(0, np.intp)
    differs = (plate != plate[first]) | (key != key[first])
    return order[differs], order[first[differs]]


def _say(owners: Owners, row: int, detail: int) -> str:
    image = spell_image(int(owners.image[row])).decode()
    if detail < 0:
        return image + (", its file bears the X of a deleted record" if detail == -2 else "")
    key = owners.key_of(detail)
    return f"{image}, which plate {key.plate} visit {key.visit} subject {key.subject} asks for as well"


def _pack(owners: Owners, rows: NDArray[np.intp], rules: NDArray[np.int64]) -> bytes:
    return pack_findings(Lines(owners.line[rows], owners.offset[rows]), rules, owners.plate[rows], owners.key[rows])

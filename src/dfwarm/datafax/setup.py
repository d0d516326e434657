"""
What a study's setup says of its plates: how many fields, which codes, whether several queries a field are legal.

`lib/DFsetup` is one JSON document `{"study": {...}}` (keys as the DFtoolkit 2 and 3 sources read them). The seven
header and three trailer fields are field references of module references named `DFSYSTEM`, so a plate's field count is
the number of field references over all its module references. Older studies have another form, which no source shows:
there the count is inferred from the data, and says so.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

SYSTEM_MODULE = "DFSYSTEM"
SYSTEM_FIELDS = 10
MISSED_FIELDS = 11


class SetupSource(StrEnum):
    """Where the knowledge of the plates comes from."""

    SETUP = "DFsetup"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class FieldSetup:
    """One field of a plate: its place in the record from 1, and the codes of a choice (none where it has no list)."""

    place: int
    name: str
    kind: str
    codes: tuple[str, ...] = ()
    is_required: bool = False

    def permits(self, value: bytes) -> bool:
        """Whether a value is one of the codes. An empty value always is; a code may be padded with zeros."""
        if not self.codes or not value:
            return True
        text = value.decode("latin-1").strip()
        return text in self.codes or (text.lstrip("0") or "0") in self.codes


@dataclass(frozen=True, slots=True)
class PlateSetup:
    """One plate. `field_count` is 0 where nothing tells it; `fields` are empty where the count was inferred."""

    number: int
    description: str
    field_count: int
    fields: tuple[FieldSetup, ...] = ()


@dataclass(frozen=True, slots=True)
class Setup:
    """A study's setup. `faults` are the parts of it that were not understood, each with where it stands."""

    number: int
    name: str
    source: SetupSource
    has_multiple_queries: bool
    levels: tuple[tuple[int, str], ...]
    plates: tuple[PlateSetup, ...]
    faults: tuple[str, ...] = ()

    @property
    def by_number(self) -> Mapping[int, PlateSetup]:
        """The plates by their number."""
        return {plate.number: plate for plate in self.plates}

    def choices(self) -> Iterator[tuple[int, FieldSetup]]:
        """Every field with a list of codes, with its plate."""
        for plate in self.plates:
            yield from ((plate.number, field) for field in plate.fields if field.codes)


def infer_setup(field_counts: Mapping[int, Mapping[int, int]]) -> Setup:
    """
    A setup from the data alone: of each plate the field count that most of its records have.

    `field_counts` gives for each plate how many records (missed ones left out) have how many fields. Of two counts
    that are equally frequent the larger one is taken; a plate without records is not known.
    """
    plates = tuple(
        PlateSetup(plate, "", max(counts, key=lambda count: (counts[count], count)))
        for plate, counts in sorted(field_counts.items())
        if counts
    )
    return Setup(0, "", SetupSource.INFERRED, has_multiple_queries=False, levels=(), plates=plates)

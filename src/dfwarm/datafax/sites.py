"""
`lib/DFcenters`: the sites of a study and their subjects.

Fields from 0: site number, contact, affiliation, address, primary fax or `mailto:`, second fax or in DFdiscover 5
attributes `name:value;...`, phone, investigator, investigator's phone, reply address, then `ERROR MONITOR` or ranges
`low high` of subjects, one a field. Source: the DFtoolkit 2 and 3 sources. The site of a subject is the first whose
ranges hold it, else the error monitor, else 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.datafax.mapfile import MapFault, MapFile, read_map, whole_number
from dfwarm.datafax.ranges import HIGHEST

ERROR_MONITOR = b"ERROR MONITOR"
SITE_AT_MOST = 21_460
_FEWEST = 11


@dataclass(frozen=True, slots=True)
class Site:
    """One site. `ranges` are the subjects that belong to it, low and high, in the order of the line."""

    number: int
    contact: bytes
    affiliation: bytes
    attributes: tuple[tuple[bytes, bytes], ...]
    is_error_monitor: bool
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Sites:
    """The sites of a study in the order of the file."""

    rows: tuple[Site, ...]
    faults: tuple[MapFault, ...]

    def site_of(self, subject: int) -> int:
        """The site that a subject belongs to."""
        for site in self.rows:
            if any(low <= subject <= high for low, high in site.ranges):
                return site.number
        return next((site.number for site in self.rows if site.is_error_monitor), 0)


def parse_sites(text: bytes) -> Sites:
    """Read `DFcenters`. Two ranges that overlap are no fault of the reading: the first one holds."""
    read: MapFile[Site] = read_map(text, _site)
    return Sites(read.rows, read.faults)


def _site(fields: tuple[bytes, ...]) -> Site:
    if len(fields) < _FEWEST:
        raise ValueError(f"{len(fields)} fields, and a site has {_FEWEST} or more")
    spoken_for = [field.strip() for field in fields[10:]]
    return Site(
        number=whole_number(fields[0], "a site", SITE_AT_MOST),
        contact=fields[1],
        affiliation=fields[2],
        attributes=tuple(_attributes(fields[5])),
        is_error_monitor=ERROR_MONITOR in spoken_for,
        ranges=tuple(_range(field) for field in spoken_for if field not in (b"", ERROR_MONITOR)),
    )


def _range(field: bytes) -> tuple[int, int]:
    ends = field.split()
    if len(ends) != 2:
        raise ValueError(f"not a range of subjects: {field[:40]!r}")
    low, high = (whole_number(end, "a subject", HIGHEST) for end in ends)
    if low > high:
        raise ValueError(f"a range of subjects that runs backwards: {field[:40]!r}")
    return low, high


def _attributes(field: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The pairs of a DFdiscover 5 attribute list; a fax number of an older study has none."""
    if b";" not in field:
        return
    for item in field.split(b";"):
        name, colon, value = item.partition(b":")
        if colon:
            yield name, value

"""
The value of a native report: what was counted, what was found, what could not be examined, and what was read.

A report is a pure function of partials, so the same files give the same report on either side. `say_differences`
needs nothing but two of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.datafax.reports.finding import Finding, FindingTable
from dfwarm.datafax.reports.partial import Partial
from dfwarm.datafax.reports.rule import ReportName, Rule
from dfwarm.terms import Access

NO_LEVEL = -1


class Mode(StrEnum):
    """
    How strictly records are taken.

    `quiesced`: the study server does not run, every line stands for itself and two primaries of one key are wrong.
    `live`: the server may have appended newer versions, so the last one wins and the others count as superseded.
    """

    QUIESCED = "quiesced"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Count:
    """
    One number: so many of something in a group, as `plate 17`, `week 0842` or `study`.

    `what` reads after the number: `final`, `queries new, code 2, external`. `level` is NO_LEVEL where there is none.
    """

    group: str
    what: str
    level: int
    number: int

    @property
    def name(self) -> tuple[str, str, int]:
        """What is counted; no report has two counts of one name."""
        return (self.group, self.what, self.level)

    @property
    def words(self) -> str:
        """What is counted, in words that follow a number."""
        return f"{self.what} at level {self.level}" if self.level != NO_LEVEL else self.what


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a report was made from. `digest` is SHA-256 in hex, empty where only names were read."""

    file: bytes
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class TimePoint:
    """What is known of the moment: the newest journal entry as written there, and who could enter the study."""

    newest_journal_entry: str = ""
    access: Access = Access.UNKNOWN

    def say(self) -> str:
        """The sentence for it."""
        newest = self.newest_journal_entry
        entry = f"newest journal entry {newest}" if newest else "no journal entry known"
        access = "not known" if self.access is Access.UNKNOWN else self.access
        return f"{entry}; study access was {access}"


@dataclass(frozen=True, slots=True)
class Report:
    """
    One report of one study on one side.

    `tables` hold the findings by file. `gaps` say what could not be examined: a report with a gap never passes.
    `notes` say what the reader must know, as an inferred field count. `records` counts what was examined.
    """

    name: ReportName
    study: int
    mode: Mode
    records: int
    counts: tuple[Count, ...]
    tables: tuple[FindingTable, ...]
    gaps: tuple[str, ...]
    notes: tuple[str, ...]
    sources: tuple[Source, ...]
    time_point: TimePoint

    @property
    def findings(self) -> Iterator[Finding]:
        """Every finding, file by file."""
        return (finding for table in self.tables for finding in table)

    @property
    def finding_counts(self) -> dict[Rule, int]:
        """How many findings each rule has."""
        total: dict[Rule, int] = {}
        for table in self.tables:
            for rule, number in table.counts().items():
                total[rule] = total.get(rule, 0) + number
        return dict(sorted(total.items(), key=lambda item: list(Rule).index(item[0])))


def sources_of(partials: Sequence[Partial]) -> tuple[Source, ...]:
    """The files that some partials were made from."""
    return tuple(Source(partial.file, partial.size, partial.content.hex()) for partial in partials)


def unlocated_gaps(partials: Sequence[Partial]) -> tuple[str, ...]:
    """What was beyond the number of lines that a partial can hold."""
    return tuple(
        f"{partial.file.decode('ascii', 'backslashreplace')}: {partial.unlocated:,} lines or faults more than are kept "
        "were only counted"
        for partial in partials
        if partial.unlocated
    )

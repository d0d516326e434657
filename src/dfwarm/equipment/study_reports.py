"""Make the native reports of one study from its files on this host."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from dfwarm.datafax.reports.census import ImageCensus
from dfwarm.datafax.reports.dfstatus import examine_status
from dfwarm.datafax.reports.ic_records import examine_records
from dfwarm.datafax.reports.images import examine_images
from dfwarm.datafax.reports.partial import FileKind
from dfwarm.datafax.reports.queries import QueryRules, examine_queries
from dfwarm.datafax.reports.report import Mode, Report, TimePoint
from dfwarm.datafax.reports.rule import ReportName
from dfwarm.equipment.aside import begin_aside
from dfwarm.equipment.image_census import ImageTrees, remember_census, take_census
from dfwarm.equipment.image_kinds import KindMemory
from dfwarm.equipment.partial_shelf import PartialShelf
from dfwarm.equipment.share import share_out
from dfwarm.equipment.study_data import SHARED_FROM_BYTES, DataReader, StudyData, bytes_of
from dfwarm.equipment.study_setup import StudySetup, read_setup, setup_for_all
from dfwarm.manifest.block import Block
from dfwarm.terms import Access

_COSTLY_FIRST = (ReportName.IC_QUERIES, ReportName.IC_IMAGES, ReportName.DFSTATUS, ReportName.IC_RECORDS)
_NO_CENSUS = ImageCensus(())
_OF_THE_SETUP = frozenset({ReportName.IC_RECORDS, ReportName.IC_QUERIES})


@dataclass(frozen=True, slots=True)
class Places:
    """Where a study lies. An empty `data` or `pages` is the folder of that name in the study directory."""

    study_dir: bytes
    data: bytes = b""
    pages: bytes = b""
    page_copies: bytes = b""

    @property
    def data_dir(self) -> bytes:
        """The folder of the data files."""
        return self.data or self.study_dir + b"/data"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports of which study are wanted, in which mode, and what is known of the access to it."""

    study: int
    names: tuple[ReportName, ...]
    mode: Mode
    access: Access = Access.UNKNOWN


@dataclass(frozen=True, slots=True)
class Known:
    """What this host knows already. Without `proven` and `blocks` every byte of the data files is read now."""

    shelf: PartialShelf
    kinds: KindMemory
    workers: int = 2
    proven: Mapping[bytes, bytes] = field(default_factory=dict)
    blocks: Mapping[bytes, Block] = field(default_factory=dict)
    copies: bytes = b""


def make_reports(places: Places, wanted: Wanted, known: Known) -> tuple[Report, ...]:
    """
    Make each wanted report, in the order of their names.

    What can not be read is a gap of every report that needs it. Raises SetupUnreadable where one report is wanted
    that needs the setup, and the setup is broken; of several reports the others are worth having.
    """
    setup, setup_gaps = _setup(places, wanted)
    is_large = known.workers > 1 and bytes_of(places.data_dir) >= SHARED_FROM_BYTES
    reader = DataReader(wanted.study, setup, known.shelf, known.workers, known.proven, known.copies)
    has_images = ReportName.IC_IMAGES in wanted.names
    with begin_aside(lambda: _take_census(places, known), is_worth_it=has_images and is_large) as census_of:
        data = reader.read(places.data_dir)
        census = census_of() if has_images else _NO_CENSUS
    remember_census(census, known.blocks)
    making = _Making(wanted, setup, data, census)
    names = [name for name in _COSTLY_FIRST if name in wanted.names]
    made = dict(share_out(len(names), lambda place: making.make(names[place]), known.workers if is_large else 1))
    reports = sorted(made.values(), key=lambda report: list(ReportName).index(report.name))
    return tuple(
        replace(report, gaps=(*data.gaps, *report.gaps, *(setup_gaps if report.name in _OF_THE_SETUP else ())))
        for report in reports
    )


def _take_census(places: Places, known: Known) -> ImageCensus:
    trees = ImageTrees(places.study_dir, places.pages, places.page_copies)
    return take_census(trees, known.blocks, known.kinds, workers=known.workers)


def _setup(places: Places, wanted: Wanted) -> tuple[StudySetup, tuple[str, ...]]:
    if len(wanted.names) == 1 and wanted.names[0] in _OF_THE_SETUP:
        return read_setup(places.study_dir), ()
    return setup_for_all(places.study_dir)


@dataclass(frozen=True, slots=True)
class _Making:
    wanted: Wanted
    setup: StudySetup
    data: StudyData
    census: ImageCensus

    def make(self, name: ReportName) -> Report:
        """Make one report; with no data record to hold anything against it has a gap: nothing is never a pass."""
        report = self._make(name)
        if any(each.records for each in self.data.partials if each.reading.kind is FileKind.PLATE):
            return report
        return replace(report, gaps=(*report.gaps, "data: not one record of a plate was read, so nothing is shown"))

    def _make(self, name: ReportName) -> Report:
        study, mode, partials = self.wanted.study, self.wanted.mode, self.data.partials
        match name:
            case ReportName.DFSTATUS:
                return examine_status(study, mode, partials, self._time_point)
            case ReportName.IC_RECORDS:
                report = examine_records(study, mode, partials, self.setup.setup, self._time_point)
                return replace(report, notes=(*self.setup.notes, *report.notes))
            case ReportName.IC_QUERIES:
                rules = QueryRules(
                    study, mode, self.setup.setup.has_multiple_queries, unread_plates=self.data.unread_plates
                )
                return examine_queries(rules, partials, self._time_point)
            case ReportName.IC_IMAGES:
                return examine_images(study, mode, partials, self.census, self._time_point)

    @property
    def _time_point(self) -> TimePoint:
        return TimePoint(self.data.newest_journal_entry, self.wanted.access)

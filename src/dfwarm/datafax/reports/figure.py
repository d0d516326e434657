"""
Numbers of the native reports that a number in a vendor's text may be held against, by name.

A site says by its configuration which line of the vendor's text prints which of these. Each is a sum over the whole
study: of counts of one report, or of its findings by one rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from dfwarm.datafax.reports.rule import ReportName, Rule

if TYPE_CHECKING:  # the configuration names figures and must not load numpy for it
    from dfwarm.datafax.reports.report import Report

_STUDY = "study"


class Figure(StrEnum):
    """What is counted."""

    RECORDS = "records"
    FINAL = "final records"
    INCOMPLETE = "incomplete records"
    PENDING = "pending records"
    MISSED = "missed records"
    SECONDARY = "secondary records"
    NEW = "new records"
    ASKED_FOR = "images asked for"
    IMAGES = "images"
    MISSING = "missing images"
    ORPHAN = "orphan images"
    QUERIES = "queries"
    FREE_FLOATING = "free-floating queries"
    DUPLICATE_QUERIES = "duplicate queries"
    UNRESOLVED = "unresolved queries on final records"
    DUPLICATE_PRIMARIES = "duplicate primaries"
    ORPHAN_SECONDARIES = "orphan secondaries"


@dataclass(frozen=True, slots=True)
class Sum:
    """The report that a figure is taken from, and what is added up in it: counts of the study, or findings."""

    report: ReportName
    counted: tuple[str, ...] = ()
    found: tuple[Rule, ...] = ()


_SECONDARIES = ("secondary final", "secondary incomplete", "secondary pending")

SUMS: Mapping[Figure, Sum] = {
    Figure.RECORDS: Sum(ReportName.DFSTATUS, ("missed", "final", "incomplete", "pending", *_SECONDARIES)),
    Figure.FINAL: Sum(ReportName.DFSTATUS, ("final",)),
    Figure.INCOMPLETE: Sum(ReportName.DFSTATUS, ("incomplete",)),
    Figure.PENDING: Sum(ReportName.DFSTATUS, ("pending",)),
    Figure.MISSED: Sum(ReportName.DFSTATUS, ("missed",)),
    Figure.SECONDARY: Sum(ReportName.DFSTATUS, _SECONDARIES),
    Figure.NEW: Sum(ReportName.DFSTATUS, ("new",)),
    Figure.ASKED_FOR: Sum(ReportName.IC_IMAGES, ("images asked for",)),
    Figure.IMAGES: Sum(ReportName.IC_IMAGES, ("images",)),
    Figure.MISSING: Sum(ReportName.IC_IMAGES, found=(Rule.MISSING_IMAGE,)),
    Figure.ORPHAN: Sum(ReportName.IC_IMAGES, found=(Rule.ORPHAN_IMAGE,)),
    Figure.QUERIES: Sum(ReportName.IC_QUERIES, ("queries",)),
    Figure.FREE_FLOATING: Sum(ReportName.IC_QUERIES, found=(Rule.FREE_FLOATING_QUERY,)),
    Figure.DUPLICATE_QUERIES: Sum(ReportName.IC_QUERIES, found=(Rule.DUPLICATE_QUERY,)),
    Figure.UNRESOLVED: Sum(ReportName.IC_QUERIES, found=(Rule.UNRESOLVED_ON_FINAL,)),
    Figure.DUPLICATE_PRIMARIES: Sum(ReportName.IC_RECORDS, found=(Rule.DUPLICATE_PRIMARY,)),
    Figure.ORPHAN_SECONDARIES: Sum(ReportName.IC_RECORDS, found=(Rule.ORPHAN_SECONDARY,)),
}


def figure_of(figure: Figure, report: "Report") -> int:
    """The figure, from the report that `SUMS` names for it."""
    wanted = SUMS[figure]
    counted = sum(each.number for each in report.counts if each.group == _STUDY and each.what in wanted.counted)
    return counted + sum(report.finding_counts.get(rule, 0) for rule in wanted.found)

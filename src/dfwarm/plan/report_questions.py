"""The questions for native reports. They stand by themselves since reading the answers needs numpy."""

from dfwarm.datafax.reports.report import Mode, Report
from dfwarm.datafax.reports.stream import decode
from dfwarm.facts.fact import Question
from dfwarm.terms import StudyNumber

REPORT_SECONDS = 3_600
ALL = "all"


def native_reports(
    study: StudyNumber, name: str, mode: Mode, *, is_listed: bool = False
) -> Question[tuple[Report, ...]]:
    """Make one native report, or all, from the files of that host, or from what its last manifest listed."""
    listed = ("listed",) if is_listed else ()
    return Question(("report", name, f"{study:03d}", mode.value, *listed), decode, REPORT_SECONDS)


def partial_of(study: StudyNumber, file: bytes) -> Question[bytes]:
    """Ask for the records of one data file, in the bytes of a partial."""
    return Question(("partial", f"{study:03d}", file.decode("ascii")), bytes, REPORT_SECONDS)

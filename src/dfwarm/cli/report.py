"""`dfwarm report`: the native reports of a study, made from the files of either side."""

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from dfwarm.assembly import Site
from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.config.reading import read_config
from dfwarm.datafax.reports.forms import render_csv, render_json
from dfwarm.datafax.reports.report import Mode, Report
from dfwarm.datafax.reports.rule import ReportName
from dfwarm.datafax.reports.text import render_text
from dfwarm.errors import AnswerRefused, HostUnreachable, ReportUnknown, SetupUnreadable, StudyUnknown
from dfwarm.plan.report_questions import native_reports
from dfwarm.terms import Side, StudyNumber

ALL = "all"
_GAPS = 3


@click.command(epilog=exit_status(HostUnreachable, StudyUnknown, ReportUnknown, SetupUnreadable))
@click.argument("name")
@click.argument("study", type=STUDY)
@click.option("--side", type=click.Choice([side.value for side in Side]), default=Side.STANDBY.value, show_default=True)
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.QUIESCED.value,
    show_default=True,
    help="live: the study server runs, so of several versions of a record the last one wins.",
)
@click.option("--json", "form", flag_value="json", help="Print JSON, complete, an object for each report.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV, complete, a table for each report.")
@click.pass_obj
def report(path: Path, name: str, study: StudyNumber, *, side: str, mode: str, form: str | None) -> None:
    """
    Make a native report of a study from its files: dfstatus, ic_images, ic_queries, ic_records or all.

    It needs no licence, starts no server and changes nothing. Exit code 3 where something could not be examined.
    """
    if name not in (ALL, *ReportName):
        raise ReportUnknown(f"there is no report {name!r}")
    host = Site(read_config(path)).host(Side(side))
    try:
        reports = host.ask(native_reports(study, name, Mode(mode))).value
    finally:
        host.close()
    if not reports:
        raise AnswerRefused(f"the {side} answered without a report")
    for made in reports:
        sys.stdout.writelines(_render(made, form))
    sys.stdout.flush()
    sys.exit(_GAPS if any(made.gaps for made in reports) else 0)


def _render(report: Report, form: str | None) -> Iterable[str]:
    if form == "json":
        return render_json(report)
    return render_csv(report) if form == "csv" else (render_text(report), "\n")

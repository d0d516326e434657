"""`dfwarm readiness`: whether a pair could take over, month by month, with reasons."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.study import STUDY
from dfwarm.errors import AuditBroken, BundleRefused, FormatNewer, KeyUnusable, LedgerBroken
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.evidence.readiness.report import Report

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_ERRORS = (LedgerBroken, KeyUnusable, BundleRefused, FormatNewer, AuditBroken)


class MonthType(click.ParamType[datetime]):
    """A month as 2026-10."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the month or say what is wrong with it."""
        match = _MONTH.fullmatch(str(value))
        if not match or not int(match[1]):
            self.fail(f"{value!r} is not a month as 2026-10", param, ctx)
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC)


@click.command(
    epilog="Exit codes: 0 READY, 1 READY WITH REMARKS, 2 NOT READY, "
    + ", ".join(f"{error.exit_code} {error.__name__}" for error in _ERRORS)
    + ", 64 usage. With --check: 0 the report holds."
)
@click.option("--month", type=MonthType(), help="The month, in UTC, as 2026-10.")
@click.option("--study", "studies", type=STUDY, multiple=True, help="Only this study; may be said again.")
@click.option("--out", "folder", type=click.Path(path_type=Path), help="Also write it here: text, HTML, PDF, data.")
@click.option("--check", "checked", type=click.Path(path_type=Path), help="Check a report that was written.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def readiness(  # noqa: PLR0917 - one for each word of the command
    path: Path,
    month: datetime | None,
    studies: tuple[StudyNumber, ...],
    folder: Path | None,
    checked: Path | None,
    is_json: bool,
) -> None:
    """
    Say whether the pair could take over: READY, READY WITH REMARKS or NOT READY, and why.

    Every bundle of the month is verified, and so are the logs and the audit trail. With --out the report is written as
    files, signed with the evidence key and noted in the audit trail; a folder that holds one already is not touched.
    """
    from dfwarm.assembly import Site, now
    from dfwarm.config.reading import read_config

    if (month is None) == (checked is None):
        raise click.UsageError("name a --month, or a report to --check")
    site = Site(read_config(path))
    if checked:
        _check(site, checked, is_json=is_json)
        return
    if month is None or month > now():
        raise click.UsageError("the month has not begun")
    report = _look(site, month, studies)
    if folder:
        _keep(site, report, folder)
    _print(report, is_json=is_json)
    sys.exit({"READY": 0, "READY WITH REMARKS": 1}.get(report.word, 2))


def _look(site: "Site", month: datetime, studies: tuple[StudyNumber, ...]) -> "Report":
    from dfwarm.cli.month import look_at_month
    from dfwarm.evidence.readiness.report import write_report

    return write_report(look_at_month(site, month, studies))


def _print(report: "Report", *, is_json: bool) -> None:
    from dfwarm.evidence.readiness.files import TEXT, render_files
    from dfwarm.wire import dump_indented

    click.echo(dump_indented(report) if is_json else render_files(report)[TEXT].decode(), nl=is_json)


def _keep(site: "Site", report: "Report", folder: Path) -> None:
    import hashlib

    from dfwarm.config.values import NoEvidence
    from dfwarm.equipment.readiness_folder import keep_report, render_all
    from dfwarm.evidence.readiness.files import DATA

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(f"{folder} is there already, and is not an empty folder")
    evidence = site.config.evidence
    files = render_all(report)
    keep_report(folder, files, None if isinstance(evidence, NoEvidence) else lambda: site.signer(evidence))
    said = f"{report.word}, data sha256 {hashlib.sha256(files[DATA]).hexdigest()}"
    site.audit.append("readiness report written", f"{report.facts.pair} {report.facts.month}", after=said)


def _check(site: "Site", folder: Path, *, is_json: bool) -> None:
    from dfwarm.assembly import software
    from dfwarm.config.values import NoEvidence
    from dfwarm.equipment.readiness_folder import read_files
    from dfwarm.evidence.readiness.files import check_files
    from dfwarm.terms import CycleId

    evidence = site.config.evidence
    if isinstance(evidence, NoEvidence):
        raise KeyUnusable("the configuration names no evidence key, so nobody vouches for a report")
    saw: list[str] = []
    trust, archive = site.trust(evidence).read(), site.archive
    for line in check_files(
        read_files(folder),
        trust,
        software(),
        lambda cycle: site.history.statement(archive, CycleId.parse(cycle)),
    ):
        saw.append(line)
        if not is_json:
            click.echo(line)
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"report": str(folder), "isGenuine": True, "saw": saw}))

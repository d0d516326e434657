"""`dfwarm gaps`: what the schedule expected and did not get."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.study import STUDY
from dfwarm.errors import LedgerBroken
from dfwarm.terms import StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.plan.gaps import Completeness

_DAY = click.DateTime(("%Y-%m-%d",))
_GAPS = 2


@click.command(
    epilog="Exit codes: 0 everything that was expected was examined in time, 2 there is a gap, "
    f"{LedgerBroken.exit_code} LedgerBroken, 64 usage."
)
@click.option("--from", "since", type=_DAY, help="First day, UTC.  [default: 30 days ago]")
@click.option("--to", "until", type=_DAY, help="Last day, UTC.  [default: now]")
@click.option("--study", "studies", type=STUDY, multiple=True, help="Only this study; may be said again.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def gaps(
    path: Path, since: datetime | None, until: datetime | None, studies: tuple[StudyNumber, ...], is_json: bool
) -> None:
    """
    List the cycles that the schedule expected and that are missing, late, failed or inconclusive, with the reason.

    The schedule is the one of now. Nothing is expected of a study before its first cycle.
    """
    from dfwarm.assembly import Site, now
    from dfwarm.config.reading import read_config

    site, moment = Site(read_config(path)), now()
    end = min(moment, until.replace(tzinfo=UTC) + timedelta(days=1)) if until else moment
    begin = since.replace(tzinfo=UTC) if since else end - timedelta(days=30)
    if begin >= end:
        raise click.UsageError("the period ends before it begins, or has not begun")
    found = _look(site, studies, (begin, end))
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"from": begin, "to": end, "studies": found}))
    else:
        _print(found)
    sys.exit(_GAPS if any(each.gaps for each in found) else 0)


def _look(
    site: "Site", studies: tuple[StudyNumber, ...], period: tuple[datetime, datetime]
) -> "tuple[Completeness, ...]":
    from dfwarm.config.values import NamedStudies
    from dfwarm.facts.ledger import read_ledger
    from dfwarm.procedures.gaps import complete

    chosen, catalogue = site.config.pair.studies, site.catalogue
    named = chosen.numbers if isinstance(chosen, NamedStudies) else ()
    content = site.ledger_path.read_bytes() if site.ledger_path.exists() else b""
    lines = read_ledger(content[: content.rfind(b"\n") + 1])
    return tuple(
        complete(study, site.schedule, period, catalogue.entries(study), lines)
        for study in studies or sorted({*named, *site.archive.studies()})
    )


def _print(found: "tuple[Completeness, ...]") -> None:
    for study in found:
        whole = "complete" if not study.gaps else f"{len(study.gaps)} gaps"
        click.echo(f"study {study.study:03d}  {study.served} of {study.expected} expected cycles, {whole}")
        for gap in study.gaps:
            cycle = gap.cycle or "-"
            click.echo(f"  {gap.expected_at:%Y-%m-%d %H:%M} UTC  {gap.kind:<12}  {cycle:<10}  {gap.reason}")
    if not found:
        click.echo("no study has a record yet")

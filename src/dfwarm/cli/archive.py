"""`dfwarm archive`: evidence in other places, read back, kept small, and let go after its retention."""

import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import CopyFailed, PairBusy, RecordUnknown, RetentionHolds
from dfwarm.terms import CycleId, StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.procedures.copying import PlaceState, ReadingBack

_DAYS_A_YEAR = 365.2425
_SAID_AT_MOST = 5


@click.group()
def archive() -> None:
    """Copy evidence elsewhere, read it back, keep it small, let it expire."""


@archive.command(epilog=exit_status(PairBusy, CopyFailed))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def copy(path: Path, is_json: bool) -> None:
    """Copy to each place what it lacks; every bundle is looked at again."""
    site = _site(path)
    with site.locked():
        states = site.copying.copy(is_thorough=True)
    _say_states(states, is_json=is_json)
    if any(state.trouble for state in states):
        raise CopyFailed("; ".join(state.trouble for state in states if state.trouble))


@archive.command(epilog=exit_status(CopyFailed))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def status(path: Path, is_json: bool) -> None:
    """Say by the receipts what each place holds, what waits, and what is due to be read back."""
    site = _site(path)
    _say_states(site.copying.states(site.config.archive.readback_seconds), is_json=is_json)


@archive.command(epilog=exit_status(CopyFailed))
@click.option("--all", "is_all", is_flag=True, help="Also what is not due.")
@click.option("--at-most", type=click.IntRange(1), default=100, show_default=True, help="So many copies in one go.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def readback(path: Path, *, is_all: bool, at_most: int, is_json: bool) -> None:
    """Read back the copies that nobody has seen for longest, and hold each against its receipt."""
    site = _site(path)
    within = 0 if is_all else site.config.archive.readback_seconds
    done = site.copying.read_back(within, at_most)
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented(done))
    else:
        _say_reading(done)
    _refuse_troubled(_problems(done))


@archive.command(epilog=exit_status(CopyFailed))
@click.option("--at-most", type=click.IntRange(1), default=200, show_default=True, help="Read back so many in one go.")
@click.pass_obj
def due(path: Path, at_most: int) -> None:
    """
    Do what is due: copy what waits, read back what nobody has seen for too long. For a daily timer.

    Copies that are altered and places that fail are told by letter and alert. A cycle that runs is not waited for:
    it copies what waits itself.
    """
    from dfwarm.evidence.notice import write_copies_alert

    site = _site(path)
    try:
        with site.locked():
            states = site.copying.copy(is_thorough=True)
    except PairBusy:
        states = ()
        click.echo("a cycle runs; it copies what waits")
    done = site.copying.read_back(site.config.archive.readback_seconds, at_most)
    _say_reading(done)
    problems = (*(state.trouble for state in states if state.trouble), *_problems(done))
    if problems:
        letter = write_copies_alert(socket.gethostname(), site.config.pair.name, site.alarms.now(), problems)
        click.echo(site.postman().send(letter))
        site.alarms.tell(letter.subject, letter.text)
        site.alarms.send_within_deadline()
    _refuse_troubled(problems)


@archive.command(epilog=exit_status(PairBusy, CopyFailed))
@click.option("--older-than", "days", type=click.IntRange(0), help="Days.  [default: `archive.compact_after`]")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def compact(path: Path, days: int | None, is_json: bool) -> None:
    """Keep the listings of old bundles as what changed, with a whole one at the beginning of each month."""
    from dfwarm.assembly import now
    from dfwarm.equipment.compaction import compact as compact_study

    site = _site(path)
    age = timedelta(days=days) if days is not None else timedelta(seconds=site.config.archive.compact_after_seconds)
    with site.locked():
        done = [each for study in site.archive.studies() for each in compact_study(site.archive, study, now() - age)]
    before, after = sum(each.before for each in done), sum(each.after for each in done)
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"listings": tuple(done), "before": before, "after": after}))
    else:
        click.echo(f"{len(done)} listings: {before:,} bytes became {after:,}")


@archive.command(epilog=exit_status(PairBusy, CopyFailed, RecordUnknown))
@click.argument("cycle")
@click.pass_obj
def restore(path: Path, cycle: str) -> None:
    """Put the listings of a bundle, as 035-00042, together again and keep them whole."""
    from dfwarm.equipment.compaction import restore as put_together

    site = _site(path)
    try:
        wanted = CycleId.parse(cycle)
    except ValueError as error:
        raise RecordUnknown(f"{cycle!r} is not a cycle; cycles are named like 035-00042") from error
    with site.locked():
        site.archive.read(wanted)
        click.echo(f"{put_together(site.archive.place(wanted))} listings are whole again")


@archive.command(epilog=exit_status(PairBusy, RetentionHolds))
@click.argument("study", type=STUDY)
@click.option("--before", required=True, type=click.DateTime(("%Y-%m-%d",)), help="Cycles that ended before this day.")
@click.option("--by", required=True, help="Who lets the evidence go.")
@click.option("--approved-by", "approver", required=True, help="Who approved it: another person.")
@click.option("--reason", required=True, help="Why it goes.")
@click.pass_obj
def expire(path: Path, study: StudyNumber, before: datetime, by: str, approver: str, reason: str) -> None:  # noqa: PLR0917
    """
    Remove a study's bundles here after their retention; each one is written into the audit trail first.

    Copies in other places are left to those who rule there. Their leaves stay in the log of the study.
    """
    from dfwarm.assembly import now
    from dfwarm.procedures.expiry import Approval
    from dfwarm.procedures.expiry import expire as let_go

    if not all(text.strip() for text in (by, approver, reason)):
        raise click.BadParameter("evidence goes only with two names and a reason")
    site = _site(path)
    retained_since = now() - timedelta(days=site.config.archive.retention_years * _DAYS_A_YEAR)
    with site.locked():
        gone = let_go(
            site.archive,
            site.audit,
            study,
            before=before.replace(tzinfo=UTC),
            retained_since=retained_since,
            approval=Approval(by.strip(), approver.strip(), reason),
        )
    click.echo(f"{len(gone)} cycles of study {study:03d} were removed")


def _site(path: Path) -> "Site":
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    return Site(read_config(path))


def _problems(done: "ReadingBack") -> tuple[str, ...]:
    """What is to be told of copies that were read back, places first."""
    altered = (f"{each.parcel} at {each.place}: {'; '.join(each.says[:_SAID_AT_MOST])}" for each in done.altered)
    return (*done.troubles, *altered)


def _say_reading(done: "ReadingBack") -> None:
    for each in done.copies:
        click.echo(f"{'ALTERED' if each.says else 'whole'}  {each.place}  {each.parcel}")
        for says in each.says:
            click.echo(f"    {says}")
    click.echo(f"{len(done.copies)} copies were read back")


def _refuse_troubled(problems: tuple[str, ...]) -> None:
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise CopyFailed(f"{problems[0]}{more}")


def _say_states(states: "tuple[PlaceState, ...]", *, is_json: bool) -> None:
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"places": states}))
        return
    for state in states:
        click.echo(f"{state.place}: {state.held} parcels held, {state.waiting} wait, {state.due} are due for reading")
        if not state.can_be_read:
            click.echo("    cannot be read back from here")
        for line in (*state.mismatches, *filter(None, [state.trouble])):
            click.echo(f"    {line}")
    if not states:
        click.echo("no other place is configured: evidence lies on this host alone")
        sys.exit(0)

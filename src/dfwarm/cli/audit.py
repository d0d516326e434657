"""`dfwarm audit`: the trail of what operators did, and of changes to the configuration."""

import csv
import sqlite3
import sys
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import AuditBroken
from dfwarm.spelling import cell

if TYPE_CHECKING:
    from dfwarm.assembly import Site
    from dfwarm.facts.audit import Entry

_COLUMNS = ("at", "account", "sudo", "by", "act", "subject", "reason", "before", "after", "digest")
_SORTS = ("at", "account", "act", "subject")
Row = tuple[str, ...]


def _filters(command: click.decorators.FC) -> click.decorators.FC:
    """Add the options that choose and order entries."""
    for option in (
        click.option("--reverse", "is_reversed", is_flag=True, help="The other way round."),
        click.option("--sort", "order", type=click.Choice(_SORTS), default="at", show_default=True, help="Sort by."),
        click.option("--until", type=click.DateTime(("%Y-%m-%d",)), help="Only entries before this day, UTC."),
        click.option("--since", type=click.DateTime(("%Y-%m-%d",)), help="Only entries from this day on, UTC."),
        click.option("--person", help="Only entries whose account, sudo or name holds this text."),
        click.option("--subject", help="Only entries whose subject holds this text."),
        click.option("--act", help="Only entries whose act holds this text."),
    ):
        command = option(command)
    return command


@click.group()
def audit() -> None:
    """Show, export and verify the trail of what operators did."""


@audit.command(epilog=exit_status(AuditBroken))
@_filters
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(path: Path, /, is_json: bool, **wanted: object) -> None:
    """Show the entries, oldest first; a broken trail is refused."""
    rows = _rows(_site(path), wanted)
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"entries": tuple(dict(zip(_COLUMNS, row, strict=True)) for row in rows)}))
        return
    for at, account, sudo, by, act, subject, reason, before, after, _ in rows:
        who = f"{by} as {account}" if by else account
        click.echo(f"{at[:19]}Z  {who}{f' (sudo by {sudo})' if sudo else ''}  {act}: {subject}")
        for title, text in (("why", reason), ("before", before), ("after", after)):
            for line in text.splitlines():
                click.echo(f"    {title:<6}  {line}")
    if not rows:
        click.echo("no entry")


@audit.command(epilog=exit_status(AuditBroken))
@_filters
@click.option("--csv", "csv_file", type=click.Path(path_type=Path, dir_okay=False), help="Write CSV; - is the screen.")
@click.option("--sqlite", "sqlite_file", type=click.Path(path_type=Path, dir_okay=False), help="Write SQLite.")
@click.pass_obj
def export(path: Path, /, csv_file: Path | None, sqlite_file: Path | None, **wanted: object) -> None:
    """Write the entries as a data file, with the digest of each line. A file that is there is not replaced."""
    if (csv_file is None) == (sqlite_file is None):
        raise click.UsageError("name --csv or --sqlite")
    rows = _rows(_site(path), wanted)
    target = csv_file or sqlite_file
    if target and target != Path("-") and target.exists():
        raise click.UsageError(f"{target} is there already")
    if sqlite_file:
        _write_sqlite(sqlite_file, rows)
    elif csv_file == Path("-"):
        _write_csv(sys.stdout, rows)
    elif csv_file:
        with csv_file.open("x", encoding="utf-8", newline="") as file:
            _write_csv(file, rows)


@audit.command(epilog=exit_status(AuditBroken))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(path: Path, is_json: bool) -> None:
    """
    Hold the chain of the trail, and the trail against the heads that the records hold.

    A line that was changed, dropped or moved breaks the chain; a tail that was cut off, or a trail that was written
    anew, lacks the heads of the records.
    """
    from dfwarm.facts.audit import GENESIS, anchored, read_trail

    site = _site(path)
    trail = read_trail(site.audit.content)
    records = [site.archive.read(cycle) for study in site.archive.studies() for cycle in site.archive.cycles(study)]
    heads = tuple(
        (str(record.cycle), record.audit_head)
        for record in sorted(records, key=lambda record: record.ended_at)
        if record.audit_head
    )
    problems = anchored(trail, heads)
    if is_json:
        from dfwarm.wire import dump_indented

        head = trail[-1][1] if trail else GENESIS
        click.echo(dump_indented({"entries": len(trail), "head": head, "anchors": len(heads), "problems": problems}))
    if problems:
        raise AuditBroken("audit trail: " + "; ".join(problems))
    if not is_json:
        click.echo(f"{len(trail)} entries hold; the heads of {len(heads)} records are all in the trail")


@audit.command(epilog=exit_status(AuditBroken))
@click.argument("text")
@click.option("--by", required=True, help="Who says so.")
@click.option("--about", "subject", default="note", show_default=True, help="What it is about.")
@click.pass_obj
def note(path: Path, text: str, by: str, subject: str) -> None:
    """Add a note: the reason of a change that dfwarm could only see."""
    if not text.strip() or not by.strip():
        raise click.BadParameter("a note needs a text and a name")
    _site(path).audit.append("note", subject, by=by, reason=text)


def _site(path: Path) -> "Site":
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    return Site(read_config(path))


def _rows(site: "Site", wanted: dict[str, object]) -> tuple[Row, ...]:
    from dfwarm.facts.audit import read_trail

    rows = [_row(entry, digest) for entry, digest in read_trail(site.audit.content) if _is_wanted(entry, wanted)]
    rows.sort(key=lambda row: row[_COLUMNS.index(str(wanted["order"]))], reverse=bool(wanted["is_reversed"]))
    return tuple(rows)


def _is_wanted(entry: "Entry", wanted: dict[str, object]) -> bool:
    since, until = wanted["since"], wanted["until"]
    return (
        str(wanted["act"] or "") in entry.act
        and str(wanted["subject"] or "") in entry.subject
        and str(wanted["person"] or "") in str(entry.actor)
        and not (isinstance(since, datetime) and entry.at < since.replace(tzinfo=UTC))
        and not (isinstance(until, datetime) and entry.at >= until.replace(tzinfo=UTC))
    )


def _row(entry: "Entry", digest: str) -> Row:
    from dfwarm.terms import spell_time

    who = (entry.actor.account, entry.actor.sudo, entry.actor.by)
    return (spell_time(entry.at), *who, entry.act, entry.subject, entry.reason, entry.before, entry.after, digest)


def _write_sqlite(file: Path, rows: tuple[Row, ...]) -> None:
    columns = ", ".join(f'"{column}" TEXT NOT NULL' for column in _COLUMNS)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"CREATE TABLE audit ({columns})")
        marks = ", ".join("?" * len(_COLUMNS))
        database.executemany(f"INSERT INTO audit VALUES ({marks})", rows)  # noqa: S608  (the marks are our own)


def _write_csv(file: TextIO, rows: Iterable[Row]) -> None:
    """Write a table that a spreadsheet may open: no cell of it is a formula, or acts on a terminal."""
    csv.writer(file, lineterminator="\n").writerows(map(cell, row) for row in (_COLUMNS, *rows))

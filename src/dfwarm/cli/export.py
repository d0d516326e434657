"""`dfwarm export`: one zip file for an inspector, or the verifier that stands alone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import BundleRefused, ExportRefused, RecordUnknown, ToolMissing
from dfwarm.terms import CycleId, StudyNumber

if TYPE_CHECKING:
    from dfwarm.assembly import Site

_DAY = click.DateTime(("%Y-%m-%d",))
_VERIFIER = "verifier"


@click.command(epilog=exit_status(RecordUnknown, BundleRefused, ExportRefused, ToolMissing))
@click.argument("targets", nargs=-1, metavar="[CYCLE]...|verifier")
@click.option("--study", type=STUDY, help="Every cycle of this study, in the period below.")
@click.option("--from", "since", type=_DAY, help="First day on which a cycle began, UTC.")
@click.option("--to", "until", type=_DAY, help="Last day, UTC.")
@click.option("-o", "output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file to write.")
@click.option("--bagit", "is_bag", is_flag=True, help="Wrap it as a bag (RFC 8493) for an archive.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def export(  # noqa: PLR0917 - one for each word of the command
    path: Path,
    targets: tuple[str, ...],
    study: StudyNumber | None,
    since: datetime | None,
    until: datetime | None,
    output: Path,
    is_bag: bool,
    is_json: bool,
) -> None:
    """
    Write the evidence of cycles as one zip file that an inspector can verify alone.

    Name cycles, as 035-00042, or a --study with a period. The same evidence gives the same bytes. With the word
    `verifier` the stand-alone verifier is written instead: one file that needs Python and the library cryptography.
    """
    if (study is None) == (not targets) or (targets and (since or until)):
        raise click.UsageError("name cycles, or a --study with --from and --to, or the word verifier")
    if targets == (_VERIFIER,):
        _write_verifier(output)
        _tell(output, 0, is_json=is_json)
        return
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config
    from dfwarm.equipment.export_writing import write_export
    from dfwarm.procedures.exporting import Shelves, gather

    site = Site(read_config(path))
    cycles = _named(targets) if study is None else _within(site, study, (since, until))
    write_export(
        output, gather(Shelves(site.config.pair.name, site.archive, site.history, site.audit), cycles), is_bag=is_bag
    )
    _tell(output, len(cycles), is_json=is_json)


def _write_verifier(output: Path) -> None:
    from dfwarm.equipment.verifier_file import build_verifier

    content = build_verifier()
    try:
        with output.open("xb") as file:
            file.write(content)
    except OSError as error:
        raise ExportRefused(f"{output} cannot be written: {error.strerror}", hint="Name another file.") from error


def _named(targets: tuple[str, ...]) -> tuple[CycleId, ...]:
    try:
        return tuple(sorted({CycleId.parse(target) for target in targets}))
    except ValueError as error:
        raise RecordUnknown(f"{error}; a cycle is written like 035-00042") from error


def _within(site: "Site", study: StudyNumber, period: tuple[datetime | None, datetime | None]) -> tuple[CycleId, ...]:
    """The cycles of a study that began in a period; an end that is left out is open."""
    since, until = period
    first = since.replace(tzinfo=UTC) if since else datetime.min.replace(tzinfo=UTC)
    last = until.replace(tzinfo=UTC) + timedelta(days=1) if until else datetime.max.replace(tzinfo=UTC)
    return tuple(entry.cycle for entry in site.catalogue.entries(study) if first <= entry.began_at < last)


def _tell(output: Path, cycles: int, *, is_json: bool) -> None:
    import hashlib

    with output.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = output.stat().st_size
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"file": str(output), "cycles": cycles, "bytes": size, "sha256": digest}))
    else:
        what = f"{cycles} cycles" if cycles else "the verifier"
        click.echo(f"{output}: {what}, {size:,} bytes\nsha256 {digest}")

"""`dfwarm prove`: proofs as files of their own, which need neither the log nor dfwarm to be checked."""

from pathlib import Path

import click

from dfwarm.cli.cycle_name import CYCLE
from dfwarm.cli.exits import exit_status
from dfwarm.errors import ExportRefused, HistoryBroken, RecordUnknown
from dfwarm.evidence.proof_names import GROWTH, INCLUSION
from dfwarm.terms import CycleId


@click.command(epilog=exit_status(RecordUnknown, HistoryBroken, ExportRefused))
@click.argument("cycles", nargs=-1, required=True, type=CYCLE)
@click.option(
    "--against",
    "older",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="An older checkpoint of the same log: prove also that the log only grew since then.",
)
@click.option(
    "-o",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to write to.  [default: this one]",
)
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def prove(path: Path, cycles: tuple[CycleId, ...], older: Path | None, folder: Path, is_json: bool) -> None:
    """
    Prove that the statements of cycles, as 035-00042, are in the log of their study.

    Writes a file for each cycle, and with --against one for each study. `dfwarm verify`, or PROOF.py of an export with
    no dfwarm at hand, checks them by the key of the log alone. Files that are there are not replaced.
    """
    from dfwarm.assembly import Site
    from dfwarm.config.reading import read_config

    history = Site(read_config(path)).history
    files = {f"{cycle}{INCLUSION}": history.prove(cycle).encode() for cycle in cycles}
    if older:
        for study in sorted({cycle.study for cycle in cycles}):
            files[f"{study:03d}{GROWTH}"] = history.prove_since(study, older.read_bytes()).encode()
    written = [folder / name for name in files]
    for file, content in zip(written, files.values(), strict=True):
        _write(file, content)
    if is_json:
        from dfwarm.wire import dump_indented

        click.echo(dump_indented({"files": tuple(map(str, written))}))
    else:
        click.echo("\n".join(map(str, written)))


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except OSError as error:
        raise ExportRefused(
            f"{file} cannot be written: {error.strerror}", hint="Name another folder with -o."
        ) from error

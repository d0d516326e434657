"""`dfwarm verify`: evidence in numbered steps; with a study number, both trees of the study against each other now."""

import sys
from pathlib import Path

import click

from dfwarm.cli.exits import exit_status
from dfwarm.cli.study import STUDY
from dfwarm.errors import (
    BundleRefused,
    ExportRefused,
    FormatNewer,
    HistoryBroken,
    HostUnreachable,
    PairBusy,
    PathUnreadable,
    RecordUnknown,
    StudyUnknown,
)
from dfwarm.terms import StudyNumber


@click.command(
    epilog=exit_status(
        BundleRefused,
        FormatNewer,
        ExportRefused,
        HistoryBroken,
        RecordUnknown,
        HostUnreachable,
        StudyUnknown,
        PairBusy,
        PathUnreadable,
    )
)
@click.argument("targets", nargs=-1, metavar="[BUNDLE|FILE.zip|PROOF|CYCLE|STUDY]...")
@click.option("--all", "is_all", is_flag=True, help="Verify the evidence of every cycle on record.")
@click.option("--study", "study", type=STUDY, help="Verify the evidence of every cycle of this study.")
@click.option("--full", "is_full", is_flag=True, help="With STUDY: read every byte of both sides.")
@click.option("--trust", "trust", type=click.Path(path_type=Path), help="The trust folder. Left out: the site's own.")
@click.option("--accept-pending", "is_pending_accepted", is_flag=True, help="Accept a bundle without its time-stamp.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(  # noqa: PLR0917 - one for each word of the command
    path: Path,
    targets: tuple[str, ...],
    is_all: bool,
    study: StudyNumber | None,
    is_full: bool,
    trust: Path | None,
    is_pending_accepted: bool,
    is_json: bool,
) -> None:
    """
    Verify evidence step by step, or hold both trees of a study against each other now.

    A folder (BUNDLE), an export (FILE.zip) or a cycle, as 035-00042, is verified as it was sealed, and a proof that
    `dfwarm prove` wrote (PROOF) as it stands: no network is used and no clock believed.
    Exit code 0 says that the evidence is genuine, whatever its verdict; 33 that it is not.

    With a STUDY, as 035, both sides are listed and compared now, and nothing is changed; the exit code is that of the
    outcome. This is no cycle: it leaves no record, and production is not held.
    """
    from dfwarm.cli import verify_bundles, verify_study

    live = [target for target in targets if target.isascii() and target.isdigit()]
    chosen = [bool(targets), is_all, study is not None]
    if chosen.count(True) != 1 or (live and len(targets) > 1) or (is_full and not live):
        raise click.UsageError("name one STUDY, or any number of bundles and cycles, or --all, or --study")
    if live:
        verify_study.prove_now(path, STUDY.convert(live[0], None, None), is_full=is_full, is_json=is_json)
        return
    asked = verify_bundles.Asked(path, targets, study, trust, is_pending_accepted)
    sys.exit(verify_bundles.verify_all(asked, is_json=is_json))

"""`dfwarm demo`: a whole life of a pair on this host, in a minute."""

import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console

from dfwarm.assembly import Site, now
from dfwarm.cli.keys import begin_evidence
from dfwarm.cli.live import Screen
from dfwarm.config.reading import read_config
from dfwarm.equipment.process import run
from dfwarm.errors import SourceRefused
from dfwarm.evidence.record import CycleRecord
from dfwarm.procedures.cycle import run_cycle
from dfwarm.procedures.freshness import look_at_freshness
from dfwarm.procedures.recover import refuse_while_open
from dfwarm.simulator.damage import damage_unseen
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.stage import BESIDE, Setting, Stage, set_stage
from dfwarm.spelling import spell
from dfwarm.terms import HostName, Outcome, StudyNumber, spell_duration

DECK_STUDY = StudyNumber(35)


@click.command()
@click.option("--keep", is_flag=True, help="Keep everything in a folder after the end.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where to play; a folder that is not there yet.")
@click.option("--json", "is_json", is_flag=True, help="Print the verdicts as JSON at the end.")
def demo(keep: bool, folder: Path | None, is_json: bool) -> None:
    """Show a whole life of a pair on this host, with a simulated DataFax on both ends."""
    began = time.monotonic()
    place = _make_place(folder)
    console = Console(stderr=True)
    try:
        with set_stage(place, Setting(seals=True, labels=BESIDE)) as stage:
            outcomes = _play(stage, console)
            _close(stage, console, kept=keep)
    finally:
        if not keep:
            shutil.rmtree(place, ignore_errors=True)
    console.print(f"\nThe demo took {spell_duration(time.monotonic() - began)}.", highlight=False)
    if is_json:
        from dfwarm import wire

        click.echo(wire.dump_indented({"outcomes": outcomes}))
    sys.exit(0 if outcomes == _EXPECTED else 70)


_EXPECTED = (*(Outcome.EQUIVALENT,) * 6, Outcome.DISCREPANT, Outcome.EQUIVALENT)


def _play(stage: Stage, console: Console) -> tuple[Outcome, ...]:
    site = Site(read_config(stage.config))
    studies = site.studies()
    _say(console, "A production server with three studies, and a standby that has them registered and nothing else.")
    _preflight(site, console)
    _say(console, "The evidence key is made, and a small time-stamp authority, since a demo knows no other.")
    with site.locked():
        begin_evidence(site)
    _say(console, "A day of work: pages arrive, records change, a CRF is deleted, the setup is saved.")
    for study in studies:
        let_a_day_pass(stage.production, study, day=1)
    first = _cycles(site, studies, console)
    _say(console, "Another day of work, and the second cycle: only what changed is carried over.")
    for study in studies:
        let_a_day_pass(stage.production, study, day=2)
    second = _cycles(site, studies, console)
    _show_evidence(site, second[0], console)
    damaged = damage_unseen(stage.standby.study_dir(DECK_STUDY))
    _say(console, f"Behind dfwarm's back one bit of the standby's {spell(damaged)} flips; its size and time stay.")
    third = _cycles(site, (DECK_STUDY,), console)
    _say(console, "An administrator reads which file it is and asks for it to be mended from production.")
    fourth = _cycles(site, (DECK_STUDY,), console, mends=True)
    return tuple(record.outcome for record in (*first, *second, *third, *fourth))


def _cycles(
    site: Site, studies: tuple[StudyNumber, ...], console: Console, *, mends: bool = False
) -> list[CycleRecord]:
    records: list[CycleRecord] = []
    with ExitStack() as stack:
        stack.enter_context(site.locked())
        screen = stack.enter_context(Screen(console))
        kit = stack.enter_context(site.kit(screen))
        refuse_while_open(kit)
        records.extend(run_cycle(site.order(kit.ledger, study, mends=mends), kit) for study in studies)
    for record in records:
        _summarise(record, console)
    return records


def _show_evidence(site: Site, record: CycleRecord, console: Console) -> None:
    """Verify a bundle as an auditor would, then a copy of it in which one bit is another one."""
    bundle = site.archive.place(record.cycle)
    forged = site.config.pair.state / "forged" / str(record.cycle)
    shutil.copytree(bundle, forged)
    content = bytearray((forged / "cycle.json").read_bytes())
    content[len(content) // 2] ^= 1
    (forged / "cycle.json").write_bytes(bytes(content))
    _say(console, "An auditor verifies a bundle by its own script, then a copy of it with one bit flipped:")
    for folder in (bundle, forged):
        argv = ("sh", str(folder / "VERIFY.sh"), str(site.config.pair.state / "trust"))
        said = run(argv, host=HostName("auditor"), deadline_seconds=60)
        console.print(f"    {said.stdout.decode().splitlines()[-1]}", markup=False, highlight=False, soft_wrap=True)
    shutil.rmtree(forged.parent)


def _summarise(record: CycleRecord, console: Console) -> None:
    trees = record.trees
    compared = f"{trees.compared} of {trees.expected} entries compared" if trees else "nothing compared"
    console.print(
        f"\n[bold]{record.outcome}[/bold]  {record.cycle}  {compared}, held {record.held_seconds_milli / 1000:.1f} s"
    )
    agreed = sum(each.is_agreed for each in record.beside)
    for line in (
        *(record.transfer.says if record.transfer else ()),
        *((f"{agreed} of {len(record.beside)} numbers of the vendor's are what the files hold",) if agreed else ()),
        *(reason.says for reason in record.verdict.reasons),
    ):
        console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)


def _preflight(site: Site, console: Console) -> None:
    from dfwarm.cli.preflight import examine_pair

    for line in examine_pair(site, DECK_STUDY):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _close(stage: Stage, console: Console, *, kept: bool) -> None:
    site = Site(read_config(stage.config))
    _say(console, "What `dfwarm status` says now:")
    for study in site.studies():
        seen = look_at_freshness(site.archive, study, lambda _: (), now=now(), rpo_seconds=site.config.pair.rpo_seconds)
        age = spell_duration(seen.age_seconds)
        console.print(
            f"    {study:03d}  proven {age} ago by {seen.proven_by}, last verdict {seen.last_outcome}", highlight=False
        )
    console.print(f"    Authority: {site.rulings.find(site.config.pair.name).say()}", highlight=False)
    console.print(f"\nRecords:  {site.archive.folder}\nLedger:   {site.ledger_path}", highlight=False, soft_wrap=True)
    if kept:
        console.print(f"Try:      dfwarm --config {stage.config} show 035-00003", highlight=False, soft_wrap=True)
    else:
        console.print("They are removed now; `dfwarm demo --keep` keeps them.", highlight=False)


def _make_place(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="dfwarm-demo-"))
    if folder.exists():
        raise SourceRefused(f"folder {folder} is there already", hint="Name a folder that is not there yet.")
    folder.mkdir(parents=True, mode=0o700)
    return folder.resolve()


def _say(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]", highlight=False)

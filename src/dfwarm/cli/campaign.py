"""`dfwarm simulate campaign`: many cycles of a live simulated study, each one held against the truth."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dfwarm.cli.exits import exit_status
from dfwarm.errors import PromiseBroken, ToolMissing
from dfwarm.simulator.campaign_modes import MODES

if TYPE_CHECKING:
    from dfwarm.simulator.campaign_stage import CampaignStage


@click.command(epilog=exit_status(PromiseBroken, ToolMissing))
@click.option("--cycles", type=click.IntRange(1, 100_000), default=30, show_default=True, help="How many cycles.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same modes and harms.")
@click.option("--mode", "modes", type=click.Choice(list(MODES)), multiple=True, help="A freeze mode; all if left out.")
@click.option("--rate", type=click.FloatRange(0.1, 1000), default=20, show_default=True, help="Acts of sites a second.")
@click.option(
    "--harm", "share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Share of cycles harmed."
)
@click.option(
    "--sabotage", "is_spoilt", is_flag=True, help="Spoil the standby unseen, to see that the oracle can fail."
)
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="Where to play it.")
@click.option("--keep", "is_kept", is_flag=True, help="Leave the folder behind, to look into a broken promise.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def campaign(  # noqa: PLR0917 - one for each word of the command
    cycles: int,
    seed: int,
    modes: tuple[str, ...],
    rate: float,
    share: float,
    is_spoilt: bool,
    folder: Path | None,
    is_kept: bool,
    is_json: bool,
) -> None:
    """
    Run cycles of a live study, harm some of them, and hold every verdict against the truth.

    Sites work in a simulated study all the time, over real ssh and rsync on this host. Processes are paused and
    killed, the link is cut and stalls. What the study was at a cycle's time point is rebuilt from the sites' own log.
    """
    from dfwarm.simulator.campaign import Campaign, CampaignPlan
    from dfwarm.simulator.figures import CyclePlayed, describe, render, say_cycle

    def tell(played: CyclePlayed) -> None:
        click.echo(say_cycle(played), err=True)

    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"campaign-{seed}-", dir=folder)).resolve()
    plan = CampaignPlan(cycles, seed, modes or tuple(MODES), rate, share, _spoil if is_spoilt else None)
    try:
        figures = Campaign(plan, place, tell).run()
    finally:
        if is_kept:
            click.echo(f"folder: {place}", err=True)
        else:
            shutil.rmtree(place, ignore_errors=True)
    click.echo(json.dumps(describe(figures), indent=2) if is_json else render(figures))
    if not figures.is_kept:
        broken = "; ".join(promise.title for promise in figures.promises if promise.broken_by)
        raise PromiseBroken(f"the campaign with seed {seed} broke: {broken or 'no cycle was judged'}")


def _spoil(stage: "CampaignStage") -> None:
    """What a dishonest copy would do: take one file from production as it is later."""
    queue = stage.standby_dir / "data" / "DFin.dat"
    if queue.exists():
        queue.write_bytes(queue.read_bytes() + b"later\n")

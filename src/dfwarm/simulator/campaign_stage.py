"""Where a campaign is played: a pair with a live study, real ssh and rsync, a link that can be cut, one file a mode."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from dfwarm.equipment.process import run
from dfwarm.simulator.campaign_modes import SNAPSHOT, freeze_text
from dfwarm.simulator.frozen_look import FrozenLook
from dfwarm.simulator.oracle import Oracle, look
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.relay import Relay
from dfwarm.simulator.stage import Setting, Stage, set_stage
from dfwarm.terms import HostName

STUDY = SMALL.number


@dataclass(frozen=True, slots=True)
class CampaignStage:
    """A stage with everything around it that a campaign needs. `configs` has a file for each mode."""

    stage: Stage
    configs: Mapping[str, Path]
    relay: Relay
    oracle: Oracle
    look: FrozenLook

    @property
    def standby_dir(self) -> Path:
        """The standby's study."""
        return self.stage.standby.study_dir(STUDY)


@contextmanager
def set_campaign(folder: Path, modes: tuple[str, ...], *, rate: float, seed: int) -> Iterator[CampaignStage]:
    """Build it below a folder, and let the sites work for the length of a block."""
    # Production's own configuration says how its disk takes a snapshot.
    first = freeze_text(SNAPSHOT if SNAPSHOT in modes else modes[0], folder / "stage")
    (folder / "stage" / "snapshots").mkdir(parents=True)
    setting = Setting(plans=(replace(SMALL, seed=SMALL.seed + seed),), freeze=first, activity="go-on", seals=True)
    with ExitStack() as stack:
        stage = stack.enter_context(set_stage(folder / "stage", setting))
        relay = stack.enter_context(Relay(_port(stage)))
        configs = _write_configs(stage, modes, relay.port)
        _make_keys(next(iter(configs.values())))
        shelf = folder / "oracle"
        shelf.mkdir()
        (shelf / "writes.jsonl").touch()
        oracle = Oracle(shelf, look(stage.production.study_dir(STUDY)))
        (stage.production.datafax_dir / "work" / f"live.{STUDY}").write_text(str(shelf))
        stack.enter_context(sites_at_work(stage, shelf, rate=rate, seed=seed))
        watcher = stack.enter_context(FrozenLook(stage.production.datafax_dir, STUDY))
        yield CampaignStage(stage, configs, relay, oracle, watcher)


@contextmanager
def sites_at_work(stage: Stage, shelf: Path, *, rate: float, seed: int) -> Iterator[None]:
    """Let sites work in the study, in a process of their own."""
    words = (stage.production.datafax_dir, stage.production.study_dir(STUDY), STUDY, shelf, rate, 86_400, seed)
    argv = [sys.executable, "-m", "dfwarm.simulator.live", *map(str, words)]
    with (shelf / "sites.log").open("wb") as log:
        sites = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield
            if sites.poll() is not None:
                raise OSError(f"the sites stopped working: {(shelf / 'sites.log').read_text()[-500:]}")
        finally:
            sites.kill()
            sites.wait()


def _make_keys(config: Path) -> None:
    argv = (sys.executable, "-m", "dfwarm", "--config", str(config), "keys", "init")
    made = run(argv, host=HostName("localhost"), deadline_seconds=60)
    if made.status:
        raise OSError(f"no evidence key was made: {made.stderr.decode(errors='replace')}")


def _port(stage: Stage) -> int:
    line = next(line for line in stage.config.read_text().splitlines() if line.startswith("port = "))
    return int(line.partition("= ")[2])


def _write_configs(stage: Stage, modes: tuple[str, ...], port: int) -> dict[str, Path]:
    """One configuration for each mode, all with the same state; the link goes through the relay."""
    text, direct = stage.config.read_text(), _port(stage)
    known = stage.folder / "ssh" / "known_hosts"
    known.write_text(known.read_text() + known.read_text().replace(f":{direct} ", f":{port} "))
    # A study this small deletes more than its share when harmed cycles have let work pile up.
    text = text.replace("[transfer]\n", '[transfer]\ndelete_at_most = "50%"\n')
    head, _, rest = text.partition("[freeze]\n")
    _, _, tail = rest.partition("\n[schedule]")
    configs = {}
    for mode in modes:
        configs[mode] = stage.folder / f"dfwarm-{mode}.toml"
        freeze = freeze_text(mode, stage.folder)
        made = f"{head}[freeze]\n{freeze}\n\n[schedule]{tail}".replace(f"port = {direct}\n", f"port = {port}\n")
        configs[mode].write_text(made)
    return configs

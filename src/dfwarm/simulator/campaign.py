"""A campaign: many cycles of a live study in all modes, some of them harmed, each one held against the truth."""

import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dfwarm.errors import RecoveryNeeded
from dfwarm.simulator.campaign_modes import BUDGET_SECONDS
from dfwarm.simulator.campaign_stage import STUDY, CampaignStage, set_campaign
from dfwarm.simulator.figures import CyclePlayed, Figures
from dfwarm.simulator.mishaps import Mishap, Players, draw_mishap, harm

SPARE_SECONDS = 10
"""A freeze may outlast its budget by so much, and never by more."""

_USUAL_SECONDS = 4.0
_HANGS_AFTER_SECONDS = 180
_RECOVER_TRIES = 3


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """What is asked for. `share` of the cycles are harmed; `sabotage` spoils the standby before the oracle looks."""

    cycles: int
    seed: int
    modes: tuple[str, ...]
    rate: float = 20.0
    share: float = 0.5
    sabotage: Callable[[CampaignStage], None] | None = None


@dataclass(slots=True)
class Campaign:
    """A campaign on its way."""

    plan: CampaignPlan
    folder: Path
    tell: Callable[[CyclePlayed], None]
    _took: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> Figures:
        """Play every cycle, then verify all evidence."""
        chance = random.Random(self.plan.seed)
        played: list[CyclePlayed] = []
        began = time.monotonic()
        with set_campaign(self.folder, self.plan.modes, rate=self.plan.rate, seed=self.plan.seed) as stage:
            for number in range(1, self.plan.cycles + 1):
                mode = self.plan.modes[(number - 1) % len(self.plan.modes)]
                # The first cycle of each mode has nothing to go by yet, so it is left alone.
                share = self.plan.share if number > len(self.plan.modes) else 0.0
                mishap = draw_mishap(chance, share=share, usual_seconds=self._usual(mode))
                played.append(self._play(stage, number, mode, mishap))
                self.tell(played[-1])
            evidence = _verify_all(stage)
        writes = _count_writes(stage.oracle.folder)
        return Figures(
            tuple(played), self.plan.seed, BUDGET_SECONDS + SPARE_SECONDS, evidence, writes, time.monotonic() - began
        )

    def _usual(self, mode: str) -> float:
        return statistics.median(self._took.get(mode) or [_USUAL_SECONDS])

    def _play(self, stage: CampaignStage, number: int, mode: str, mishap: Mishap) -> CyclePlayed:
        before = _newest(stage)
        config = stage.configs[mode]
        began = time.monotonic()
        code, said, was_harmed = _run_cycle(stage, config, mishap)
        took = time.monotonic() - began
        recovered = _recover(config) if code < 0 or code == _RECOVERY_NEEDED else 0
        _await_open(stage)
        if not was_harmed:
            self._took.setdefault(mode, []).append(took)
        newest = _newest(stage)
        record = _record(stage, newest) if newest != before else {}
        if self.plan.sabotage is not None:
            self.plan.sabotage(stage)
        outcome = str(record["verdict"]["outcome"]) if record else "none"
        return CyclePlayed(
            number=number,
            cycle=newest if record else "",
            mode=mode,
            mishap=mishap.say() if was_harmed else "nothing",
            was_harmed=was_harmed,
            code=code,
            outcome=outcome,
            frozen_seconds=stage.look.take_longest(),
            is_left_frozen=stage.look.is_frozen(),
            took_seconds=took,
            recover_code=recovered,
            differences=_ask_oracle(stage, record),
            said=_why(record, said),
        )


_RECOVERY_NEEDED = RecoveryNeeded.exit_code


def _run_cycle(stage: CampaignStage, config: Path, mishap: Mishap) -> tuple[int, str, bool]:
    """Run the real command line, and let happen to it what is to happen."""
    is_over = threading.Event()
    happened: list[bool] = [False]
    argv = _command(config, "cycle", f"{STUDY:03d}")
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as cycle:

        def mishappen() -> None:
            happened[0] = harm(mishap, Players(cycle.pid, stage.stage.folder), stage.relay, is_over)

        thread = threading.Thread(target=mishappen)
        thread.start()
        try:
            _, said = cycle.communicate(timeout=_HANGS_AFTER_SECONDS)
        except subprocess.TimeoutExpired:
            cycle.kill()
            _, said = cycle.communicate()
            said += f"\nthe cycle hung for {_HANGS_AFTER_SECONDS} s".encode()
        finally:
            is_over.set()
            thread.join()
    return cycle.returncode, said.decode(errors="replace"), happened[0]


def _recover(config: Path) -> int:
    """Tie up a cycle that was cut off. A lock that dying children still hold is waited for."""
    code = 0
    for _ in range(_RECOVER_TRIES):
        code = subprocess.run(_command(config, "recover"), capture_output=True, timeout=120, check=False).returncode
        if code in {0, 3}:
            return 0
        time.sleep(2)
    return code


def _await_open(stage: CampaignStage) -> None:
    """Give a watchdog the time that it may take."""
    patience = time.monotonic() + BUDGET_SECONDS + SPARE_SECONDS
    while stage.look.is_frozen() and time.monotonic() < patience:
        time.sleep(0.1)


def _ask_oracle(stage: CampaignStage, record: dict[str, dict[str, object]]) -> tuple[str, ...] | None:
    """What the standby has otherwise than the study had at the time point; nothing can be said without one."""
    as_of = record.get("asOf")
    if not as_of:
        return None
    return stage.oracle.differences(datetime.fromisoformat(str(as_of)), stage.standby_dir)


def _verify_all(stage: CampaignStage) -> str:
    """What `dfwarm verify --all` refused, and nothing where it refused nothing."""
    argv = _command(next(iter(stage.configs.values())), "verify", "--all")
    done = subprocess.run(argv, capture_output=True, timeout=1800, check=False, text=True)
    return (
        ""
        if done.returncode == 0
        else f"verify --all ended with {done.returncode}: {done.stdout[-800:]}{done.stderr[-400:]}"
    )


def _command(config: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "dfwarm", "--config", str(config), *words]


def _newest(stage: CampaignStage) -> str:
    folder = stage.stage.state / "records" / f"{STUDY:03d}"
    names = sorted(path.parent.name for path in folder.glob("*/cycle.json"))
    return names[-1] if names else ""


def _record(stage: CampaignStage, cycle: str) -> dict[str, dict[str, object]]:
    path = stage.stage.state / "records" / f"{STUDY:03d}" / cycle / "cycle.json"
    found: dict[str, dict[str, object]] = json.loads(path.read_text())
    return found


def _why(record: dict[str, dict[str, object]], said: str) -> str:
    """Why a cycle is not equivalent, as it says itself."""
    reasons = record["verdict"].get("reasons") if record else None
    told = "; ".join(map(str, reasons)) if isinstance(reasons, list) else ""
    return (told or said[-600:].strip())[:600]


def _count_writes(folder: Path) -> int:
    return sum(b'"ended"' in line for line in (folder / "writes.jsonl").read_bytes().splitlines())

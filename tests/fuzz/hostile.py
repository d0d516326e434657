"""
Knock at the gate with commands that nobody who belongs here would send, and count what they reach.

    PYTHONPATH=tests python -m fuzz.hostile [--commands 100000] [--seed 20261124]

The gate's door runs in this process, as the forced command of each key of each side, on a simulated pair. An audit
hook of the interpreter sees every program that would be started and refuses it. A right question and a right
transfer are asked first and last: the hook has to see those, or the run proves nothing.
"""

import argparse
import contextlib
import io
import os
import random
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dfwarm.facts.doors import KeyFunction
from dfwarm.gate import door
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import PULL, Setting, Stage, set_stage
from dfwarm.terms import Side
from hostile_commands import hostile_commands

SEED = 20261124
_STARTS = frozenset({"os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen", "os.fork", "pty.spawn"})
_WAYS = tuple((side, function) for side in Side for function in KeyFunction)


class WouldStart(BaseException):
    """A program was about to be started. No handler of the gate's own takes this for an error of its own."""


@dataclass(slots=True)
class Watch:
    """Sees every program that this process would start, and lets none of them."""

    is_on: bool = False
    seen: list[str] = field(default_factory=list)

    def hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event in _STARTS:
            self.seen.append(f"{event} {arguments!r}"[:300])
            raise WouldStart

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False


@dataclass(frozen=True, slots=True)
class Knock:
    """What a command came to: the exit code of the door, and whether it would have started a program."""

    code: int
    has_started: bool


def knock(stage: Stage, watch: Watch, side: Side, function: KeyFunction, command: str) -> Knock:
    """Let the door answer one command as the forced command of a key."""
    os.environ["SSH_ORIGINAL_COMMAND"] = command
    before = len(watch.seen)
    words = ["--config", os.fspath(stage.folder / "gate.toml"), "--side", side.value, "--function", function.value]
    said = io.TextIOWrapper(io.BytesIO())
    code = -1
    quiet = contextlib.redirect_stderr(io.StringIO())
    with contextlib.redirect_stdout(said), quiet, watch.looking(), contextlib.suppress(WouldStart):
        code = door.main(words)
    signal.alarm(0)
    return Knock(code, len(watch.seen) > before)


def main() -> int:
    """Run, print the figures, end with 1 where any command got further than a refusal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--commands", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    watch = Watch()
    sys.addaudithook(watch.hook)
    with tempfile.TemporaryDirectory() as folder, set_stage(Path(folder, "stage"), Setting(PULL, (SMALL,))) as stage:
        canary = Path(folder, "canary")
        controls = _controls(stage, watch)
        before = _listing(stage)
        counts, served = _run(stage, watch, canary, asked.commands, asked.seed)
        is_untouched = _listing(stage) == before and not canary.exists()
        controls += _controls(stage, watch)
    print(f"seed {asked.seed}, commands tried: {sum(counts.values()):,}")
    for code, number in sorted(counts.items()):
        print(f"  ended with {code}: {number:,}")
    print(f"reached a program or were served: {len(served)}")
    print(*(f"  {each}" for each in served[:20]), sep="\n", end="\n" if served else "")
    print(f"both installations as before, no canary: {'yes' if is_untouched else 'NO'}")
    print(f"right commands that the watch saw reach a program: {sum(controls)} of {len(controls)}")
    return 0 if is_untouched and not served and all(controls) else 1


def _run(stage: Stage, watch: Watch, canary: Path, commands: int, seed: int) -> tuple[Counter[int], list[str]]:
    chance = random.Random(seed)
    roots = {side: os.fspath(_installation_dir(stage, side)) for side in Side}
    counts: Counter[int] = Counter()
    served: list[str] = []
    for number in range(commands):
        side, function = _WAYS[number % len(_WAYS)]
        (command,) = hostile_commands(chance, os.fspath(canary), roots[side], 1)
        if "\0" in command:  # no variable of a program can hold one: sshd itself cuts it there
            command = command.partition("\0")[0] + ";"
        came = knock(stage, watch, side, function, command)
        counts[came.code] += 1
        if came.has_started or came.code in (-1, 0, 70):
            served.append(f"{side} {function} {command!r} ended with {came.code}")
    return counts, served


def _controls(stage: Stage, watch: Watch) -> list[bool]:
    """Right commands, each of which has to reach a program: a question at the server, and a transfer."""
    place = _installation_dir(stage, Side.PRODUCTION)
    read = f"rsync --server --sender -lHogDtpre.LsfxCIvu --timeout=30 . {place}/"
    asked = ((KeyFunction.CONTROL, "look 120"), (KeyFunction.of_transfer(Side.PRODUCTION), read))
    return [knock(stage, watch, Side.PRODUCTION, function, words).has_started for function, words in asked]


def _installation_dir(stage: Stage, side: Side) -> Path:
    return (stage.production if side is Side.PRODUCTION else stage.standby).study_dir(SMALL.number)


def _listing(stage: Stage) -> list[tuple[str, int, int]]:
    """Name, size and time of change of everything in both installations."""
    found = (path for each in (stage.production, stage.standby) for path in sorted(each.datafax_dir.rglob("*")))
    return [(os.fspath(path), path.lstat().st_size, path.lstat().st_ctime_ns) for path in found]


if __name__ == "__main__":
    sys.exit(main())

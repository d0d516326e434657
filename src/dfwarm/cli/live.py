"""A cycle as it is watched: one line a step, with the time it takes and how far rsync is."""

import time
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from dfwarm.evidence.record import StepRecord
from dfwarm.spelling import printable
from dfwarm.terms import CycleId


class Screen:
    """The live view of a cycle on standard error. On no terminal it prints a line when a step ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._cycle = ""
        self._lines = 0
        self._current = ""
        self._began = 0.0
        self._budget = 0
        self._froze = 0.0
        self._live = Live(get_renderable=self._render, console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def step_began(self, cycle: CycleId, number: int, title: str) -> None:
        """Show the step that begins."""
        self._cycle, self._lines, self._began = str(cycle), 0, time.monotonic()
        self._current = f"{number:2d}  {title}"

    def step_ended(self, step: StepRecord) -> None:
        """Leave a line for the step that ended."""
        mark = "FAILED" if step.problem else "done"
        line = Text(f"{self._cycle}  {step.number:2d}  {step.title:<40} {mark:<6} {step.seconds:6.1f} s")
        if step.problem:
            line.append(f"\n              {printable(step.problem)}")
        self._console.print(line, highlight=False, soft_wrap=True)
        self._current = ""

    def froze(self, budget_seconds: int) -> None:
        """Count the seconds of the freeze from now on."""
        self._budget, self._froze = budget_seconds, time.monotonic()

    def thawed(self) -> None:
        """Leave a line for the freeze that ended."""
        line = f"{self._cycle}      {self._say_freeze()}, thawed"
        self._budget = 0
        self._console.print(Text(line), highlight=False, soft_wrap=True)

    def _say_freeze(self) -> str:
        return f"FREEZE {_clock(time.monotonic() - self._froze)} / {_clock(self._budget)}"

    def heard(self, piece: bytes) -> None:
        """Count the paths that rsync has been through."""
        self._lines += piece.count(b"\n")

    def _render(self) -> Table:
        table = Table.grid(padding=(0, 1))
        if self._current:
            paths = f"{self._lines:,} paths" if self._lines else ""
            table.add_row(self._cycle, self._current, f"{time.monotonic() - self._began:5.1f} s", paths)
        if self._budget:
            table.add_row(self._cycle, Text(self._say_freeze(), style="bold"), "", "")
        return table


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


class Silence:
    """Nobody watches."""

    def step_began(self, cycle: CycleId, number: int, title: str) -> None:
        """Say nothing."""

    def step_ended(self, step: StepRecord) -> None:
        """Say nothing."""

    def froze(self, budget_seconds: int) -> None:
        """Say nothing."""

    def thawed(self) -> None:
        """Say nothing."""

    def heard(self, piece: bytes) -> None:
        """Say nothing."""

"""
`python -m dfwarm.simulator.live`: sites that work in a simulated study as long as its server lets them.

Each write goes through the study's server: it is done under a lock that the server takes for itself before it ends,
so that none comes after it. People who are asked to leave log out a moment later, and nobody new comes in.
"""

import fcntl
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dfwarm.simulator.site_work import SiteWork
from dfwarm.simulator.writes import Write, WriteLog, do

PEOPLE = ("site-1", "site-2", "site-3")
_BURST_SECONDS = (0.5, 3.0)


@dataclass(slots=True)
class LiveStudy:
    """A study with people in it."""

    datafax_dir: Path
    study_dir: Path
    number: int
    log: WriteLog
    chance: random.Random
    refused: int = 0
    _logged_in: bool = field(default=False)

    def work(self, rate: float, until: float) -> None:
        """Work at so many acts a second, in bursts with quiet moments between them, until an instant or nobody asks."""
        site = SiteWork(self.study_dir, self.number, self.chance)
        parent = os.getppid()
        while time.monotonic() < until and os.getppid() == parent:
            for pace in (1.0 / rate, 0.0):
                end = time.monotonic() + self.chance.uniform(*_BURST_SECONDS)
                while time.monotonic() < min(end, until):
                    time.sleep(self.chance.uniform(0.2, 1.8) * pace if pace else 0.1)
                    self._attend()
                    if pace:
                        self.do(site.next_act())
        self._log_in(is_wanted=False)

    def do(self, writes: Iterable[Write]) -> None:
        """Do the writes of one act. The server may refuse it whole, and ends between acts only."""
        with self._served() as is_served:
            if not is_served or self._is_restricted():
                self.refused += 1
                return
            for write in writes:
                with self.log.around(write):
                    do(self.study_dir, write)

    def _attend(self) -> None:
        """Log in where the study is open, and out, a moment later, where it is not."""
        is_open = not self._is_restricted() and (self._work / f"serves.{self.number}").exists()
        if self._logged_in and not is_open:
            time.sleep(self.chance.uniform(0, 0.8))
        if self._logged_in != is_open:
            self._log_in(is_wanted=is_open)

    def _log_in(self, *, is_wanted: bool) -> None:
        self._logged_in = is_wanted
        aside = self._work / "users.new"
        aside.write_text("".join(f"{name}\n" for name in PEOPLE) if is_wanted else "")
        aside.replace(self._work / "users")

    def _is_restricted(self) -> bool:
        return (self._work / f"access.{self.number}").exists()

    @contextmanager
    def _served(self) -> Iterator[bool]:
        """Keep the server from ending for the length of a block, where there is one."""
        descriptor = os.open(self._work / f"serving.{self.number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield (self._work / f"serves.{self.number}").exists()
        finally:
            os.close(descriptor)

    @property
    def _work(self) -> Path:
        return self.datafax_dir / "work"


def main(arguments: list[str]) -> int:
    """Work until the parent ends, or for so many seconds."""
    datafax_dir, study_dir, number, folder, rate, seconds, seed = arguments
    with (Path(folder) / "writes.jsonl").open("ab") as file:
        chance = random.Random(int(seed))
        live = LiveStudy(Path(datafax_dir), Path(study_dir), int(number), WriteLog(file), chance)
        live.work(float(rate), time.monotonic() + float(seconds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

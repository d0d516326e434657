"""Whoever looks from outside at how long production's study is closed to people."""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

_POLL_SECONDS = 0.05


@dataclass(slots=True)
class FrozenLook:
    """Looks at the registration of a study, twenty times a second."""

    datafax_dir: Path
    study: int
    longest: float = 0.0
    _end: threading.Event = field(default_factory=threading.Event)
    _since: float = 0.0
    _thread: threading.Thread = field(init=False)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(5)

    def take_longest(self) -> float:
        """The longest time for which it was closed since this was asked last, in seconds."""
        found, self.longest = self.longest, 0.0
        return found

    def is_frozen(self) -> bool:
        """Whether it is closed now."""
        for line in (self.datafax_dir / "lib" / "DFstudies.db").read_text().splitlines():
            number, _, rest = line.partition("|")
            if number == str(self.study):
                return rest.startswith("-")
        return False

    def _look(self) -> None:
        while not self._end.wait(_POLL_SECONDS):
            now = time.monotonic()
            if not self.is_frozen():
                self._since = 0.0
                continue
            self._since = self._since or now
            self.longest = max(self.longest, now - self._since)

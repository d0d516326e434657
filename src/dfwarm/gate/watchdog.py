"""
`python -m dfwarm.gate.watchdog`: the process on production that thaws by itself.

It is started before the freeze, in a session of its own, and survives the controller, the link and the gate. It thaws
when the budget is over, or when nobody gives a sign of life any more. What it does stands in this host's own ledger.
"""

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from dfwarm.errors import DfwarmError
from dfwarm.facts.freeze import SILENCE_SECONDS, FreezeState
from dfwarm.facts.ledger import Act
from dfwarm.facts.site import HostSite
from dfwarm.gate.freeze import is_closed, reopen, thaw
from dfwarm.gate.saying import say
from dfwarm.gate.site import read_site
from dfwarm.gate.watch import Watch, watch_of
from dfwarm.terms import Side, StudyNumber

POLL_SECONDS = 0.1
RETRY_SECONDS = 2.0
LINGER_SECONDS = 6.0
"""A gate that hung in the middle of a freeze may still close the study after the thaw."""


def main(arguments: list[str]) -> int:
    """Watch one freeze to its end."""
    os.umask(0o077)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    _, config, _, side, study, cycle, budget, _ = arguments
    site = read_site(Path(config), Side(side))
    watch = watch_of(site, StudyNumber(int(study)), cycle)
    with watch.held():
        watch.write(Act.WATCH, process=str(os.getpid()), budgetSeconds=budget)
        Watchdog(site, watch, float(budget)).run()
    return 0


class Watchdog:
    """One freeze that is watched. It reads a clock that nobody can set."""

    def __init__(self, site: HostSite, watch: Watch, budget_seconds: float) -> None:
        self._site = site
        self._watch = watch
        self._budget = budget_seconds
        self._seen_beat = 0
        self._heard_at = time.monotonic()
        self._frozen_at = 0.0
        self._size = -1
        self._state: FreezeState = watch.state()

    def run(self) -> None:
        """Watch until the study is open again."""
        while not self._is_over():
            why = self._why_thaw()
            if why:
                self._thaw(why)
                return
            time.sleep(POLL_SECONDS)
        if self._state.is_thawed:
            self._linger("it was thawed before its freeze had come to an end")
        self._watch.write_unless("is_watch_over", Act.WATCH_ENDED, by="watchdog", why="the study is open again")

    def _is_over(self) -> bool:
        """Read the ledger where it grew. The freeze counts from when its line was seen first."""
        with contextlib.suppress(OSError):
            size = self._watch.ledger.stat().st_size
            if size != self._size:
                self._size, self._state = size, self._watch.state()
        if self._state.is_begun and not self._frozen_at:
            self._frozen_at = time.monotonic()
        return self._state.is_thawed or self._state.is_watch_over

    def _why_thaw(self) -> str:
        now = time.monotonic()
        with contextlib.suppress(OSError):
            beat = self._watch.beat.stat().st_mtime_ns
            if beat != self._seen_beat:
                self._seen_beat, self._heard_at = beat, now
        if self._frozen_at and now - self._frozen_at >= self._budget:
            return f"the budget of {self._budget:g} s is over"
        if now - self._heard_at >= SILENCE_SECONDS:
            return f"nobody gave a sign of life for {SILENCE_SECONDS:g} s"
        return ""

    def _thaw(self, why: str) -> None:
        """Thaw, and try again until it is done: there is nobody else who would."""
        if not self._watch.write_unless("is_begun", Act.WATCH_ENDED, by="watchdog", why=why):
            self._insist(why)
            self._linger(why)
            self._watch.write_unless("is_watch_over", Act.WATCH_ENDED, by="watchdog", why=why)

    def _insist(self, why: str) -> None:
        while True:
            try:
                thaw(self._site, self._watch.study, self._watch.cycle, by="watchdog", why=why)
            except DfwarmError as error:
                self._watch.write(Act.STEP_FAILED, by="watchdog", problem=say(error))
                time.sleep(RETRY_SECONDS)
            else:
                return

    def _linger(self, why: str) -> None:
        """See that a gate that hung in its freeze does not close the study again, for as long as it lives."""
        has_frozen = any(line.act is Act.FROZEN for line in self._watch.lines())
        until = time.monotonic() + (0 if has_frozen or not self._state.was_open else LINGER_SECONDS)
        may_close = time.monotonic() < until
        while may_close:
            time.sleep(0.5)
            may_close = self._watch.is_closing() or time.monotonic() < until  # and then look once more
            try:
                self._open_again(why)
            except DfwarmError as error:
                self._watch.write(Act.STEP_FAILED, by="watchdog", problem=say(error))
                may_close = True

    def _open_again(self, why: str) -> None:
        """Open the study where it was closed after the thaw."""
        if is_closed(self._site, self._watch.study):
            self._watch.write(Act.STEP_FAILED, by="watchdog", problem="the study was closed again")
            reopen(self._site, self._watch.study, self._state)
            self._watch.write(Act.RESTORED, by="watchdog", why=why)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""
The verbs `watch`, `freeze` and `thaw`: keep production still for a moment, and open it again whatever happens.

A watchdog stands ready before anything is frozen. What was found closed is left closed, and inbound pages are only
kept waiting where they were known to come in.
"""

import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.datafax.control import REASON, Argv, read_access
from dfwarm.datafax.registration import Registration
from dfwarm.equipment.process import detach
from dfwarm.errors import DfwarmError, FreezeRefused, StudyActive, WatchdogFailed
from dfwarm.facts.control import ServerState
from dfwarm.facts.fact import Transcript
from dfwarm.facts.freeze import SILENCE_SECONDS, FreezeMode, FreezeState, Frozen, Thawed, Watched
from dfwarm.facts.ledger import Act
from dfwarm.facts.site import HostSite
from dfwarm.gate import pulse
from dfwarm.gate.activity import look_at_activity, server_state
from dfwarm.gate.control import await_state, let_it_last
from dfwarm.gate.roots import find_registration
from dfwarm.gate.saying import say
from dfwarm.gate.vendor import call, commands_of
from dfwarm.gate.watch import Watch, watch_of
from dfwarm.terms import Access, StudyNumber

ARM_SECONDS = 15.0
_POLL_SECONDS = 0.05
_OTHER_THAW_SECONDS = 20.0
_GONE = "the watchdog of study {study:03d} is gone, so nothing was frozen"


@dataclass(frozen=True, slots=True)
class FreezeOrder:
    """What the controller asks for: how, for how long at most, and how long people may take to leave."""

    mode: FreezeMode
    budget_seconds: int
    drain_seconds: int
    throws_out: bool


ORPHAN_SECONDS = SILENCE_SECONDS + 8
"""How long the watchdog of a controller that was killed may still live: its silence, and what it lingers after it."""


def arm(site: HostSite, study: StudyNumber, cycle: str, budget_seconds: int, mode: str) -> Watched:
    """Start a watchdog that outlives this gate, and wait until it stands ready. Raises WatchdogFailed, PairBusy."""
    watch = watch_of(site, study, cycle)
    _await_orphan(watch)
    with watch.held():
        pass  # says who holds it, before a process is started in vain
    if watch.state().is_begun:
        raise WatchdogFailed(f"cycle {cycle} of study {study:03d} was frozen before on this host")
    watch.write(Act.STEP_BEGUN, title="arm the watchdog")
    watch.touch()
    words = ("--config", site.config, "--side", site.side.value, f"{study:03d}", cycle, str(budget_seconds), mode)
    detach((sys.executable, "-m", "dfwarm.gate.watchdog", *words), log=watch.ledger.with_suffix(".log"))
    patience = time.monotonic() + ARM_SECONDS
    while time.monotonic() < patience:
        armed = next((line for line in watch.lines() if line.act is Act.WATCH), None)
        if armed:
            pulse.beat_for(watch)
            return Watched(int(armed.detail["process"]))
        time.sleep(_POLL_SECONDS)
    log = watch.ledger.with_suffix(".log").read_text(errors="replace").strip().splitlines()
    raise WatchdogFailed(f"the watchdog of study {study:03d} did not stand ready: {log[-1] if log else 'no word'}")


def _await_orphan(watch: Watch) -> None:
    """Wait for the watchdog of a controller that was killed; one that still gets signs of life is not waited for."""
    patience, beat = time.monotonic() + ORPHAN_SECONDS, watch.newest_beat()
    while watch.is_held() and watch.newest_beat() == beat and time.monotonic() < patience:
        time.sleep(_POLL_SECONDS)


def freeze(site: HostSite, study: StudyNumber, cycle: str, order: FreezeOrder) -> Frozen:
    """Let nobody work in the study from now on. Raises StudyActive, ServerStuck, WatchdogFailed."""
    watch, registration = watch_of(site, study, cycle), find_registration(site, study)
    act = _Freezing(site, registration, order)
    before = server_state(site, registration)
    is_left_over = _is_left_over(registration)
    if is_left_over:
        act.remarks.append("the study was found closed by an earlier cycle of dfwarm, and opened after this one")
    was_open = before.is_open or bool(before.processes) or is_left_over
    inbound = was_open and order.mode is not FreezeMode.STILL and act.inbound_is_on()
    detail = {"wasOpen": was_open, "inboundWasOn": inbound}
    said = {key: str(value).lower() for key, value in detail.items()}
    told = {"mode": order.mode.value, "access": before.access.value, **said}
    if not watch.is_held():
        raise WatchdogFailed(_GONE.format(study=study))
    with watch.closing():
        if not watch.write_unless("is_watch_over", Act.FREEZE, **told):
            raise WatchdogFailed(_GONE.format(study=study))
        if was_open:
            act.close_it(is_inbound_on=inbound)
        if watch.state().is_thaw_begun:
            _undo(site, watch)
            raise WatchdogFailed(f"study {study:03d} was thawed before it was frozen")
        after = await_state(site, study, to_stopped=True, said=tuple(act.said)) if was_open else before
        watch.write(Act.FROZEN, access=after.access.value)
    return Frozen(before, after, was_open, datetime.now(UTC), tuple(act.remarks), tuple(act.said))


def _is_left_over(registration: Registration) -> bool:
    """Whether the study is closed for the reason that dfwarm gives: an earlier freeze left it so, and nobody else."""
    return not registration.is_enabled and registration.reason == REASON.encode()


def _undo(site: HostSite, watch: Watch) -> None:
    """Open what this gate closed though somebody had thawed meanwhile, and would not see it again."""
    why = "the gate was still freezing when the study was thawed"
    thaw(site, watch.study, watch.cycle, by="gate", why=why)
    if is_closed(site, watch.study):
        reopen(site, watch.study, watch.state())
        watch.write(Act.RESTORED, by="gate", why=why)


def is_closed(site: HostSite, study: StudyNumber) -> bool:
    """Whether nobody can begin to work in the study, though its server may not have ended yet."""
    state = state_of(site, study)
    return state.is_stopped or state.access is Access.DISABLED


def reopen(site: HostSite, study: StudyNumber, before: FreezeState) -> list[Transcript]:
    """Undo a freeze in reverse, whatever its ledger says. Raises ServerStuck where people cannot work after all."""
    return _open(site, find_registration(site, study), before)


def thaw(site: HostSite, study: StudyNumber, cycle: str, *, by: str, why: str) -> Thawed:
    """
    Let people work again, as they could before.

    It may be asked as often as one likes, by the gate and by the watchdog: what is open already stays as it is.
    """
    watch = watch_of(site, study, cycle)
    state = watch.state()
    said: list[Transcript] = []
    if state.is_begun and not state.is_thawed:
        if by == "gate" and state.is_thaw_begun:
            state = _wait_for_the_other(watch)
        if not state.is_thawed:
            watch.write(Act.THAW, by=by, why=why)
            said = _open(site, find_registration(site, study), state)
            watch.write_unless("is_thawed", Act.THAWED, by=by, why=why)
    end = watch.state()
    pulse.end_beat()
    if not state.is_begun:
        watch.write_unless("is_watch_over", Act.WATCH_ENDED, by=by, why="nothing was frozen")
    after = server_state(site, find_registration(site, study))
    milli = int((end.thawed_at - end.begun_at).total_seconds() * 1000) if end.thawed_at and end.begun_at else 0
    return Thawed(after, end.thawed_by, end.why, milli if end.was_open else 0, watch.lines(), tuple(said))


def _wait_for_the_other(watch: Watch) -> FreezeState:
    patience = time.monotonic() + _OTHER_THAW_SECONDS
    while not (state := watch.state()).is_thawed and time.monotonic() < patience:
        time.sleep(_POLL_SECONDS)
    return state


def _open(site: HostSite, registration: Registration, before: FreezeState) -> list[Transcript]:
    """Undo a freeze in reverse. Raises ServerStuck where people cannot work after all."""
    if not before.was_open:
        return []
    commands = commands_of(site)
    acts: list[Argv] = [commands.start] if before.mode == FreezeMode.STOP else []
    acts.append(commands.enable)
    said = [call(site, argv, registration) for argv in acts]
    await_state(site, registration.number, to_stopped=False, said=tuple(said))
    again = {Access.RESTRICTED: commands.restrict, Access.READ_ONLY: commands.read_only}.get(before.access_before, ())
    closing = (again, commands.inbound_on if before.inbound_was_on else ())
    said.extend(call(site, argv, registration) for argv in closing if argv)
    let_it_last(site)
    return said


@dataclass(slots=True)
class _Freezing:
    """One freeze on its way."""

    site: HostSite
    registration: Registration
    order: FreezeOrder
    said: list[Transcript] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def inbound_is_on(self) -> bool:
        """Whether pages are known to come in. Where it is not known they are left alone, and that is said."""
        query = commands_of(self.site).inbound_query
        if not query:
            return False
        try:
            said = call(self.site, query, self.registration, deadline_seconds=10)
        except DfwarmError as error:
            self.remarks.append(f"inbound pages were not kept waiting: {say(error)}")
            return False
        access = Access.UNKNOWN if said.status else read_access(said.stdout)
        if access is Access.UNKNOWN:
            self.remarks.append("inbound pages were not kept waiting: whether they come in is not known")
        return access is Access.ENABLED

    def close_it(self, *, is_inbound_on: bool) -> None:
        """Inbound off, nobody new, wait for those who are there, then nobody."""
        commands = commands_of(self.site)
        if is_inbound_on:
            self._call(commands.inbound_off)
        if commands.restrict and self.order.drain_seconds and self.site.users:
            self._call(commands.restrict)
            self._drain()
        self._call(commands.disable)
        if self.order.mode is FreezeMode.STOP:
            self._call(commands.stop)

    def _drain(self) -> None:
        patience = time.monotonic() + self.order.drain_seconds
        while True:
            users = look_at_activity(self.site, self.registration).users
            if users.is_known and not users.names:
                return
            if time.monotonic() > patience:
                break
            time.sleep(0.2)
        who = f"{len(users.names)} did not leave: {', '.join(users.names[:5])}" if users.is_known else users.problem
        if not self.order.throws_out:
            raise StudyActive(
                f"study {self.registration.number:03d} cannot be frozen: {who}",
                hint="Ask them to leave, raise `freeze.drain`, or set `pair.activity` to go-on.",
            )
        self.remarks.append(f"the study was disabled all the same: {who}")

    def _call(self, argv: Argv) -> None:
        self.said.append(call(self.site, argv, self.registration, deadline_seconds=max(5, self.order.budget_seconds)))


def read_order(words: tuple[str, ...]) -> FreezeOrder:
    """Read `MODE BUDGET DRAIN throw|ask`. Raises FreezeRefused."""
    try:
        mode, budget, drain, throws = words
        return FreezeOrder(FreezeMode(mode), int(budget), int(drain), throws == "throw")
    except ValueError as error:
        raise FreezeRefused(f"not an order to freeze: {' '.join(words)[:80]!r}") from error


def state_of(site: HostSite, study: StudyNumber) -> ServerState:
    """The study's server now."""
    return server_state(site, find_registration(site, study))

"""Stop and start what serves a study on this host. Success is judged by asking afterwards, never by an exit code."""

import contextlib
import os
import time

from dfwarm.errors import ServerStuck
from dfwarm.facts.control import ControlAnswer, ServerState
from dfwarm.facts.fact import Transcript
from dfwarm.facts.site import HostSite, StopScope
from dfwarm.gate.activity import server_state
from dfwarm.gate.roots import find_registration
from dfwarm.gate.vendor import call, commands_of
from dfwarm.terms import StudyNumber

PATIENCE_SECONDS = 60.0
PATIENCE_AFTER_FAILURE_SECONDS = 5.0
"""A program that ended with a failure may still have done its work, but is not waited for as long."""

_POLL_SECONDS = 0.05


def stop(site: HostSite, study: StudyNumber) -> ControlAnswer:
    """Let nobody work in the study: disable it, and stop the whole server where the site says so."""
    commands = commands_of(site)
    acts = [commands.disable]
    if site.stop is StopScope.SERVER:
        acts.append(commands.stop)
    return _bring(site, study, tuple(acts), to_stopped=True)


def start(site: HostSite, study: StudyNumber) -> ControlAnswer:
    """Let people work in the study again."""
    commands = commands_of(site)
    acts = [commands.enable]
    if site.stop is StopScope.SERVER:
        acts.insert(0, commands.start)
    opened = _bring(site, study, tuple(acts), to_stopped=False)
    let_it_last(site)
    return opened


def let_it_last(site: HostSite) -> None:
    """
    Force to disk that a study is open, as far as the vendor's programs wrote it where this is known.

    They flush nothing themselves. Without it a power cut closes the study again, after the ledger said that it is open.
    A disk that fails here does not close it: the next cycle will say what it thinks of that disk.
    """
    for place in ("lib/DFstudies.db", "lib", "work"):
        with contextlib.suppress(OSError):
            descriptor = os.open(os.path.join(site.datafax_dir, place.encode()), os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def _bring(site: HostSite, study: StudyNumber, acts: tuple[tuple[str, ...], ...], *, to_stopped: bool) -> ControlAnswer:
    registration = find_registration(site, study)
    before = server_state(site, registration)
    said: list[Transcript] = []
    if not _is_there(before, to_stopped=to_stopped):
        said.extend(call(site, argv, registration) for argv in acts)
    after = await_state(site, study, to_stopped=to_stopped, said=tuple(said))
    return ControlAnswer(before, after, tuple(said))


def await_state(site: HostSite, study: StudyNumber, *, to_stopped: bool, said: tuple[Transcript, ...]) -> ServerState:
    """Wait until a study is stopped, or open. Raises ServerStuck."""
    failed = any(each.status for each in said)
    patience = time.monotonic() + (PATIENCE_AFTER_FAILURE_SECONDS if failed else PATIENCE_SECONDS)
    while True:
        state = server_state(site, find_registration(site, study))
        if _is_there(state, to_stopped=to_stopped):
            return state
        if time.monotonic() > patience:
            raise ServerStuck(_stuck(site, study, state, to_stopped=to_stopped, said=said))
        time.sleep(_POLL_SECONDS)


def _is_there(state: ServerState, *, to_stopped: bool) -> bool:
    return state.is_stopped if to_stopped else state.is_open


def _stuck(
    site: HostSite, study: StudyNumber, state: ServerState, *, to_stopped: bool, said: tuple[Transcript, ...]
) -> str:
    wanted = "stop" if to_stopped else "open"
    programs = "; ".join(f"{each.argv[0]} ended {each.status}" for each in said) or "no program was run"
    running = f", processes {', '.join(map(str, state.processes))} still serve it" if state.processes else ""
    return f"study {study:03d} on the {site.side} did not {wanted}: access is {state.access}{running} ({programs})"

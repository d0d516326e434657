"""Look for people and processes at work in a study of this host."""

import glob
import os
from datetime import UTC, datetime

from dfwarm.datafax.control import read_access
from dfwarm.datafax.registration import Registration
from dfwarm.errors import DfwarmError
from dfwarm.facts.activity import Activity, Growth, StatusFile, Users
from dfwarm.facts.control import ServerState
from dfwarm.facts.site import HostSite
from dfwarm.gate.vendor import call, commands_of
from dfwarm.terms import Access

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def look_at_activity(site: HostSite, registration: Registration) -> Activity:
    """Ask every question of step 1. One that fails is told as not known, never as nobody."""
    server = server_state(site, registration)
    return Activity(
        access=server.access,
        is_enabled=registration.is_enabled,
        processes=server.processes,
        users=_users(site, registration),
        status_files=_status_files(site),
        growth=_growth(os.path.join(registration.study_dir, b"data")),
        seen_at=datetime.now(UTC),
    )


def server_state(site: HostSite, registration: Registration) -> ServerState:
    """Ask for the access state and look for the study's server among the processes."""
    processes = serving_processes(registration.server_conf)
    return ServerState(_access(site, registration, processes), is_registered=True, processes=processes)


def serving_processes(server_conf: bytes) -> tuple[int, ...]:
    """The processes whose command line holds `-c STUDY_DIR/lib/DFserver.cf`."""
    found: list[int] = []
    for name in os.listdir("/proc"):
        if name.isdigit() and _serves(name, server_conf):
            found.append(int(name))
    return tuple(sorted(found))


def _serves(process: str, server_conf: bytes) -> bool:
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    return any(flag == b"-c" and conf == server_conf for flag, conf in zip(words, words[1:], strict=False))


def _access(site: HostSite, registration: Registration, processes: tuple[int, ...]) -> Access:
    """What `query` says. A release without it goes by DFstudies.db: disabled there and no server running."""
    query = commands_of(site).query
    if not query:
        if registration.is_enabled:
            return Access.ENABLED
        return Access.UNKNOWN if processes else Access.DISABLED
    try:
        said = call(site, query, registration)
    except DfwarmError:
        return Access.UNKNOWN
    return Access.UNKNOWN if said.status else read_access(said.stdout)


def _users(site: HostSite, registration: Registration) -> Users:
    if not site.users:
        return Users(is_known=False, names=())
    try:
        said = call(site, site.users, registration)
    except DfwarmError as error:
        return Users(is_known=False, names=(), problem=str(error))
    if said.status:
        return Users(is_known=False, names=(), problem=f"{site.users[0]} ended with status {said.status}")
    lines = said.stdout.decode("utf-8", "replace").splitlines()
    return Users(is_known=True, names=tuple(line.strip() for line in lines if line.strip()))


def _status_files(site: HostSite) -> tuple[StatusFile, ...]:
    if not site.server_status:
        return ()
    found: list[StatusFile] = []
    for path in sorted(glob.glob(os.path.join(site.datafax_dir, site.server_status), include_hidden=True)):
        try:
            found.append(StatusFile(path, _moment(os.lstat(path).st_mtime_ns)))
        except OSError:
            continue  # it went away between the look and the question, which the next look tells
    return tuple(found)


def _growth(data: bytes) -> Growth:
    journal_bytes = data_bytes = 0
    newest = 0
    try:
        with os.scandir(data) as entries:
            for entry in entries:
                status = entry.stat(follow_symlinks=False)
                newest = max(newest, status.st_mtime_ns)
                if entry.name.endswith(b".jnl"):
                    journal_bytes += status.st_size
                else:
                    data_bytes += status.st_size
    except OSError:
        return Growth(0, 0, _EPOCH)  # no data folder: the manifest and the budget refuse such a study
    return Growth(journal_bytes, data_bytes, _moment(newest))


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).replace(
        microsecond=nanoseconds // 1000 % 1_000_000
    )

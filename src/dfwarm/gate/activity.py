"""Look for people and processes at work in a study of this host."""

import glob
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from dfwarm.datafax.control import read_access
from dfwarm.datafax.registration import Registration
from dfwarm.datafax.serverconf import clean
from dfwarm.errors import DfwarmError, StudyUnknown
from dfwarm.facts.activity import NEVER, Activity, Growth, StatusFile, Users
from dfwarm.facts.control import ServerState
from dfwarm.facts.site import HostSite
from dfwarm.gate.roots import read_conf
from dfwarm.gate.saying import say
from dfwarm.gate.vendor import call, commands_of
from dfwarm.spelling import spell
from dfwarm.terms import Access


def look_at_activity(site: HostSite, registration: Registration) -> Activity:
    """Ask every question of step 1. One that fails is told as not known, never as nobody."""
    processes = serving_processes(registration.server_conf)
    access, access_problem = _access(site, registration, processes)
    status_files, status_problem = _status_files(site)
    return Activity(
        access=access,
        is_enabled=registration.is_enabled,
        processes=processes,
        users=_users(site, registration),
        status_files=status_files,
        growth=_growth(registration),
        seen_at=datetime.now(UTC),
        access_problem=access_problem,
        status_problem=status_problem,
    )


def server_state(site: HostSite, registration: Registration) -> ServerState:
    """Ask for the access state and look for the study's server among the processes."""
    processes = serving_processes(registration.server_conf)
    access, _ = _access(site, registration, processes)
    return ServerState(access, is_registered=True, processes=processes)


def serving_processes(server_conf: bytes) -> tuple[int, ...]:
    """The processes whose command line holds `-c STUDY_DIR/lib/DFserver.cf`."""
    found = (int(name) for name in os.listdir("/proc") if name.isdigit() and _serves(name, server_conf))
    return tuple(sorted(found))


def _serves(process: str, server_conf: bytes) -> bool:
    """Whether a process serves the study. One that ended while we looked does not; others may always be looked at."""
    try:
        with open(f"/proc/{process}/cmdline", "rb") as file:
            words = file.read().split(b"\0")
    except OSError:
        return False
    wanted = clean(server_conf)
    return any(flag == b"-c" and clean(conf) == wanted for flag, conf in pairwise(words))


def _access(site: HostSite, registration: Registration, processes: tuple[int, ...]) -> tuple[Access, str]:
    """
    What `query` says, and why it is not known.

    A release without `query` goes by DFstudies.db: disabled there and no server running.
    """
    query = commands_of(site).query
    if not query:
        return _registered_access(registration, processes)
    try:
        said = call(site, query, registration)
    except DfwarmError as error:
        return Access.UNKNOWN, say(error)
    if said.status:
        return Access.UNKNOWN, f"{query[0]} ended with status {said.status}: {spell(said.stderr.strip()[-200:])}"
    access = read_access(said.stdout)
    return access, f"{query[0]} said {spell(said.stdout.strip()[:200])}" if access is Access.UNKNOWN else ""


def _registered_access(registration: Registration, processes: tuple[int, ...]) -> tuple[Access, str]:
    if registration.is_enabled:
        return Access.ENABLED, ""
    if processes:
        return Access.UNKNOWN, f"DFstudies.db says disabled, but {len(processes)} processes serve the study"
    return Access.DISABLED, ""


def _users(site: HostSite, registration: Registration) -> Users:
    if not site.users:
        return Users(is_known=False, names=())
    try:
        said = call(site, site.users, registration)
    except DfwarmError as error:
        return Users(is_known=False, names=(), problem=say(error))
    if said.status:
        return Users(is_known=False, names=(), problem=f"{site.users[0]} ended with status {said.status}")
    return Users(is_known=True, names=tuple(spell(line.strip()) for line in said.stdout.split(b"\n") if line.strip()))


def _status_files(site: HostSite) -> tuple[tuple[StatusFile, ...], str]:
    """The `.serverstatus##` files, and why they cannot be looked at."""
    if not site.server_status:
        return (), ""
    pattern = os.path.join(glob.escape(site.datafax_dir), site.server_status)
    if not os.access(site.datafax_dir, os.R_OK | os.X_OK, effective_ids=True):
        return (), f"{spell(site.datafax_dir)} cannot be read"
    found: list[StatusFile] = []
    for path in sorted(glob.glob(pattern, include_hidden=True)):
        try:
            found.append(StatusFile(path, _moment(os.lstat(path).st_mtime_ns)))
        except FileNotFoundError:
            continue  # it went away between the list and the look, and that is what the next look tells
        except OSError as error:
            return tuple(found), f"{spell(path)}: {error.strerror}"
    return tuple(found), ""


@dataclass(frozen=True, slots=True)
class _Folders:
    """Where a study keeps what shows that people work in it."""

    data: bytes
    pages: bytes
    setup: bytes


def _growth(registration: Registration) -> Growth:
    """Measure data, journals, newest pages and setup. A folder that is not there holds nothing that could grow."""
    try:
        folders = _folders(registration)
        data = _files(folders.data)
        journals = [status for name, status in data if name.endswith(b".jnl")]
        week, pages_at = _newest_week(folders.pages)
        return Growth(
            journal_bytes=sum(status.st_size for status in journals),
            data_bytes=sum(status.st_size for name, status in data if not name.endswith(b".jnl")),
            newest_at=_newest(data),
            page_week=week,
            pages_at=pages_at,
            setup_at=_newest(_files(folders.setup)),
        )
    except OSError as error:
        return Growth(0, 0, NEVER, problem=f"{spell(error.filename or b'')}: {error.strerror}")
    except DfwarmError as error:
        return Growth(0, 0, NEVER, problem=say(error))


def _folders(registration: Registration) -> _Folders:
    study = registration.study_dir
    data, pages, setup = (os.path.join(study, name) for name in (b"data", b"pages", b"lib"))
    try:
        conf = read_conf(registration)
    except StudyUnknown:
        return _Folders(data, pages, setup)  # a standby that has nothing yet
    return _Folders(
        os.path.join(study, conf.expand("DATABASE_DIR") or data),
        os.path.join(study, conf.expand("PAGE_DIR") or pages),
        setup,
    )


def _files(folder: bytes) -> list[tuple[bytes, os.stat_result]]:
    """Name and numbers of everything in a folder, the folder itself too: a deletion shows in it alone."""
    try:
        with os.scandir(folder) as entries:
            return [(b".", os.stat(folder)), *((entry.name, entry.stat(follow_symlinks=False)) for entry in entries)]
    except FileNotFoundError:
        return []


def _newest_week(pages: bytes) -> tuple[bytes, datetime]:
    """The `YYWW` folder that was written last, and when."""
    weeks = [(status.st_mtime_ns, name) for name, status in _files(pages) if len(name) == 4 and name.isdigit()]
    if not weeks:
        return b"", NEVER
    written, name = max(weeks)
    return name, _moment(written)


def _newest(files: list[tuple[bytes, os.stat_result]]) -> datetime:
    return max((_moment(status.st_mtime_ns) for _, status in files), default=NEVER)


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC).replace(
        microsecond=nanoseconds // 1000 % 1_000_000
    )

"""The verb `examine`: everything that preflight asks of this host about a study, in one answer."""

import os
import shutil
from datetime import UTC, datetime

from dfwarm.datafax.registration import Registration
from dfwarm.datafax.serverconf import STUDY_DIR, ServerConf, clean
from dfwarm.datafax.users import UserDatabase, parse_users
from dfwarm.errors import DfwarmError, LineUnreadable
from dfwarm.facts.examination import ConfFacts, Examination, StudyPlace, Tool, UserFacts
from dfwarm.facts.mounts import Mount, parse_fstab, parse_mountinfo
from dfwarm.facts.program import EditCheckFacts
from dfwarm.facts.site import HostSite
from dfwarm.facts.tree import StudyRoot
from dfwarm.gate.editchecks import Ground, look_at_edit_checks
from dfwarm.gate.environment import look_at_host, rsync_description, this_host
from dfwarm.gate.programs import Places, search_path
from dfwarm.gate.roots import read_conf, read_registrations, roots_of
from dfwarm.gate.saying import say
from dfwarm.gate.vendor import call, commands_of, reports_of
from dfwarm.gate.walk import look_at_root
from dfwarm.terms import StudyNumber

TOOLS = ("rsync", "rrsync", "ssh", "setpriv")
"""What dfwarm itself starts on a host."""

_NO_CONF = ServerConf(())
_NO_USERS = UserDatabase((), ())
_NO_EDIT_CHECKS = EditCheckFacts(0, (), (), (), 0)


def examine(site: HostSite, study: StudyNumber) -> Examination:
    """Examine the study. What cannot be looked at is told in the answer; nothing is left out in silence."""
    began_at = datetime.now(UTC)
    places, registration_problem = _places(site)
    own = tuple(place.registration for place in places if place.registration.number == study)
    conf = _conf(own[0]) if own else ConfFacts(b"", _NO_CONF, "the study is not registered")
    roots, roots_problem = _roots(site, own[0]) if own else ((), "the study is not registered")
    return Examination(
        study=study,
        began_at=began_at,
        environment=look_at_host(_datafax_version(site, own)),
        rsync=_rsync(),
        places=places,
        registration_problem=registration_problem,
        conf=conf,
        roots=roots,
        roots_problem=roots_problem,
        edit_checks=look_at_edit_checks(_ground(site, own[0], roots)) if own else _NO_EDIT_CHECKS,
        users=_users(site, own),
        tools=tuple(Tool(name, shutil.which(name) or "") for name in TOOLS),
        reports=_reports(site),
        sees_processes="1" in os.listdir("/proc"),
        ended_at=datetime.now(UTC),
    )


def _places(site: HostSite) -> tuple[tuple[StudyPlace, ...], str]:
    try:
        registrations = read_registrations(site)
    except DfwarmError as error:
        return (), say(error)
    return tuple(StudyPlace(each, os.path.realpath(each.study_dir)) for each in registrations), ""


def _conf(registration: Registration) -> ConfFacts:
    try:
        return ConfFacts(registration.server_conf, read_conf(registration))
    except DfwarmError as error:
        return ConfFacts(registration.server_conf, _NO_CONF, say(error))


def _roots(site: HostSite, registration: Registration) -> tuple[tuple[StudyRoot, ...], str]:
    """Every root of the study. Where they are not all known, the registered folder is still looked at."""
    named: tuple[tuple[str, bytes], ...] = ((STUDY_DIR, registration.study_dir),)
    problem = ""
    try:
        named = roots_of(site, registration.number)
    except DfwarmError as error:
        problem = say(error)
    try:
        mounts, wanted = _mounts()
    except (DfwarmError, OSError) as error:
        return (), say(error)
    return tuple(look_at_root(key, clean(folder), mounts, wanted) for key, folder in named), problem


def _mounts() -> tuple[tuple[Mount, ...], tuple[bytes, ...]]:
    with open("/proc/self/mountinfo", "rb") as file:
        mounts = parse_mountinfo(file.read())
    if not os.path.exists("/etc/fstab"):
        return mounts, ()
    with open("/etc/fstab", "rb") as file:
        return mounts, parse_fstab(file.read())


def _ground(site: HostSite, registration: Registration, roots: tuple[StudyRoot, ...]) -> Ground:
    places = Places(
        study=os.path.join(registration.study_dir, b"ecbin"),
        system=os.path.join(site.datafax_dir, b"ecbin"),
        path=search_path(site),
    )
    full = os.fsencode(this_host())
    hosts = (full, full.split(b".")[0], registration.host, *registration.candidates.replace(b",", b" ").split())
    folders = (registration.study_dir, clean(site.datafax_dir), *(root.folder for root in roots))
    return Ground(registration.study_dir, site.datafax_dir, places, _names(hosts), tuple(dict.fromkeys(folders)))


def _names(hosts: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The names that mean this host to others. `localhost` means every host."""
    return tuple(dict.fromkeys(host for host in hosts if host and not host.lower().startswith(b"localhost")))


def _users(site: HostSite, own: tuple[Registration, ...]) -> UserFacts:
    argv = ("DFuserdb", "-export", "/dev/stdout")
    if not own:
        return UserFacts(_NO_USERS, "the study is not registered")
    try:
        said = call(site, argv, own[0])
        if said.status:
            return UserFacts(_NO_USERS, f"{' '.join(argv)} ended with status {said.status}")
        return UserFacts(parse_users(said.stdout))
    except LineUnreadable as error:
        return UserFacts(_NO_USERS, f"a line of its user database is not understood: {say(error)}")
    except DfwarmError as error:
        return UserFacts(_NO_USERS, say(error))


def _reports(site: HostSite) -> tuple[Tool, ...]:
    path = search_path(site)
    return tuple(Tool(report.name, shutil.which(report.argv[0], path=path) or "") for report in reports_of(site))


def _rsync() -> str:
    try:
        return rsync_description()
    except DfwarmError:
        return ""


def _datafax_version(site: HostSite, own: tuple[Registration, ...]) -> str:
    if not own:
        return ""
    try:
        said = call(site, commands_of(site).version, own[0])
    except DfwarmError:
        return ""
    return " ".join(said.stdout.decode("utf-8", "replace").split()) if not said.status else ""

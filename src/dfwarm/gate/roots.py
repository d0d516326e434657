"""The roots of the studies that are registered on this host: STUDY_DIR and every directory that lies elsewhere."""

import os
from collections.abc import Iterator

from dfwarm.datafax.registration import Registration, parse_studies_db
from dfwarm.datafax.serverconf import STUDY_DIR, ServerConf, parse_server_conf
from dfwarm.errors import LineUnreadable, StudyUnknown
from dfwarm.facts.site import HostSite
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber


def read_registrations(site: HostSite) -> tuple[Registration, ...]:
    """Read DFstudies.db. Raises StudyUnknown where the file is not there."""
    path = os.path.join(site.datafax_dir, b"lib", b"DFstudies.db")
    try:
        with open(path, "rb") as file:
            return parse_studies_db(file.read())
    except OSError as error:
        raise StudyUnknown(f"studies database {os.fsdecode(path)} cannot be read: {error.strerror}") from error


def find_registration(site: HostSite, study: StudyNumber) -> Registration:
    """The line of DFstudies.db for a study. Raises StudyUnknown."""
    for registration in read_registrations(site):
        if registration.number == study:
            return registration
    raise StudyUnknown(f"study {study:03d} is not registered on the {site.side}")


def read_conf(registration: Registration) -> ServerConf:
    """Read the study's DFserver.cf. Raises StudyUnknown where it is not there."""
    try:
        with open(registration.server_conf, "rb") as file:
            return parse_server_conf(file.read())
    except OSError as error:
        where = os.fsdecode(registration.server_conf)
        raise StudyUnknown(f"study configuration {where} cannot be read: {error.strerror}") from error


def roots_of(site: HostSite, study: StudyNumber) -> tuple[tuple[str, bytes], ...]:
    """
    Key and folder of each root of a study, STUDY_DIR first.

    Raises StudyUnknown where the study's DFserver.cf cannot be read or means another folder than DFstudies.db does:
    a directory that it puts elsewhere would be left out unseen. A folder that holds nothing at all is a root all the
    same, so that the budget can refuse it by its right name: a disk that is not mounted.
    """
    return _roots_of(find_registration(site, study))


def study_roots(site: HostSite) -> Iterator[bytes]:
    """Every root of every registered study; of one whose DFserver.cf says none, its registered folder."""
    for registration in read_registrations(site):
        try:
            yield from (folder for _, folder in _roots_of(registration))
        except (StudyUnknown, LineUnreadable):
            yield registration.study_dir


def _roots_of(registration: Registration) -> tuple[tuple[str, bytes], ...]:
    if _holds_nothing(registration.study_dir):
        return ((STUDY_DIR, registration.study_dir),)
    (_, stated), *outside = read_conf(registration).roots()
    if os.path.realpath(stated) != os.path.realpath(registration.study_dir):
        raise StudyUnknown(
            f"study {registration.number:03d} is registered in {spell(registration.study_dir)}, "
            f"but its DFserver.cf says STUDY_DIR={spell(stated)}",
            hint="Correct the one that is wrong, on that host.",
        )
    return ((STUDY_DIR, registration.study_dir), *outside)


def _holds_nothing(folder: bytes) -> bool:
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except FileNotFoundError:
        return True
    except OSError:
        return False

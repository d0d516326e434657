"""Answer what this host has of what the other side uses: accounts, groups, programs."""

import grp
import os
import pwd

from dfwarm.facts.program import Origin, Part
from dfwarm.facts.site import HostSite
from dfwarm.facts.wanted import Had, Holdings, Wanted, WantedKind
from dfwarm.gate.programs import below, find_at, in_path, search_path


def look_for(site: HostSite, wanted: tuple[Wanted, ...]) -> Holdings:
    """Look for each thing. Only programs are digested: of another file the answer is whether it is there."""
    return Holdings(tuple(_look_for(site, one) for one in wanted))


def _look_for(site: HostSite, wanted: Wanted) -> Had:
    match wanted.kind:
        case WantedKind.OWNER | WantedKind.GROUP:
            return _named(wanted)
        case WantedKind.SYSTEM_PROGRAM:
            return _file(wanted, below(os.path.join(site.datafax_dir, b"ecbin"), wanted.name), Origin.SYSTEM)
        case WantedKind.PATH_PROGRAM:
            return _file(wanted, in_path(wanted.name, search_path(site)), Origin.PATH)
        case WantedKind.ABSOLUTE_PROGRAM:
            return _file(wanted, wanted.name if wanted.name.startswith(b"/") else b"", Origin.ABSOLUTE)


def _named(wanted: Wanted) -> Had:
    name = os.fsdecode(wanted.name)
    try:
        _ = pwd.getpwnam(name) if wanted.kind is WantedKind.OWNER else grp.getgrnam(name)
    except KeyError:
        return Had(wanted, b"", "", "it is not there")
    return Had(wanted, b"", "", "")


def _file(wanted: Wanted, path: bytes, origin: Origin) -> Had:
    if not path or not os.path.isfile(path):
        return Had(wanted, b"", "", "it is not there")
    found = find_at(Part.NAMED if origin is Origin.ABSOLUTE else Part.CALLED, origin, wanted.name, path, "")
    return Had(wanted, path, found.sha256, found.problem)

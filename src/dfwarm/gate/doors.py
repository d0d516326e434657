"""The verb `doors`: which keys of dfwarm this host lets in, and whether its log of calls can be written."""

import os
from pathlib import Path

from dfwarm.equipment.call_log import CallLog
from dfwarm.errors import LineUnreadable
from dfwarm.facts.doors import Doors, KeyLine, our_lines
from dfwarm.facts.site import HostSite

_LARGEST_BYTES = 1 << 20


def look_at_doors(site: HostSite) -> Doors:
    """Read this account's authorized_keys. Of other people's lines nothing is told."""
    path = site.authorized_keys or os.path.expanduser("~/.ssh/authorized_keys")
    log = call_log_of(site, "doors")
    lines: tuple[KeyLine, ...] = ()
    problem = ""
    try:
        with Path(path).open("rb") as file:
            lines = our_lines(file.read(_LARGEST_BYTES))
    except OSError as error:
        problem = f"{path} cannot be read: {error.strerror}"
    except LineUnreadable as error:
        problem = f"{path}: {str(error).partition(':')[0]}"
    return Doors(path, lines, problem, log.path, log.problem)


def call_log_of(site: HostSite, function: str) -> CallLog:
    """Where this host logs the calls of its gate."""
    return CallLog(site.call_log or (f"{site.state}/gate.calls" if site.state else ""), function)

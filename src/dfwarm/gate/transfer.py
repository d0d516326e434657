"""The rsync end of this host: handed to rrsync, one direction only, inside the root that the path names."""

import os
import shlex
import shutil

from dfwarm.errors import AnswerRefused, ToolMissing
from dfwarm.facts.site import HostSite
from dfwarm.gate.roots import study_roots
from dfwarm.terms import Side

DIRECTION = {Side.PRODUCTION: "-ro", Side.STANDBY: "-wo"}
"""Production is only ever read, the standby only ever written."""


def serve_rsync(site: HostSite, command: str) -> int:
    """Become rrsync for the study root that the command's last word names. Raises AnswerRefused elsewhere."""
    try:
        *words, place = shlex.split(command)
    except ValueError as error:
        raise AnswerRefused(f"not an rsync command: {command[:80]!r}") from error
    root = _root_of(site, os.fsencode(place))
    program = shutil.which("rrsync")
    if program is None:
        raise ToolMissing("program rrsync is not installed", hint="Install the package rsync.")
    os.environ["SSH_ORIGINAL_COMMAND"] = shlex.join([*words, "."])
    os.execv(program, [program, DIRECTION[site.side], "-no-lock", os.fsdecode(root)])  # noqa: S606  (no shell)


def _root_of(site: HostSite, place: bytes) -> bytes:
    wanted = place.rstrip(b"/")
    for root in study_roots(site):
        if root.rstrip(b"/") == wanted:
            return wanted
    raise AnswerRefused(f"rsync may not touch {place!r}", hint="Only whole roots of registered studies are served.")

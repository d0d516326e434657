"""
Where a gate keeps what is its own on its host.

A room that needs little: the gate that serves rsync is started for each transfer, and rsync waits for it.
"""

import os
from pathlib import Path

from dfwarm.errors import AnswerRefused
from dfwarm.facts.site import HostSite


def staging_folder(site: HostSite) -> Path:
    """Where copies wait to be shipped."""
    return Path(site.staging) if site.staging else state_folder(site) / "staging"


def state_folder(site: HostSite) -> Path:
    """
    Where this host keeps what a freeze needs; a gate without a state folder of its own uses one in /var/tmp.

    That one is refused where it belongs to somebody else.
    """
    if site.state:
        return Path(site.state)
    folder = Path(f"/var/tmp/dfwarm-{os.geteuid()}")  # noqa: S108  (its owner and mode are checked)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise AnswerRefused(
            f"{folder} is not a folder of this account alone",
            hint="Set `pair.state` in the gate's configuration of that host.",
        )
    return folder

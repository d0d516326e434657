"""Which host this is, with what tools."""

import getpass
import hashlib
import os
import platform
import shutil
import socket
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.process import run
from dfwarm.errors import ToolMissing
from dfwarm.facts.environment import Environment
from dfwarm.terms import HostName


def this_host() -> HostName:
    """The host's own name."""
    return HostName(socket.gethostname())


def look_at_host(datafax: str) -> Environment:
    """Describe this host. `datafax` is what its DFversion said."""
    from importlib.metadata import version

    return Environment(
        host=this_host(),
        machine=machine_id(),
        kernel=f"{platform.system()} {platform.release()}",
        account=_account(),
        python=platform.python_version(),
        software=f"dfwarm {version('dfwarm')}",
        rsync=_first_line(("rsync", "--version")),
        ssh=_first_line(("ssh", "-V")),
        datafax=datafax,
        now=datetime.now(UTC),
        zone=_zone(),
        rsync_sha256=program_digest("rsync"),
    )


def rsync_description() -> str:
    """What `rsync -VV` says, or `rsync --version` where it is too old for that."""
    said = run(("rsync", "-VV"), host=this_host(), deadline_seconds=20)
    if said.status:
        said = run(("rsync", "--version"), host=this_host(), deadline_seconds=20)
    return said.stdout.decode("utf-8", "replace")


def program_digest(name: str) -> str:
    """The SHA-256 of a program as this host would start it, empty where it is not there or not to be read."""
    path = shutil.which(name)
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return ""


def _first_line(argv: tuple[str, ...]) -> str:
    try:
        said = run(argv, host=this_host(), deadline_seconds=20)
    except ToolMissing:
        return ""
    lines = (said.stdout or said.stderr).decode("utf-8", "replace").splitlines()
    return " ".join(lines[0].split()) if lines else ""


def _zone() -> str:
    """The zone of this host, where /etc/localtime leads; the gate's own TZ is dfwarm's and says nothing of the host."""
    return os.path.realpath("/etc/localtime").rpartition("/zoneinfo/")[2]


def machine_id() -> str:
    """The id of this machine, empty where it has none."""
    try:
        return Path("/etc/machine-id").read_text().strip()
    except OSError:
        return ""


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"#{os.geteuid()}"

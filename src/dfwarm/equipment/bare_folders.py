"""
Folders without a file in them, as production has them: where deletions on the standby are taken from.

rsync, asked for a path that this tree does not have, deletes it on the standby, and gives the folder that held it the
time, mode and owner that the folder has here.
"""

import contextlib
import grp
import os
import pwd
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from dfwarm.manifest.entry import Entry, Kind


@contextmanager
def bare_folders(entries: tuple[Entry, ...]) -> Iterator[str]:
    """Make the folders among the entries below a folder of their own, for the length of a block."""
    folders = sorted((entry for entry in entries if entry.kind is Kind.DIRECTORY), key=lambda entry: entry.path)
    with tempfile.TemporaryDirectory(prefix="dfwarm-folders-") as made:
        root = os.fsencode(made)
        for entry in folders:
            if entry.path != b".":
                os.makedirs(os.path.join(root, entry.path), mode=0o700, exist_ok=True)
        for entry in reversed(folders):
            _dress(os.path.join(root, entry.path), entry)
        yield made


def _dress(path: bytes, entry: Entry) -> None:
    """Give a folder the looks of production's; an owner that only root could set is left to rsync's own rules."""
    with contextlib.suppress(PermissionError):
        os.chown(path, _number(entry.owner, is_group=False), _number(entry.group, is_group=True))
    os.chmod(path, entry.mode)
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))


def _number(name: str, *, is_group: bool) -> int:
    """The number of an account or a group here. One that this host does not know stays as it is (-1)."""
    if name.startswith("#"):
        return int(name[1:])
    try:
        return grp.getgrnam(name).gr_gid if is_group else pwd.getpwnam(name).pw_uid
    except KeyError:
        return -1

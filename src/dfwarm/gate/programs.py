"""Find programs on this host as an edit check would, and digest them. Nothing found here is ever run."""

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass

from dfwarm.datafax.control import vendor_environment
from dfwarm.facts.program import Origin, Part, Program
from dfwarm.facts.site import HostSite

READ_AT_MOST = 4 << 20
"""Bytes of a text that are read; a longer one is told as not examined."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where an edit check's program is looked for."""

    study: bytes
    system: bytes
    path: str


class TooLong(OSError):
    """A text is longer than what is read of one."""


def find_program(part: Part, name: bytes, named_by: str, places: Places) -> Program:
    """Look for a program in the study's ecbin, the system's ecbin, at its own path, then in PATH."""
    for origin, path in _candidates(name, places):
        if path and os.path.isfile(path):
            return find_at(part, origin, name, path, named_by)
    return Program(part, name, named_by, Origin.NOWHERE, b"", "", "it is not there")


def find_at(part: Part, origin: Origin, name: bytes, path: bytes, named_by: str) -> Program:
    """
    Describe a program that is known by its path.

    A program's own bytes count; of a file that is only named, and that nobody runs, its being there does.
    """
    try:
        sha256 = "" if part is Part.NAMED and not is_program(path) else digest_of(path)
    except OSError as error:
        return Program(part, name, named_by, origin, path, "", error.strerror or "it cannot be read")
    return Program(part, name, named_by, origin, path, sha256)


def digest_of(path: bytes) -> str:
    """SHA-256 of a regular file, links followed. Raises OSError."""
    with os.fdopen(_open_regular(path), "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: bytes) -> bytes:
    """Read a regular file of a bearable length. Raises OSError."""
    with os.fdopen(_open_regular(path), "rb") as file:
        text = file.read(READ_AT_MOST + 1)
    if len(text) > READ_AT_MOST:
        raise TooLong(0, f"it is longer than {READ_AT_MOST:,} bytes", path)
    return text


def _open_regular(path: bytes) -> int:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no regular file", path)
    return descriptor


def _candidates(name: bytes, places: Places) -> list[tuple[Origin, bytes]]:
    if name.startswith(b"/"):
        return [(Origin.ABSOLUTE, name)]
    return [
        (Origin.STUDY, below(places.study, name)),
        (Origin.SYSTEM, below(places.system, name)),
        (Origin.PATH, in_path(name, places.path)),
    ]


def below(folder: bytes, name: bytes) -> bytes:
    """The path of a name below a folder; empty where the name leads out of it."""
    if name.startswith(b"/") or b"\0" in name or b".." in name.split(b"/"):
        return b""
    return os.path.join(folder, name.removeprefix(b"./"))


def in_path(name: bytes, path: str) -> bytes:
    """Where a bare name is found in a search path; empty where it is not."""
    if b"/" in name or b"\0" in name:
        return b""
    return os.fsencode(shutil.which(os.fsdecode(name), path=path) or "")


def search_path(site: HostSite) -> str:
    """The PATH with which the vendor's programs, and what they call, run."""
    return vendor_environment(os.fsdecode(site.datafax_dir), os.environ.get("PATH", os.defpath))["PATH"]


def is_program(path: bytes) -> bool:
    """Whether this account may run the file."""
    return os.path.isfile(path) and os.access(path, os.X_OK, effective_ids=True)

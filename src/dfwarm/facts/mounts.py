r"""
Mount points: what is mounted, and what should be.

Formats: proc(5) for `/proc/self/mountinfo`, fstab(5) for `/etc/fstab`; both write blanks and the like as `\ooo`.
"""

import re
from dataclasses import dataclass

from dfwarm.datafax.serverconf import clean, lies_in
from dfwarm.errors import LineUnreadable

_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_NOT_MOUNTED_AT_START = frozenset({b"noauto", b"x-systemd.automount"})


@dataclass(frozen=True, slots=True)
class Mount:
    """One mounted file system."""

    point: bytes
    kind: str
    is_read_only: bool


def parse_mountinfo(text: bytes) -> tuple[Mount, ...]:
    """Read what is mounted. Raises LineUnreadable."""
    found: list[Mount] = []
    for number, line in enumerate(text.splitlines(), start=1):
        before, dash, after = line.partition(b" - ")
        fields, rest = before.split(b" "), after.split(b" ")
        if not dash or len(fields) < 6 or len(rest) < 3:
            raise LineUnreadable("/proc/self/mountinfo", line, number=number)
        options = {*fields[5].split(b","), *rest[-1].split(b",")}
        found.append(Mount(_unescape(fields[4]), rest[0].decode("ascii", "replace"), b"ro" in options))
    return tuple(found)


def parse_fstab(text: bytes) -> tuple[bytes, ...]:
    """Read which mount points should be in use. Raises LineUnreadable."""
    found: list[bytes] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(b"#"):
            continue
        if len(fields) < 3:
            raise LineUnreadable("/etc/fstab", line, number=number)
        options = set(fields[3].split(b",")) if len(fields) > 3 else set()
        if fields[1].startswith(b"/") and not options & _NOT_MOUNTED_AT_START:
            found.append(clean(_unescape(fields[1])))
    return tuple(found)


def mount_of(path: bytes, mounts: tuple[Mount, ...]) -> Mount:
    """The file system that a clean path lies on. Raises ValueError where nothing is mounted at all."""
    holding = [mount for mount in mounts if lies_in(path, clean(mount.point))]
    if not holding:
        raise ValueError("no file system holds the path")
    longest = max(len(mount.point) for mount in holding)
    return [mount for mount in holding if len(mount.point) == longest][-1]


def unmounted(path: bytes, wanted: tuple[bytes, ...], mounts: tuple[Mount, ...]) -> tuple[bytes, ...]:
    """The mount points above or below a clean path that should be in use and are not."""
    points = {clean(mount.point) for mount in mounts}
    touching = (point for point in wanted if lies_in(path, point) or lies_in(point, path))
    return tuple(dict.fromkeys(point for point in touching if point not in points))


def _unescape(text: bytes) -> bytes:
    return _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), text)

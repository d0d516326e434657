"""What is compared: everything below the roots, but for what a named reason leaves out."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from dfwarm import wire

SCOPE_FORMAT = "dfwarm-scope/1"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A path below the root, with everything below it, and why it is left out. It begins with a slash."""

    path: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Replicated:
    """
    Paths that come along and are not compared, and why.

    In the pattern `*` and `?` stand for anything but a slash, `**` for anything; what lies below a path that fits
    belongs to it.
    """

    pattern: bytes
    reason: str


@dataclass(frozen=True)
class Scope:
    """
    What a comparison leaves out. An empty one compares everything.

    Compared of an entry are kind, size, digest, link target, permission bits, owner and group by name, mtime to the
    nanosecond (not of links), hard links among themselves, access lists and extended attributes. Never compared are
    inode, device, ctime, atime, the size of a folder and how many links it has: they belong to the host.
    """

    exclusions: tuple[Exclusion, ...] = ()
    replicated: tuple[Replicated, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the scope as it is written on the wire: a changed policy has another one."""
        return hashlib.sha256(wire.dump({"format": SCOPE_FORMAT, "scope": self})).hexdigest()

    def excludes(self, path: bytes) -> bool:
        """Whether a path is left out."""
        return bool(self._pattern.fullmatch(path))

    def reason(self, path: bytes) -> str:
        """Why a path is left out; empty where it is compared."""
        return next((says for pattern, says in self._rules if pattern.fullmatch(path)), "")

    def touches(self, folder: bytes, names: bytes) -> bool:
        """Whether something in a folder is left out, so that it has to be looked at entry by entry."""
        prefix = b"" if folder in (b".", b"") else folder + b"/"
        if not any(head.startswith(prefix) or prefix.startswith(head) for head in self._heads):
            return False
        return any(self.excludes(prefix + name) for name in names.split(b"\0"))

    @cached_property
    def _rules(self) -> tuple[tuple[re.Pattern[bytes], str], ...]:
        excluded = ((re.escape(each.path.strip(b"/")), each.reason) for each in self.exclusions)
        replicated = ((_translate(each.pattern.strip(b"/")), each.reason) for each in self.replicated)
        return tuple(
            (re.compile(b"(?:" + pattern + b")(?:/.*)?", re.DOTALL), says) for pattern, says in (*excluded, *replicated)
        )

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(b"|".join(pattern.pattern for pattern, _ in self._rules) or rb"(?!)", re.DOTALL)

    @cached_property
    def _heads(self) -> tuple[bytes, ...]:
        """What every path that is left out by a rule begins with."""
        excluded = (each.path.strip(b"/") for each in self.exclusions)
        return (*excluded, *(re.split(rb"[*?]", each.pattern.strip(b"/"))[0] for each in self.replicated))


_WILDCARDS = {b"**": rb".*", b"*": rb"[^/]*", b"?": rb"[^/]"}


def _translate(pattern: bytes) -> bytes:
    parts = re.split(rb"(\*\*|\*|\?)", pattern)
    return b"".join(_WILDCARDS.get(part) or re.escape(part) for part in parts)

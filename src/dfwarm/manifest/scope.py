"""What is compared: everything below the roots, but for what a named reason leaves out."""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from dfwarm import wire


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A path below the root, with everything below it, and why it is left out. It begins with a slash."""

    path: bytes
    reason: str


@dataclass(frozen=True)
class Scope:
    """The exclusions of a comparison."""

    exclusions: tuple[Exclusion, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of the scope as it is written on the wire."""
        return hashlib.sha256(wire.dump(self.exclusions)).hexdigest()

    def excludes(self, path: bytes) -> bool:
        """Whether a path is left out."""
        return bool(self._pattern.fullmatch(path))

    def touches(self, folder: bytes, names: bytes) -> bool:
        """Whether something in a folder is left out, so that it has to be looked at entry by entry."""
        prefix = b"" if folder in (b".", b"") else folder + b"/"
        if not any(
            exclusion.path[1:].startswith(prefix) or (prefix + b"x").startswith(exclusion.path[1:])
            for exclusion in self.exclusions
        ):
            return False
        return any(self.excludes(prefix + name) for name in names.split(b"\0"))

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        if not self.exclusions:
            return re.compile(rb"(?!)")
        paths = b"|".join(re.escape(exclusion.path.strip(b"/")) for exclusion in self.exclusions)
        return re.compile(rb"(?:" + paths + rb")(?:/.*)?", re.DOTALL)

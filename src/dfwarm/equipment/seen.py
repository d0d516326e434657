"""The configuration as it was when dfwarm last acted by it, kept so that a change can be told line by line."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.facts.chain import digest_of


@dataclass(frozen=True, slots=True)
class Change:
    """What a file was before and is now, as digests, and the lines between them. `before` is empty the first time."""

    before: str
    after: str
    lines: str


@dataclass(frozen=True, slots=True)
class Seen:
    """The last text of one file that was acted by."""

    path: Path

    def compare(self, text: bytes) -> Change | None:
        """What changed since, if anything did."""
        before = self.path.read_bytes() if self.path.exists() else b""
        if before == text:
            return None
        old, new = (content.decode("utf-8", "replace").splitlines(keepends=True) for content in (before, text))
        lines = "".join(difflib.unified_diff(old, new, "before", "after", n=0)) if before else ""
        return Change(digest_of(before) if before else "", digest_of(text), lines)

    def keep(self, text: bytes) -> None:
        """Take a text as the one that is acted by from now on."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self.path, text)

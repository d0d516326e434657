"""
A scope policy: what of a study is compared, and what is treated otherwise for a reason that somebody answers for.

It is written from the study directory and approved as a whole: its digest names it in every record.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property

from dfwarm import wire
from dfwarm.spelling import spell
from dfwarm.terms import Treatment

POLICY_FORMAT = "dfwarm-scope/1"
EVERY_ROOT: tuple[str, ...] = ()
"""A policy that takes whichever roots a study has."""


@dataclass(frozen=True)
class Rule:
    """
    Paths that are treated otherwise, and why.

    What is excluded is one path, taken literally. In the patterns of other rules `*` and `?` stand for anything but a
    slash, `**` for anything. What lies below a path that fits belongs to it, but for files compared by records.
    """

    treatment: Treatment
    pattern: bytes
    reason: str

    @cached_property
    def expression(self) -> bytes:
        """A regular expression for the whole path relative to the study directory."""
        pattern = self.pattern.strip(b"/")
        plain = re.escape(pattern) if self.treatment is Treatment.EXCLUDE else _translate(pattern)
        below = b"" if self.treatment is Treatment.BY_RECORDS else b"(?:/.*)?"
        return b"(?:" + plain + b")" + below

    @property
    def head(self) -> bytes:
        """What every path that fits begins with."""
        pattern = self.pattern.strip(b"/")
        return pattern if self.treatment is Treatment.EXCLUDE else re.split(rb"[*?]", pattern)[0]

    def say(self) -> str:
        """The rule in one line."""
        return f"{self.treatment}: {spell(self.pattern)} ({self.reason})"


@dataclass(frozen=True)
class Policy:
    """
    A scope policy by its name and version.

    `roots` are the directory keys that a study must have, STUDY_DIR among them; none for whichever it has. A path that
    no rule fits is compared.
    """

    name: str
    version: str
    roots: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the policy as it is written on the wire: a changed policy has another one."""
        return hashlib.sha256(wire.dump({"format": POLICY_FORMAT, "policy": self})).hexdigest()

    @property
    def exclusions(self) -> tuple[Rule, ...]:
        """The rules for what is neither sent nor compared."""
        return tuple(rule for rule in self.rules if rule.treatment is Treatment.EXCLUDE)

    def wrong_roots(self, keys: tuple[str, ...]) -> str:
        """Say how a study's roots are not those of the policy; empty where they are."""
        if self.roots == EVERY_ROOT or set(self.roots) == set(keys):
            return ""
        return f"the study has the roots {', '.join(keys)}, but the policy names {', '.join(self.roots)}"

    def say(self) -> tuple[str, ...]:
        """The policy as a person reads it, a rule a line."""
        roots = ", ".join(self.roots) or "every directory of the study"
        return (f"{self.name}, version {self.version}, roots: {roots}", *(rule.say() for rule in self.rules))


_WILDCARDS = {b"**": rb".*", b"*": rb"[^/]*", b"?": rb"[^/]"}


def _translate(pattern: bytes) -> bytes:
    parts = re.split(rb"(\*\*|\*|\?)", pattern)
    return b"".join(_WILDCARDS.get(part) or re.escape(part) for part in parts)

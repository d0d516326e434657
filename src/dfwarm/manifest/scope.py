"""What is compared of one root: everything below it, but for what a rule of the policy treats otherwise."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from dfwarm.manifest.policy import Rule
from dfwarm.terms import Treatment


@dataclass(frozen=True)
class Scope:
    """
    What a comparison of one root leaves out. An empty one compares everything.

    What a rule excludes outranks what another one replicates, and that outranks what is compared by records. `within`
    is where the root belongs in the study, as `data/` for a database that lies elsewhere: the rules are written from
    the study directory. Compared of an entry are kind, size, digest, link target, permission bits, owner and group by
    name, mtime to the nanosecond (not of links), hard links among themselves, access lists and extended attributes.
    Never compared are inode, device, ctime, atime, the size of a folder and how many links it has: they belong to the
    host.
    """

    rules: tuple[Rule, ...] = ()
    within: bytes = b""

    def excludes(self, path: bytes) -> bool:
        """Whether a path is left out of the comparison."""
        return bool(self._left_out.fullmatch(self._whole(path)))

    def omits(self, path: bytes) -> bool:
        """Whether a path is not even sent."""
        return bool(self._excluded.fullmatch(self._whole(path)))

    def takes_by_records(self, path: bytes) -> bool:
        """Whether a file may be compared by its records where the standby's server ran."""
        rule = self.rule(path)
        return rule is not None and rule.treatment is Treatment.BY_RECORDS

    def rule(self, path: bytes) -> Rule | None:
        """The rule that holds for a path, if there is one."""
        whole = self._whole(path)
        return next((rule for rule, fits in self._rules if fits.fullmatch(whole)), None)

    def reason(self, path: bytes) -> str:
        """Why a path is left out; empty where it is compared."""
        rule = self.rule(path)
        return rule.reason if rule and rule.treatment is not Treatment.BY_RECORDS else ""

    def touches(self, folder: bytes, names: bytes) -> bool:
        """Whether something in a folder is left out, so that it has to be looked at entry by entry."""
        prefix = b"" if folder in (b".", b"") else folder + b"/"
        whole = self.within + prefix
        if not any(head.startswith(whole) or whole.startswith(head) for head in self._heads):
            return False
        return any(self.excludes(prefix + name) for name in names.split(b"\0"))

    def _whole(self, path: bytes) -> bytes:
        """The path relative to the study directory."""
        if not self.within:
            return path
        return self.within.rstrip(b"/") if path == b"." else self.within + path

    @cached_property
    def _rules(self) -> tuple[tuple[Rule, re.Pattern[bytes]], ...]:
        ranked = sorted(self.rules, key=lambda rule: _RANKS.index(rule.treatment))
        return tuple((rule, re.compile(rule.expression, re.DOTALL)) for rule in ranked)

    @cached_property
    def _left_out(self) -> re.Pattern[bytes]:
        return _any_of(rule for rule in self.rules if rule.treatment is not Treatment.BY_RECORDS)

    @cached_property
    def _excluded(self) -> re.Pattern[bytes]:
        return _any_of(rule for rule in self.rules if rule.treatment is Treatment.EXCLUDE)

    @cached_property
    def _heads(self) -> tuple[bytes, ...]:
        return tuple(rule.head for rule in self.rules if rule.treatment is not Treatment.BY_RECORDS)


_RANKS = (Treatment.EXCLUDE, Treatment.REPLICATE, Treatment.BY_RECORDS)


def _any_of(rules: Iterable[Rule]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(rule.expression for rule in rules) or rb"(?!)", re.DOTALL)

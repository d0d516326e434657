"""
Findings of the native reports: one by one for people, and packed by the million.

A finding names its rule, the file, line number (from 1) and byte offset, and the key of the record where it has one.
`FindingTable` holds the findings of one file as bytes, so that a plate of which every record breaks a rule costs
29 bytes a finding; iterating makes `Finding` values one at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.rule import RULES, Rule

NO_KEY = Key(0, 0, 0)
"""Stands where a line has no key that can be read, and where a finding is about no record. No subject is 0."""

TEXTS_AT_MOST = 1_000
"""Findings of one table that quote what stands there; the others are located all the same."""

ROW = np.dtype(
    [("line", "<u4"), ("offset", "<u8"), ("rule", "u1"), ("plate", "<u4"), ("visit", "<u4"), ("subject", "<u8")]
)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that a report found.

    `file` is relative to the study directory; `line` 0 speaks of the whole file. `text` says or quotes more, in words
    that are the same on both sides.
    """

    file: bytes
    line: int
    offset: int
    rule: Rule
    key: Key
    text: str = ""

    def say(self) -> str:
        """One line for a person: the rule, the key, the place."""
        key = self.key
        whose = f" plate {key.plate} visit {key.visit} subject {key.subject}," if key != NO_KEY else ""
        where = self.file.decode("utf-8", "backslashreplace")
        where += f" line {self.line:,} at byte {self.offset:,}" if self.line else ""
        return f"{self.rule}:{whose} {where}{f': {self.text}' if self.text else ''}"


@dataclass(frozen=True, slots=True)
class FindingTable:
    """
    The findings of one file. `rows` are packed by `ROW`, in the order of lines and then of rules.

    `texts` go with the first findings, one each, and may be fewer than the findings.
    """

    file: bytes
    rows: bytes = b""
    texts: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows) // ROW.itemsize

    def __iter__(self) -> Iterator[Finding]:
        return map(self._at, range(len(self)))

    def _at(self, place: int) -> Finding:
        line, offset, rule, plate, visit, subject = self.array[place].tolist()
        text = self.texts[place] if place < len(self.texts) else ""
        return Finding(self.file, line, offset, RULES[rule], Key(subject, visit, plate), text)

    @property
    def array(self) -> NDArray[np.void]:
        """The rows as a structured array that cannot be written to."""
        return np.frombuffer(self.rows, ROW)

    @property
    def has_unknown_rule(self) -> bool:
        """Whether a row bears a number that stands for no rule of this release."""
        return bool((self.array["rule"] >= len(RULES)).any())

    def first(self, rule: int, number: int) -> list[Finding]:
        """The first findings of a rule, given its place in `RULES`."""
        if number <= 0:
            return []
        rows = np.flatnonzero(self.array["rule"] == rule)[:number].tolist()
        return [self._at(row) for row in rows]

    def counts(self) -> dict[Rule, int]:
        """How many findings each rule has, in the order of the rules; those with none are left out."""
        numbers = np.bincount(self.array["rule"], minlength=len(RULES))
        return {rule: int(number) for rule, number in zip(RULES, numbers, strict=True) if number}

    @classmethod
    def of(cls, file: bytes, findings: Iterable[Finding]) -> Self:
        """Pack findings of one file; they are put in order."""
        ordered = sorted(findings, key=_place)
        rows = np.array(
            [
                (each.line, each.offset, RULES.index(each.rule), each.key.plate, each.key.visit, each.key.subject)
                for each in ordered
            ],
            ROW,
        )
        return cls(file, rows.tobytes(), tuple(each.text for each in ordered[:TEXTS_AT_MOST]))


def _place(finding: Finding) -> tuple[int, int, int, tuple[int, int, int], str]:
    key = (finding.key.plate, finding.key.visit, finding.key.subject)
    return (finding.line, finding.offset, RULES.index(finding.rule), key, finding.text)

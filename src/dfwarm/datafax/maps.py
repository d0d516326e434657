"""
`lib/DFmissing_map` and `lib/DFqcproblem_map`: what codes in the data mean to this study.

Both are `code|label[|...]`, one code a line, blank lines mean nothing. Source: the DFtoolkit 2 and 3 sources.
A study without a missing map has the one code `*`.
"""

import re
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable

_PROBLEM_CODE = re.compile(rb"[0-9]{1,4}")


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a map, with the label that people see."""

    code: bytes
    label: bytes


MISSING_WITHOUT_MAP = (Code(b"*", b"Missing Value"),)


def parse_missing_map(text: bytes) -> tuple[Code, ...]:
    """Read `DFmissing_map`. Raises LineUnreadable for a line without a label, and for a code that comes twice."""
    return _parse("DFmissing_map", text)


def parse_problem_map(text: bytes) -> tuple[Code, ...]:
    """Read `DFqcproblem_map`. Raises LineUnreadable as well for a code that is no number."""
    return _parse("DFqcproblem_map", text, _PROBLEM_CODE)


def _parse(name: str, text: bytes, pattern: re.Pattern[bytes] = re.compile(rb"[^\0]+")) -> tuple[Code, ...]:
    found: dict[bytes, Code] = {}
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        code, bar, rest = line.rstrip(b"\r").partition(b"|")
        if not bar or not pattern.fullmatch(code) or code in found:
            raise LineUnreadable(name, line, number=number)
        found[code] = Code(code, rest.split(b"|")[0])
    return tuple(found.values())

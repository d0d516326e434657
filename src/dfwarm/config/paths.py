"""
Paths as the configuration may write them.

A blank or mistyped path has emptied disks before (an empty argument became the current folder, a blank remote became
`/`), so everything that a person would not write on purpose is refused.
"""

import re

from dfwarm.config.mistake import Refused
from dfwarm.manifest.policy import Rule
from dfwarm.terms import Treatment

_NOT_EXPANDED = "No shell reads this file: write the path out in full."
_BLOCKED_EXCLUSIONS = frozenset({"/data", "/pages", "/lib"})
_COMPARED = (
    *(b"data/plt001.dat", b"data/DFqc.dat", b"data/DFreason.dat", b"data/DFin.dat", b"data/2611.jnl"),
    *(b"pages/0842/0060002", b"pages_hd/0842/0060002", b"pages/0842/X0060002"),
    *(b"lib/DFsetup", b"lib/DFschema", b"ecsrc/DFedits", b"ecbin/a", b"dfschema/111115-163212"),
)


def absolute_path(text: str) -> bytes:
    """Read an absolute path; one slash at its end is dropped. Raises Refused."""
    _refuse_slips(text)
    if not text.startswith("/"):
        raise Refused("is not an absolute path", "Begin it with a slash.")
    trimmed = text.removesuffix("/")
    if not trimmed:
        raise Refused("is the root of the file system")
    _refuse_steps(trimmed.removeprefix("/"))
    return trimmed.encode()


def relative_glob(text: str) -> bytes:
    """Read a path or pattern below the DataFax folder. Raises Refused."""
    _refuse_slips(text)
    if text.startswith("/"):
        raise Refused("is an absolute path", "Write it relative to datafax_dir.")
    _refuse_steps(text)
    return text.encode()


def exclusion_path(text: str) -> bytes:
    """Read a path below a study, written with a slash at its beginning. Raises Refused."""
    path = absolute_path(text)
    if text.rstrip("/") in _BLOCKED_EXCLUSIONS:
        raise Refused("is what a standby is for", "Name the single file that each host has of its own.")
    if any(character in text for character in "*?["):
        raise Refused("is a pattern", "Name each path by itself, so that the record can say what was left out.")
    return path


def replicated_pattern(text: str) -> bytes:
    """Read a pattern for what comes along and is not compared. Raises Refused where it fits the data themselves."""
    pattern = _pattern(text)
    expression = re.compile(Rule(Treatment.REPLICATE, pattern, "").expression, re.DOTALL)
    if guarded := next((path for path in _COMPARED if expression.fullmatch(path)), b""):
        raise Refused(
            f"leaves out what a standby is for, as {guarded.decode()}", "Name what may differ as closely as you can."
        )
    return pattern


def records_pattern(text: str) -> bytes:
    """Read a pattern for files that may be compared by their records. Raises Refused outside the data."""
    pattern = _pattern(text)
    if not text.startswith("/data/") or "**" in text:
        raise Refused("names no files of records", "Write for example /data/*.dat.")
    return pattern


def _pattern(text: str) -> bytes:
    pattern = absolute_path(text)
    if any(character in text for character in "[]{}"):
        raise Refused("is not understood", "In a pattern only `*`, `**` and `?` mean more than themselves.")
    return pattern


def _refuse_slips(text: str) -> None:
    if not text.strip():
        raise Refused("is blank")
    if text != text.strip():
        raise Refused("begins or ends with a blank")
    if not text.isprintable():
        raise Refused("holds a control character")
    if text.startswith("~"):
        raise Refused("begins with a tilde", _NOT_EXPANDED)
    if any(character in text for character in "$`"):
        raise Refused("holds a variable that nobody expands", _NOT_EXPANDED)


def _refuse_steps(path: str) -> None:
    steps = path.split("/")
    if "" in steps:
        raise Refused("holds two slashes in a row, or one at its end")
    if any(step in {".", ".."} for step in steps):
        raise Refused("holds `.` or `..`", "Write where the folder really stands.")
    if any(step != step.strip() for step in steps):
        raise Refused("holds a name that begins or ends with a blank")

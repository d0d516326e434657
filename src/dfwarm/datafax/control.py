"""
Server control as a table of commands, one row a release, and the reading of what `query` says.

`{study}`, `{study_dir}` and `{datafax_dir}` are filled in. Grades: DFaccess.rpc and its options are the vendor's own
documentation (5.3 Programmer Guide); DFenable.rpc and DFdisable.rpc are in its table of contents; the name of the
stop command and the text of `-q` are not public, so both can be overridden and an unknown text means *unknown*.
"""

import re
from dataclasses import dataclass

from dfwarm.terms import Access

Argv = tuple[str, ...]

REASON = "dfwarm: warm standby cycle"
"""Why a study is disabled, as its users read it."""


@dataclass(frozen=True, slots=True)
class ControlCommands:
    """The commands of one release. An empty one does not exist there."""

    start: Argv
    stop: Argv
    enable: Argv
    disable: Argv
    query: Argv
    version: Argv
    restrict: Argv = ()
    read_only: Argv = ()
    inbound_off: Argv = ()
    inbound_on: Argv = ()
    inbound_query: Argv = ()


_ACCESS = ("DFaccess.rpc", "-s", "{study}")

_INBOUND = ("DFaccess.rpc", "-inbound")

COMMANDS: dict[str, ControlCommands] = {
    "4": ControlCommands(
        start=("DFbootstrap",),
        stop=("DFshutdown",),
        enable=("DFenable.rpc", "-s", "{study}"),
        disable=("DFdisable.rpc", "-s", "{study}", REASON),
        query=(),
        version=("DFversion",),
    ),
    "2014": ControlCommands(
        start=("DFbootstrap",),
        stop=("DFshutdown",),
        enable=(*_ACCESS, "-enable"),
        disable=(*_ACCESS, "-disable", REASON),
        query=(*_ACCESS, "-q"),
        version=("DFversion",),
        restrict=(*_ACCESS, "-restrict", REASON),
        read_only=(*_ACCESS, "-ro"),
        inbound_off=(*_INBOUND, "-disable", REASON),
        inbound_on=(*_INBOUND, "-enable"),
        inbound_query=(*_INBOUND, "-q"),
    ),
    "5": ControlCommands(
        start=("DFbootstrap",),
        stop=("DFshutdown",),
        enable=(*_ACCESS, "-enable"),
        disable=(*_ACCESS, "-disable", REASON),
        query=(*_ACCESS, "-q"),
        version=("DFversion",),
        restrict=(*_ACCESS, "-restrict", REASON),
        read_only=(*_ACCESS, "-ro"),
        inbound_off=(*_INBOUND, "-disable", REASON),
        inbound_on=(*_INBOUND, "-enable"),
        inbound_query=(*_INBOUND, "-q"),
    ),
}

VENDOR_REPORTS: tuple[tuple[str, Argv], ...] = (
    ("DFstatus", ("DFstatus", "{study}")),
    ("DF_ICimages", ("DF_ICimages", "{study}")),
    ("DF_ICqcs", ("DF_ICqcs", "{study}")),
    ("DF_ICrecords", ("DF_ICrecords", "{study}")),
)
"""The deck's four reports: executables in `bin` and `reports`, the study number first."""

_ACCESS_WORDS: tuple[tuple[re.Pattern[bytes], Access], ...] = (
    (re.compile(rb"\bdisabled\b"), Access.DISABLED),
    (re.compile(rb"\brestricted\b"), Access.RESTRICTED),
    (re.compile(rb"\bread[- ]only\b"), Access.READ_ONLY),
    (re.compile(rb"\benabled\b"), Access.ENABLED),
)
_DENIALS = re.compile(
    rb"\b(?:not|no|never|cannot|can't|unable|fail(?:ed|ure)?|error|denied|unknown|invalid|illegal|usage|refused)\b"
)


def read_access(text: bytes) -> Access:
    """
    Read what `query` says.

    The text's form is not public, so only a plain one is believed: words of ours before anything that denies or
    complains, and never both `enabled` and `disabled`. Everything else is UNKNOWN, which counts as active.
    """
    said = text.lower()
    words = [access for pattern, access in _ACCESS_WORDS if pattern.search(said)]
    if not words or _DENIALS.search(said) or {Access.ENABLED, Access.DISABLED} <= set(words):
        return Access.UNKNOWN
    return words[0]


def vendor_environment(datafax_dir: str, path: str) -> dict[str, str]:
    """The environment of a vendor's program. DFUSER stays unset: it would lend that user's permissions."""
    return {"DATAFAX_DIR": datafax_dir, "PATH": f"{datafax_dir}/bin:{datafax_dir}/reports:{path}"}

"""
`$DATAFAX_DIR/lib/DFstudies.db`: which studies a server has.

One `|`-delimited line a study: number, host, RPC program, RPC version, start command, candidate hosts, label. A host
that begins with `-` says that the study is disabled; the rest of it is the reason. Blank lines and lines that begin
with `#` say nothing. The start command names the study's `DFserver.cf` after `-c`. Source: the CPAN module
DataFax::StudyDB 0.11; later releases may add fields, so seven or more are accepted.
"""

import re
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable
from dfwarm.terms import StudyNumber

_FIELDS_AT_LEAST = 7
_CONF = re.compile(rb"\s-c\s+(\S+)")
_LIB = b"/lib/DFserver.cf"
_LOST = frozenset({b"", b".", b".."})


@dataclass(frozen=True, slots=True)
class Registration:
    """One study as a server knows it. `reason` is why it is disabled, empty where it is enabled."""

    number: StudyNumber
    host: bytes
    is_enabled: bool
    reason: bytes
    rpc_program: bytes
    rpc_version: bytes
    command: tuple[bytes, ...]
    server_conf: bytes
    study_dir: bytes
    candidates: bytes
    label: bytes


def parse_studies_db(text: bytes) -> tuple[Registration, ...]:
    """Read every line. Raises LineUnreadable with the number of a line that is not understood."""
    found: list[Registration] = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        stripped = line.rstrip(b"\r").strip()
        if not stripped or stripped.startswith(b"#"):
            continue
        registration = _parse_line(stripped, number)
        if any(registration.number == other.number for other in found):
            raise LineUnreadable("DFstudies.db", line, number=number)
        found.append(registration)
    return tuple(found)


def _parse_line(line: bytes, number: int) -> Registration:
    fields = line.split(b"|")
    if b"\0" in line or len(fields) < _FIELDS_AT_LEAST or not re.fullmatch(rb"0*[1-9][0-9]{0,2}", fields[0].strip()):
        raise LineUnreadable("DFstudies.db", line, number=number)
    confs = _CONF.findall(fields[4])
    if len(confs) != 1 or not _is_study_conf(confs[0]):
        raise LineUnreadable("DFstudies.db", line, number=number)
    is_disabled = fields[1].startswith(b"-")
    return Registration(
        number=StudyNumber(int(fields[0])),
        host=b"" if is_disabled else fields[1],
        is_enabled=not is_disabled,
        reason=fields[1][1:] if is_disabled else b"",
        rpc_program=fields[2],
        rpc_version=fields[3],
        command=tuple(fields[4].split()),
        server_conf=confs[0],
        study_dir=confs[0].removesuffix(_LIB),
        candidates=fields[5],
        label=fields[6],
    )


def _is_study_conf(path: bytes) -> bool:
    """Whether a path is `/STUDY_DIR/lib/DFserver.cf`, with a study directory that is one and not the whole disk."""
    if not path.startswith(b"/") or not path.endswith(_LIB):
        return False
    components = path.removesuffix(_LIB).split(b"/")[1:]
    return bool(components) and not _LOST.intersection(components)

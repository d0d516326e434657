"""Whose word counts for what is between statements."""

from dataclasses import dataclass, field

from dfwarm.evidence.note import NoteKey
from dfwarm.evidence.token import Authorities


@dataclass(frozen=True, slots=True)
class LogTrust:
    """Whose word about a log counts: the log's own keys, witnesses, and authorities for time. It comes from outside."""

    keys: tuple[NoteKey, ...]
    witnesses: tuple[bytes, ...] = ()
    authorities: Authorities = field(default_factory=Authorities)

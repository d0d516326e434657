"""
The user database as `DFuserdb -export` prints it: who may work, and how many roles and permissions there are.

One `|`-delimited line a record; the second field is the kind of record, of a `USER` the fourth is the login. Source:
a public toolkit that reads these lines. The other fields are not public and may hold secrets, so nothing of them is
kept but a digest, and of a user nothing but the login.
"""

import hashlib
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable
from dfwarm.spelling import spell

USER = "USER"
_LOGIN = 3


@dataclass(frozen=True, slots=True)
class RecordKind:
    """The records of one kind other than USER: a digest each, sorted, without the first field."""

    name: str
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UserDatabase:
    """The logins, sorted, and the other kinds of records."""

    logins: tuple[str, ...]
    kinds: tuple[RecordKind, ...]


def parse_users(text: bytes) -> UserDatabase:
    """Read every line. Raises LineUnreadable with its number, and never with its content: it may hold a secret."""
    logins: set[str] = set()
    kinds: dict[str, list[str]] = {}
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip() or line.startswith(b"#"):
            continue
        fields = line.rstrip(b"\r").split(b"|")
        kind = spell(fields[1].strip()) if len(fields) > 1 else ""
        if not kind or (kind == USER and (len(fields) <= _LOGIN or not fields[_LOGIN].strip())):
            raise LineUnreadable("DFuserdb -export", b"(%d fields)" % len(fields), number=number)
        if kind == USER:
            logins.add(spell(fields[_LOGIN].strip()))
        else:
            kinds.setdefault(kind, []).append(hashlib.sha256(b"|".join(fields[1:])).hexdigest()[:16])
    found = tuple(RecordKind(name, tuple(sorted(digests))) for name, digests in sorted(kinds.items()))
    return UserDatabase(tuple(sorted(logins)), found)

"""
The keys that open a host's gate, as its authorized_keys file has them.

Format: sshd(8), AUTHORIZED_KEYS FILE FORMAT: options (comma separated, values in double quotes, with a backslash
before a quote inside), then the kind of key, the key in base64, a comment.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.errors import LineUnreadable
from dfwarm.terms import Side

_KIND = re.compile(rb"(?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+")
_OPTION = re.compile(rb'([A-Za-z0-9-]+)(?:="((?:[^"\\]|\\.)*)")?(,|[ \t]+)')
_OURS = b"dfwarm"


class KeyFunction(StrEnum):
    """What a key may do at a gate: the verbs, to be read from, to be written to, or all that the side allows."""

    CONTROL = "control"
    PULL = "pull"
    PUSH = "push"
    ALL = "all"

    @classmethod
    def of_transfer(cls, side: Side) -> "KeyFunction":
        """What a transfer is to a side: production is read, the standby is written to."""
        return cls.PULL if side is Side.PRODUCTION else cls.PUSH


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A line of authorized_keys: its number, its key, its options by name, and the digest of the whole line."""

    number: int
    fingerprint: str
    sha256: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Doors:
    """
    How a host's gate is reached and what it keeps of that.

    `lines` are those that name dfwarm, and every other line with the same key. `problem` says why the file could not
    be read, `log_problem` why the log of calls cannot be written.
    """

    path: str
    lines: tuple[KeyLine, ...]
    problem: str
    log: str
    log_problem: str


def our_lines(content: bytes) -> tuple[KeyLine, ...]:
    """The lines that let dfwarm in. Raises LineUnreadable with its number where a line is not understood."""
    lines = [(line, _read(line, number)) for number, line in enumerate(content.splitlines(), 1) if _says(line)]
    ours = {read.fingerprint for line, read in lines if _OURS in line}
    return tuple(read for _, read in lines if read.fingerprint in ours)


def line_digest(line: bytes) -> str:
    """The digest by which a line is compared."""
    return hashlib.sha256(line.strip()).hexdigest()


def key_fingerprint(public: bytes) -> str:
    """The fingerprint of a public key file's line, as ssh-keygen prints it. Raises LineUnreadable."""
    return _read(public, 1).fingerprint


def _says(line: bytes) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(b"#")


def _read(line: bytes, number: int) -> KeyLine:
    rest, options = line.strip(), []
    while not _KIND.match(rest):
        option = _OPTION.match(rest)
        if option is None:
            raise LineUnreadable("authorized_keys", line, number=number)
        options.append(option[1].decode("ascii").lower())
        rest = rest[option.end() :].lstrip() if option[3] != b"," else rest[option.end() :]
    fields = rest.split(None, 2)
    try:
        blob = base64.b64decode(fields[1], validate=True)
    except (ValueError, IndexError, binascii.Error) as error:
        raise LineUnreadable("authorized_keys", line, number=number) from error
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return KeyLine(number, f"SHA256:{digest}", line_digest(line), tuple(options))

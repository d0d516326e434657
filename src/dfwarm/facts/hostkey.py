"""
The pinned host keys of a known_hosts file.

Format: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT. Names may be hashed (`|1|salt|hash`, HMAC-SHA1), hold wildcards, or
begin with `!`; a port other than 22 is written `[host]:port`.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from fnmatch import translate

from dfwarm.errors import LineUnreadable

_MARKS = frozenset({b"@revoked", b"@cert-authority"})


@dataclass(frozen=True, slots=True)
class PinnedKey:
    """A key that is pinned for a host, with its fingerprint as ssh-keygen prints it."""

    kind: str
    fingerprint: str
    is_revoked: bool


def pinned_keys(text: bytes, host: str, port: int) -> tuple[PinnedKey, ...]:
    """The keys that a known_hosts file holds for a host. Raises LineUnreadable with its number."""
    name = (host if port == 22 else f"[{host}]:{port}").lower().encode()
    found: list[PinnedKey] = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or fields[0].startswith(b"#"):
            continue
        mark = fields.pop(0) if fields[0].startswith(b"@") else b""
        if len(fields) < 3 or (mark and mark not in _MARKS):
            raise LineUnreadable("known_hosts", line, number=number)
        if _means(fields[0], name):
            kind = fields[1].decode("ascii", "replace")
            found.append(PinnedKey(kind, _fingerprint(fields[2], line, number), mark == b"@revoked"))
    return tuple(found)


def _means(names: bytes, name: bytes) -> bool:
    patterns = names.lower().split(b",") if not names.startswith(b"|") else [names]
    if any(pattern.startswith(b"!") and _matches(pattern[1:], name) for pattern in patterns):
        return False
    return any(_matches(pattern, name) for pattern in patterns)


def _matches(pattern: bytes, name: bytes) -> bool:
    if not pattern.startswith(b"|1|"):
        glob = pattern.replace(b"[", b"[[]").decode("latin-1")
        return re.fullmatch(translate(glob), name.decode("latin-1")) is not None
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in pattern[3:].split(b"|"))
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(salt, name, hashlib.sha1).digest(), digest)


def _fingerprint(key: bytes, line: bytes, number: int) -> str:
    try:
        blob = base64.b64decode(key, validate=True)
    except (ValueError, binascii.Error) as error:
        raise LineUnreadable("known_hosts", line, number=number) from error
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")

"""
Revoked keys in OpenSSH's own form (PROTOCOL.krl), as `ssh-keygen -k` writes and `ssh-keygen -Y verify -r` reads it.

Of its sections dfwarm writes and reads the plain lists of keys and of their SHA-256 fingerprints. Another section
would revoke something that is not understood here, so it is refused.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dfwarm.errors import LineUnreadable
from dfwarm.evidence.sshsig import pack, unpack

_MAGIC = b"SSHKRL\n\0"
_VERSION = 1
_HEADER_BYTES = 44
_EXPLICIT_KEY, _FINGERPRINT_SHA256 = 2, 5


@dataclass(frozen=True, slots=True)
class RevokedKeys:
    """The keys of a list, and the SHA-256 of further ones."""

    keys: frozenset[bytes] = frozenset()
    digests: frozenset[bytes] = frozenset()

    def holds(self, key: bytes) -> bool:
        """Whether a key is revoked."""
        return key in self.keys or hashlib.sha256(key).digest() in self.digests


def render_krl(keys: frozenset[bytes], number: int, written_at: datetime) -> bytes:
    """Write the list of revoked keys. `number` grows with every list."""
    section = b"".join(map(pack, sorted(keys)))
    return b"".join(
        (
            _MAGIC,
            _VERSION.to_bytes(4, "big"),
            number.to_bytes(8, "big"),
            int(written_at.timestamp()).to_bytes(8, "big"),
            bytes(8),
            pack(b""),
            pack(b"revoked by dfwarm"),
            bytes((_EXPLICIT_KEY,)) + pack(section) if keys else b"",
        )
    )


def parse_krl(content: bytes) -> RevokedKeys:
    """Read a list of revoked keys. Raises LineUnreadable."""
    if not content.startswith(_MAGIC + _VERSION.to_bytes(4, "big")):
        raise LineUnreadable("list of revoked keys", content[:40])
    try:
        _, rest = unpack(content[36:])
        _, rest = unpack(rest)
        found = list(_sections(rest))
    except ValueError as error:
        raise LineUnreadable("list of revoked keys", content[:_HEADER_BYTES]) from error
    return RevokedKeys(
        frozenset(key for kind, keys in found for key in keys if kind == _EXPLICIT_KEY),
        frozenset(key for kind, keys in found for key in keys if kind == _FINGERPRINT_SHA256),
    )


def _sections(rest: bytes) -> Iterator[tuple[int, list[bytes]]]:
    while rest:
        kind = rest[0]
        if kind not in (_EXPLICIT_KEY, _FINGERPRINT_SHA256):
            raise ValueError(f"section {kind} is not known")
        section, rest = unpack(rest[1:])
        keys: list[bytes] = []
        while section:
            key, section = unpack(section)
            keys.append(key)
        yield kind, keys

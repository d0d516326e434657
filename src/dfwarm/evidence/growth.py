"""
A proof as a file of its own that a log only grew: it begins with what it was at an older checkpoint.

The text holds both checkpoints as they were signed, and the hashes between their roots (RFC 9162, 2.1.4).
"""

import base64
import binascii
import re
from dataclasses import dataclass

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.merkle import HASH_BYTES, check_consistency
from dfwarm.evidence.note import NoteKey, parse_note
from dfwarm.evidence.vouching import read_checkpoint

_HEADER = "dfwarm-growth-proof/1"
_HASH = re.compile(r"[A-Za-z0-9+/]{43}=")
_LARGEST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class GrowthProof:
    """The hashes of the proof between two signed checkpoints of one log."""

    hashes: tuple[bytes, ...]
    older: bytes
    newer: bytes

    def encode(self) -> bytes:
        """The proof as a file: header and hashes, a blank line, the older checkpoint, a blank line, the newer one."""
        head = "".join(f"{line}\n" for line in (_HEADER, *(base64.b64encode(each).decode() for each in self.hashes)))
        return b"\n".join((head.encode(), self.older, self.newer))


def parse_growth_proof(content: bytes) -> GrowthProof:
    """Read a proof. Raises HistoryBroken."""
    parts = content.split(b"\n\n")
    head = parts[0].decode("utf-8", "replace").split("\n")
    if len(content) > _LARGEST_BYTES or len(parts) != 5 or head[0] != _HEADER:
        raise HistoryBroken("not a proof that a log grew")
    hashes = tuple(map(_read_hash, head[1:]))
    older, newer = (b"\n\n".join(parts[place : place + 2]) for place in (1, 3))
    proof = GrowthProof(hashes, older + b"\n", newer)
    if proof.encode() != content:
        raise HistoryBroken("the proof that a log grew is not in the form in which it is written")
    return proof


def check_growth_proof(proof: GrowthProof, keys: tuple[NoteKey, ...]) -> str:
    """Raise HistoryBroken unless trusted keys vouch for both ends and the log only grew. Says what it showed."""
    origin = parse_note(proof.newer).text.partition("\n")[0]
    older, newer = (read_checkpoint(each, origin, keys) for each in (proof.older, proof.newer))
    check_consistency(older.size, older.root, newer.size, newer.root, proof.hashes)
    return f"{origin} with {newer.size} leaves begins with what it was with {older.size}"


def _read_hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True) if _HASH.fullmatch(line) else b""
    except binascii.Error:
        found = b""
    if len(found) != HASH_BYTES:
        raise HistoryBroken(f"a hash of the proof is no SHA-256: {line[:80]!r}")
    return found

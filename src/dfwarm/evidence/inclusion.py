"""A proof as a file of its own (C2SP tlog-proof v1): this statement is in that log, checkable offline and alone."""

import base64
import binascii
import re
from dataclasses import dataclass

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.leaf import Leaf
from dfwarm.evidence.merkle import HASH_BYTES, check_inclusion
from dfwarm.evidence.note import NoteKey, parse_note
from dfwarm.evidence.vouching import check_note

_HEADER = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,17})")


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """The leaf itself in `extra`, its place, the hashes up to the root, and the signed checkpoint as it lies there."""

    extra: bytes
    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        """The proof as a file."""
        extra = (f"extra {base64.b64encode(self.extra).decode()}",) if self.extra else ()
        hashes = (base64.b64encode(step).decode() for step in self.hashes)
        return "\n".join((_HEADER, *extra, f"index {self.index}", *hashes, "", "")).encode() + self.checkpoint


def parse_proof(content: bytes) -> InclusionProof:
    """Read a proof. Raises HistoryBroken."""
    head, _, checkpoint = content.partition(b"\n\n")
    first, *lines = head.decode("utf-8", "replace").split("\n")
    extra = _decode(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else b""
    match = _INDEX.fullmatch(lines[0]) if lines else None
    if first != _HEADER or not match:
        raise HistoryBroken("not a proof of inclusion in a log")
    hashes = tuple(map(_decode, lines[1:]))
    if any(len(step) != HASH_BYTES for step in hashes):
        raise HistoryBroken("a hash of the proof is no SHA-256")
    return InclusionProof(extra, int(match[1]), hashes, checkpoint)


def check_proof(proof: InclusionProof, leaf: Leaf, key: NoteKey) -> Checkpoint:
    """Raise HistoryBroken unless the log's own key vouches that the leaf is in it. Returns the checkpoint."""
    note = parse_note(proof.checkpoint)
    check_note(note, key)
    found = Checkpoint.parse(note.text)
    check_inclusion(leaf.hash, proof.index, found.size, proof.hashes, found.root)
    return found


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise HistoryBroken(f"not base64: {text[:80]!r}") from error

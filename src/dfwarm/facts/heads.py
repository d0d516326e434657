"""What the first bytes of files say: of which kind they are, and whether they look encrypted."""

import math
from collections import Counter
from dataclasses import dataclass

from dfwarm.datafax.image import ImageKind, image_kind

SAMPLE_BYTES = 4096
LEAST_SAMPLE = 512
"""A shorter beginning says too little of a file's entropy."""

ENCRYPTED_MILLIBITS = 7_200
"""Entropy of a sample, in thousandths of a bit a byte, from which on nothing but compressed or encrypted bytes are."""

JUMP_MILLIBITS = 1_000

_ATTACHMENTS = (
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b", b"GIF8", b"RIFF", b"II*\0", b"MM\0*", b"ID3",
    b"OggS", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BM", b"{\\rtf", b"\0\0\x01\xba", b"\0\0\0\x0cjP  ",
)  # fmt: skip
"""How archives, office files, pictures and recordings begin that are attached to CRFs."""

_AT = ((4, b"ftyp"), (128, b"DICM"))


@dataclass(frozen=True, slots=True)
class Head:
    """
    The beginning of one file.

    `kind` is that of its first bytes, `entropy_milli` in thousandths of a bit a byte, -1 where too little was there.
    `problem` says why it could not be read.
    """

    path: bytes
    kind: str
    entropy_milli: int
    problem: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it begins as some known kind of file does."""
        return not self.problem and self.kind not in (ImageKind.UNKNOWN.value, ImageKind.EMPTY.value)

    @property
    def looks_encrypted(self) -> bool:
        """Whether it is of no known kind, and its bytes are as good as random."""
        return not self.problem and not self.is_known and self.entropy_milli >= ENCRYPTED_MILLIBITS


@dataclass(frozen=True, slots=True)
class Heads:
    """The files that were asked for, in that order."""

    heads: tuple[Head, ...]


def read_head(path: bytes, sample: bytes) -> Head:
    """Read the beginning of a file."""
    return Head(path, _kind(sample), entropy_milli(sample))


def entropy_milli(sample: bytes) -> int:
    """Shannon's entropy of a sample in thousandths of a bit a byte; -1 where it is too short to say."""
    if len(sample) < LEAST_SAMPLE:
        return -1
    shares = (count / len(sample) for count in Counter(sample).values())
    return round(-1000 * sum(share * math.log2(share) for share in shares))


def is_garbled(before: Head, now: Head) -> bool:
    """Whether a file that was of a known kind is of none any more, or its entropy jumped to that of random bytes."""
    if before.problem or now.problem or now.is_known:
        return False
    jumped = before.entropy_milli >= 0 and now.entropy_milli - before.entropy_milli >= JUMP_MILLIBITS
    return before.is_known or (jumped and now.looks_encrypted)


def _kind(sample: bytes) -> str:
    kind = image_kind(sample)
    is_attachment = sample.startswith(_ATTACHMENTS) or any(sample.startswith(magic, at) for at, magic in _AT)
    return "attachment" if kind is ImageKind.UNKNOWN and is_attachment else kind.value

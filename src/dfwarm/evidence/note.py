"""
Signed notes (C2SP signed-note v1): a text, and below it a line for each signature.

A key is known by its name and four bytes of a digest; lines of keys that nobody asked for are left standing. Standard
library only: the standby's gate writes with it the checkpoint that it cosigns. Whether a signature holds is asked in
`vouching`.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Protocol, Self

from dfwarm.errors import HistoryBroken

ED25519 = 1
_KEY_BYTES, _ID_BYTES = 32, 4
_SIGNATURES_AT_MOST = 100
_DASH = "\u2014"
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(rf"{_DASH} ([^\s+]+) ([A-Za-z0-9+/]+={{0,2}})")


@dataclass(frozen=True, slots=True)
class NoteKey:
    """The public half of a key that signs notes: `name+id+key`."""

    name: str
    public: bytes

    @property
    def identity(self) -> bytes:
        """The first four bytes of the SHA-256 of name, newline, algorithm and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([ED25519]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([ED25519]) + self.public).decode()
        return f"{self.name}+{self.identity.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+id+key`. Raises HistoryBroken."""
        name, _, rest = text.partition("+")
        identity, _, material = rest.partition("+")
        public = _decode(material)
        if not _NAME.fullmatch(name) or public[:1] != bytes([ED25519]) or len(public) != 1 + _KEY_BYTES:
            raise HistoryBroken(f"not a key for notes: {text[:80]!r}")
        key = cls(name, public[1:])
        if key.identity.hex() != identity:
            raise HistoryBroken(f"the key of {name} is not the one that its identity names")
        return key


class NoteSigner(Protocol):
    """Whoever can sign a note."""

    @property
    def key(self) -> NoteKey:
        """The public half."""

    def sign(self, text: bytes) -> bytes:
        """The signature of a text."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One line below a note."""

    name: str
    identity: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH} {self.name} {base64.b64encode(self.identity + self.signature).decode()}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, with its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def encode(self) -> bytes:
        """The note as a file."""
        return "".join((self.text, "\n", *(f"{line}\n" for line in self.signatures))).encode()


def parse_note(content: bytes) -> Note:
    """Read a note. Raises HistoryBroken where it is none."""
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        raise HistoryBroken("the note is not UTF-8") from error
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not below.endswith("\n") or any(ord(sign) < 0x20 and sign != "\n" for sign in whole):
        raise HistoryBroken("not a signed note: there is no text with signatures below it")
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > _SIGNATURES_AT_MOST:
        raise HistoryBroken(f"the note has {len(lines)} signatures, which nobody means")
    return Note(text + "\n", tuple(map(_read_line, lines)))


def sign_note(text: str, signer: NoteSigner) -> Note:
    """Sign a text."""
    return Note(text, (NoteSignature(signer.key.name, signer.key.identity, signer.sign(text.encode())),))


def _read_line(line: str) -> NoteSignature:
    match = _LINE.fullmatch(line)
    signed = _decode(match[2]) if match else b""
    if not match or len(signed) <= _ID_BYTES:
        raise HistoryBroken(f"not a signature line of a note: {line[:80]!r}")
    return NoteSignature(match[1], signed[:_ID_BYTES], signed[_ID_BYTES:])


def _decode(text: str) -> bytes:
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return decoded if base64.b64encode(decoded).decode() == text else b""

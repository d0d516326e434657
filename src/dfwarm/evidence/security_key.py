"""
Signatures of FIDO security keys as OpenSSH writes them (PROTOCOL.u2f), and what the key says of its owner.

ssh-keygen accepts such a signature whether or not somebody touched the key or gave its PIN. We do not: the flags say
that a person was there (UP), proved who it is (UV), and that the key cannot be copied to another device (BE, BS).
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from dfwarm.errors import ReviewRefused
from dfwarm.evidence.sshsig import SshSignature, unpack

ED25519 = b"sk-ssh-ed25519@openssh.com"
ECDSA = b"sk-ecdsa-sha2-nistp256@openssh.com"
PRESENT, VERIFIED, COPYABLE, COPIED = 0x01, 0x04, 0x08, 0x10

_KNOWN = PRESENT | VERIFIED | COPYABLE | COPIED


@dataclass(frozen=True, slots=True)
class Touch:
    """What a security key says of one signature: its flags, and how many it has made."""

    flags: int
    counter: int

    def refuse(self) -> None:
        """Raise ReviewRefused unless a person was there, proved who it is, and the key stays in its device."""
        if not self.flags & PRESENT:
            raise ReviewRefused("nobody touched the security key (flag UP is not set)")
        if not self.flags & VERIFIED:
            raise ReviewRefused("the security key was not given its PIN (flag UV is not set)")
        if self.flags & (COPYABLE | COPIED):
            raise ReviewRefused("the key can be copied to other devices (flag BE or BS is set), so it names nobody")
        if self.flags & ~_KNOWN:
            raise ReviewRefused(f"the security key set flags that are not known: {self.flags:#04x}")


def is_security_key(key: bytes) -> bool:
    """Whether a public key in OpenSSH's own form is one of a security key."""
    return unpack(key)[0] in (ED25519, ECDSA)


def check_security_key(armored: bytes, signature: SshSignature, signed: bytes) -> Touch:
    """Hold the signature of a security key against what it has to be of. Raises ReviewRefused."""
    try:
        touch = _read_touch(armored)
        kind, rest = unpack(signature.key)
        _refuse(signature.algorithm != kind, "its algorithm is not that of its key")
        if kind == ED25519:
            _check_ed25519(rest, signature.raw, touch, signed)
        else:
            _check_ecdsa(rest, signature.raw, touch, signed)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        raise ReviewRefused(f"signature is not one of these bytes by its key: {error}") from error
    return touch


def _check_ed25519(rest: bytes, raw: bytes, touch: Touch, signed: bytes) -> None:
    public, rest = unpack(rest)
    application, rest = unpack(rest)
    _refuse(rest, "its key has parts that are not known")
    Ed25519PublicKey.from_public_bytes(public).verify(raw, _challenge(application, touch, signed))


def _check_ecdsa(rest: bytes, raw: bytes, touch: Touch, signed: bytes) -> None:
    curve, rest = unpack(rest)
    point, rest = unpack(rest)
    application, rest = unpack(rest)
    _refuse(rest or curve != b"nistp256", "its key has parts that are not known")
    first, tail = unpack(raw)
    second, tail = unpack(tail)
    _refuse(tail, "it has parts that are not known")
    numbers = encode_dss_signature(int.from_bytes(first, "big"), int.from_bytes(second, "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(numbers, _challenge(application, touch, signed), ec.ECDSA(hashes.SHA256()))


def _challenge(application: bytes, touch: Touch, signed: bytes) -> bytes:
    flags = bytes((touch.flags,)) + touch.counter.to_bytes(4, "big")
    return hashlib.sha256(application).digest() + flags + hashlib.sha256(signed).digest()


def _read_touch(armored: bytes) -> Touch:
    """Flags and counter: the last five bytes of the innermost signature."""
    blob = base64.b64decode(b"".join(armored.split(b"\n")[1:-2]), validate=True)
    rest = blob[10:]
    for _ in range(4):
        _, rest = unpack(rest)
    signature, _ = unpack(rest)
    _, tail = unpack(signature)
    _, tail = unpack(tail)
    _refuse(len(tail) != 5, "it does not end with flags and a counter")
    return Touch(tail[0], int.from_bytes(tail[1:], "big"))


def _refuse(fault: object, says: str) -> None:
    if fault:
        raise ValueError(says)

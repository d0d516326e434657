"""
Signatures as OpenSSH writes them (PROTOCOL.sshsig): a key, a namespace, and a signature over the digest of a message.

Byte for byte what `ssh-keygen -Y sign` writes with the same Ed25519 key, so that `ssh-keygen -Y verify` reads them.
Keys behind an agent may be ECDSA or RSA too.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from dfwarm.errors import BundleRefused

EVIDENCE_NAMESPACE = "evidence@dfwarm"
RENDERING_NAMESPACE = "rendering@dfwarm"
ROLL_OVER_NAMESPACE = "roll-over@dfwarm"
ED25519 = b"ssh-ed25519"
LARGEST_BYTES = 1 << 16

_MAGIC = b"SSHSIG"
_VERSION = 1
_HASH = b"sha512"
_HASHES = {b"sha512": hashlib.sha512, b"sha256": hashlib.sha256}
_CURVE_HASHES: dict[bytes, hashes.HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": hashes.SHA256(),
    b"ecdsa-sha2-nistp384": hashes.SHA384(),
}
_RSA_HASHES: dict[bytes, hashes.HashAlgorithm] = {b"rsa-sha2-512": hashes.SHA512(), b"rsa-sha2-256": hashes.SHA256()}
_SMALLEST_RSA = 2048
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_COLUMNS = 70


@dataclass(frozen=True, slots=True)
class SshSignature:
    """A signature taken apart. `key` is the public key in OpenSSH's own form, `raw` what its algorithm gave."""

    key: bytes
    namespace: str
    hash: bytes
    algorithm: bytes
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key, as `ssh-keygen -l` prints it."""
        return fingerprint(self.key)


def fingerprint(key: bytes) -> str:
    """The fingerprint of a public key in OpenSSH's own form."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def seals_with(key: bytes) -> bool:
    """Whether signatures of a key can be verified here: Ed25519, ECDSA over P-256 or P-384, RSA from 2048 bits on."""
    key_type, _ = unpack(key)
    try:
        found = load_ssh_public_key(key_type + b" " + base64.b64encode(key))
    except (ValueError, UnsupportedAlgorithm):
        return False
    is_curve = isinstance(found, ec.EllipticCurvePublicKey) and key_type in _CURVE_HASHES
    is_rsa = isinstance(found, rsa.RSAPublicKey) and found.key_size >= _SMALLEST_RSA
    return isinstance(found, Ed25519PublicKey) or is_curve or is_rsa


def to_be_signed(namespace: str, message: bytes) -> bytes:
    """The bytes that the key signs for a message."""
    return _signed_bytes(namespace.encode(), _HASH, hashlib.sha512(message).digest())


def armor(key: bytes, namespace: str, signature: bytes) -> bytes:
    """Write what a key made of `to_be_signed`, its algorithm before it, as the text that OpenSSH reads."""
    parts = (key, namespace.encode(), b"", _HASH, signature)
    blob = _MAGIC + _VERSION.to_bytes(4, "big") + b"".join(map(pack, parts))
    text = base64.b64encode(blob)
    lines = [text[place : place + _COLUMNS] for place in range(0, len(text), _COLUMNS)]
    return b"\n".join((_BEGIN, *lines, _END, b""))


def parse_signature(text: bytes) -> SshSignature:
    """Read a signature. Raises BundleRefused; bytes that OpenSSH would not have written so are no signature."""
    if len(text) > LARGEST_BYTES:
        raise BundleRefused("signature is longer than any SSH signature")
    lines = text.split(b"\n")
    if lines[0] != _BEGIN or lines[-2:] != [_END, b""]:
        raise BundleRefused("signature is no SSH signature: its first or last line is another one")
    try:
        blob = base64.b64decode(b"".join(lines[1:-2]), validate=True)
        found = _parse_blob(blob)
    except (binascii.Error, ValueError) as error:
        raise BundleRefused(f"signature is no SSH signature: {error}") from error
    return found


def check_signature(signature: SshSignature, message: bytes, namespace: str) -> None:
    """Hold a signature against the message and the namespace that it has to be for. Raises BundleRefused."""
    if signature.namespace != namespace:
        raise BundleRefused(f"signature is for {signature.namespace!r}, not for {namespace!r}")
    digest = _HASHES[signature.hash](message).digest()
    try:
        _verify(signature, _signed_bytes(namespace.encode(), signature.hash, digest))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError) as error:
        raise BundleRefused("signature is not one of these bytes by its key") from error


def _verify(signature: SshSignature, signed: bytes) -> None:
    key_type, _ = unpack(signature.key)
    key = load_ssh_public_key(key_type + b" " + base64.b64encode(signature.key))
    match key, signature.algorithm:
        case Ed25519PublicKey(), b"ssh-ed25519":
            key.verify(signature.raw, signed)
        case ec.EllipticCurvePublicKey(), b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" if (
            signature.algorithm == key_type
        ):
            first, rest = unpack(signature.raw)
            second, _ = unpack(rest)
            numbers = (int.from_bytes(first, "big"), int.from_bytes(second, "big"))
            key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(_CURVE_HASHES[key_type]))
        case rsa.RSAPublicKey(), b"rsa-sha2-512" | b"rsa-sha2-256" if key.key_size >= _SMALLEST_RSA:
            key.verify(signature.raw, signed, padding.PKCS1v15(), _RSA_HASHES[signature.algorithm])
        case _:
            raise ValueError(f"a key of type {key_type!r}")


def pack(value: bytes) -> bytes:
    """A string as SSH writes it: its length in four bytes, big end first, and itself."""
    return len(value).to_bytes(4, "big") + value


def unpack(blob: bytes) -> tuple[bytes, bytes]:
    """Take the first string off. Raises ValueError where it is cut short."""
    length = int.from_bytes(blob[:4], "big")
    if len(blob) < 4 + length:
        raise ValueError("a string in it is cut short")
    return blob[4 : 4 + length], blob[4 + length :]


def _signed_bytes(namespace: bytes, hash_name: bytes, digest: bytes) -> bytes:
    return _MAGIC + b"".join(map(pack, (namespace, b"", hash_name, digest)))


def _parse_blob(blob: bytes) -> SshSignature:
    if blob[:10] != _MAGIC + _VERSION.to_bytes(4, "big"):
        raise ValueError("it is of another version")
    key, rest = unpack(blob[10:])
    namespace, rest = unpack(rest)
    reserved, rest = unpack(rest)
    hash_name, rest = unpack(rest)
    signature, rest = unpack(rest)
    if rest or reserved or hash_name not in _HASHES:
        raise ValueError("it has parts that are not known")
    algorithm, signature = unpack(signature)
    raw, rest = unpack(signature)
    if rest and not algorithm.startswith(b"sk-"):
        raise ValueError("it has parts that are not known")
    _refuse_other_keys(key)
    return SshSignature(key, namespace.decode(), hash_name, algorithm, raw)


def _refuse_other_keys(key: bytes) -> None:
    """A key is a type and at least one string; an Ed25519 key is nothing else."""
    key_type, rest = unpack(key)
    _, rest = unpack(rest)
    if key_type == ED25519 and rest:
        raise ValueError("its key has parts that are not known")

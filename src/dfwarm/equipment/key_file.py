"""Make an evidence key in a file: OpenSSH's own form, for its owner alone, its public half beside it."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.signer import HeldKey
from dfwarm.errors import KeyUnusable


def make_key_file(path: Path, comment: str) -> HeldKey:
    """Make a new key. A key that is there already is never overwritten. Raises KeyUnusable."""
    if path.exists():
        raise KeyUnusable(f"there is a key in {path} already", hint="`dfwarm keys rotate` makes a new one.")
    private = Ed25519PrivateKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_key(path, private, comment)
    except OSError as error:
        raise KeyUnusable(f"evidence key {path} cannot be written: {error.strerror}") from error
    return HeldKey(private)


def write_key(path: Path, private: Ed25519PrivateKey, comment: str) -> None:
    """Write both halves of a key in place of what is there."""
    held = HeldKey(private)
    text = b"ssh-ed25519 " + base64.b64encode(held.key) + f" {comment}\n".encode()
    write_durably(path, private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    write_durably(path.with_name(f"{path.name}.pub"), text)

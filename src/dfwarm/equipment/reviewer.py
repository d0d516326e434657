"""The reviewer's own key: a security key that wants a touch and a PIN, or a file. OpenSSH asks the person for both."""

import base64
import binascii
from pathlib import Path

from dfwarm.equipment.process import run_attended
from dfwarm.errors import ReviewRefused
from dfwarm.evidence.review import NAMESPACE
from dfwarm.evidence.sshsig import unpack

PATIENCE_SECONDS = 300


def sign_in_person(key: Path, text: bytes) -> bytes:
    """Have a person sign with a key of hers. Raises ReviewRefused where OpenSSH did not sign."""
    status, armored = run_attended(
        ("ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE), stdin=text, deadline_seconds=PATIENCE_SECONDS
    )
    if status or not armored:
        raise ReviewRefused(f"ssh-keygen did not sign with {key} (status {status})")
    return armored


def read_public_key(path: Path) -> bytes:
    """Read a public key as `ssh-keygen` wrote it, in OpenSSH's own form. Raises ReviewRefused."""
    try:
        kind, text = path.read_text().split()[:2]
        key = base64.b64decode(text, validate=True)
        is_key = unpack(key)[0] == kind.encode()
    except (OSError, ValueError, binascii.Error) as error:
        raise ReviewRefused(f"public key {path} cannot be read: {error}") from error
    if not is_key:
        raise ReviewRefused(f"public key {path} is none of OpenSSH's")
    return key

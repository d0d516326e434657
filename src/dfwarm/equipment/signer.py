"""The evidence key: in a file that its owner alone may read, handed over by systemd, or held by an ssh-agent."""

import base64
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from dfwarm.equipment.agent import Agent
from dfwarm.errors import KeyUnusable
from dfwarm.evidence import sshsig

_LARGEST_BYTES = 1 << 16


class Signer(Protocol):
    """Whoever signs as one key."""

    @property
    def key(self) -> bytes:
        """The public key in OpenSSH's own form."""

    def sign(self, namespace: str, message: bytes) -> bytes:
        """Sign a message as the text that OpenSSH reads. Raises KeyUnusable."""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A private key that this process holds."""

    private: Ed25519PrivateKey

    @property
    def key(self) -> bytes:
        """The public key in OpenSSH's own form."""
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return sshsig.pack(sshsig.ED25519) + sshsig.pack(raw)

    def sign(self, namespace: str, message: bytes) -> bytes:
        """Sign a message as the text that OpenSSH reads."""
        raw = self.private.sign(sshsig.to_be_signed(namespace, message))
        return sshsig.armor(self.key, namespace, sshsig.pack(sshsig.ED25519) + sshsig.pack(raw))


@dataclass(frozen=True, slots=True)
class AgentKey:
    """A private key that an ssh-agent holds, on a PKCS#11 token perhaps. Only its public half is here."""

    key: bytes
    agent: Agent

    def sign(self, namespace: str, message: bytes) -> bytes:
        """Have the agent sign a message. Raises KeyUnusable."""
        signature = self.agent.sign(self.key, sshsig.to_be_signed(namespace, message))
        return sshsig.armor(self.key, namespace, signature)


def read_key_file(path: Path, *, is_guarded_by_systemd: bool = False) -> HeldKey:
    """Read an OpenSSH private key that its owner alone may read. Raises KeyUnusable."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(_LARGEST_BYTES)
    except OSError as error:
        raise KeyUnusable(f"evidence key {path} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(found.st_mode):
        raise KeyUnusable(f"evidence key {path} is not a regular file")
    if found.st_mode & 0o077 and not is_guarded_by_systemd:
        mode = stat.S_IMODE(found.st_mode)
        raise KeyUnusable(f"evidence key {path} is open to others (mode {mode:04o})", hint=f"Run: chmod 600 {path}")
    return HeldKey(_load(content, path))


def read_public_file(path: Path) -> bytes:
    """Read the key of an OpenSSH public key file. Raises KeyUnusable."""
    try:
        words = path.read_bytes().split()
        key = base64.b64decode(words[1], validate=True)
        key_type, _ = sshsig.unpack(key)
    except OSError as error:
        raise KeyUnusable(f"public key {path} cannot be read: {error.strerror}") from error
    except (IndexError, ValueError) as error:
        raise KeyUnusable(f"public key {path} is no OpenSSH public key") from error
    if key_type != words[0]:
        raise KeyUnusable(f"public key {path} says that it is of one type and is of another")
    return key


def _load(content: bytes, path: Path) -> Ed25519PrivateKey:
    try:
        key = load_ssh_private_key(content, None)
    except TypeError as error:
        hint = "Put it into an ssh-agent and name its public half as `evidence.key_agent`."
        raise KeyUnusable(f"evidence key {path} is encrypted, and nobody is there to type", hint=hint) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusable(f"evidence key {path} is no OpenSSH private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyUnusable(f"evidence key {path} is not an Ed25519 key")
    return key

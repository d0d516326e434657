"""The trust folder of a site: allowed signers, authorities for time, revoked keys. It lies outside every bundle."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography import x509

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import KeyUnusable
from dfwarm.evidence.krl import parse_krl, render_krl
from dfwarm.evidence.signers import Signer, parse_signers, render_signers
from dfwarm.evidence.sshsig import EVIDENCE_NAMESPACE
from dfwarm.evidence.trust import (
    ALLOWED_SIGNERS,
    LOG_KEYS,
    NEEDS_TOKEN,
    REVIEWERS,
    REVOKED,
    TSA_CHAIN,
    TSA_ROOTS,
    WITNESS_KEYS,
    Trust,
    read_trust,
)

_FILES = (ALLOWED_SIGNERS, TSA_ROOTS, TSA_CHAIN, REVOKED, NEEDS_TOKEN, REVIEWERS, LOG_KEYS, WITNESS_KEYS)


@dataclass(frozen=True, slots=True)
class TrustFolder:
    """The files of one folder."""

    folder: Path

    def read(self) -> Trust:
        """What is trusted. Raises BundleRefused where nobody is, LineUnreadable where a file cannot be read."""
        return read_trust({name: self._read(name) for name in _FILES if (self.folder / name).exists()})

    def signers(self) -> tuple[Signer, ...]:
        """The allowed signers, none where there is no file yet."""
        return parse_signers(self._read(ALLOWED_SIGNERS))

    def reviewers(self) -> tuple[Signer, ...]:
        """Who may sign for cycles, also those who no longer may."""
        return parse_signers(self._read(REVIEWERS))

    def enrol(self, signer: Signer) -> None:
        """Let a person sign for cycles."""
        self.write_reviewers((*self.reviewers(), signer))

    def write_reviewers(self, signers: tuple[Signer, ...]) -> None:
        """Write who may sign for cycles. Nobody is ever taken out: an enrolment ends."""
        self._write(REVIEWERS, render_signers(signers))

    def allow(self, signer: Signer) -> None:
        """Add a signer."""
        self._write_signers((*self.signers(), signer))

    def close(self, key: bytes, at: datetime) -> None:
        """
        End the window in which a key seals. Raises KeyUnusable where the key is not there.

        A window that ended before is kept. What a key rendered for reading has no window.
        """
        signers = self.signers()
        if all(signer.key != key for signer in signers):
            raise KeyUnusable("the key is not among the allowed signers")
        self._write_signers(
            tuple(
                replace(each, valid_before=min(at, each.valid_before or at)) if _seals(each, key) else each
                for each in signers
            )
        )

    def revoke(self, key: bytes, now: datetime, *, is_entirely: bool) -> None:
        """Put a key on the list of revoked ones, or of those whose signatures count only with a token."""
        name = REVOKED if is_entirely else NEEDS_TOKEN
        content = self._read(name)
        keys = parse_krl(content).keys if content else frozenset()
        self._write(name, render_krl(keys | {key}, len(keys) + 1, now))

    def trust_authority(self, certificates: bytes) -> None:
        """Add the root of a time-stamp authority, as PEM."""
        held = self._read(TSA_ROOTS)
        if certificates.strip() not in held:
            self._write(TSA_ROOTS, held + certificates)

    def is_revoked(self, key: bytes) -> bool:
        """Whether a key is on one of both lists."""
        lists = (self._read(name) for name in (REVOKED, NEEDS_TOKEN))
        return any(parse_krl(content).holds(key) for content in lists if content)

    def keep(self, name: str, content: bytes) -> None:
        """Keep a file beside the others: a roll-over statement."""
        self._write(name, content)

    def _write_signers(self, signers: tuple[Signer, ...]) -> None:
        self._write(ALLOWED_SIGNERS, render_signers(signers))

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self.folder / name, content)

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        return path.read_bytes() if path.exists() else b""


def _seals(signer: Signer, key: bytes) -> bool:
    return signer.key == key and EVIDENCE_NAMESPACE in signer.namespaces


def read_certificates(path: Path) -> bytes:
    """Read certificates as PEM. Raises KeyUnusable."""
    try:
        content = path.read_bytes()
        x509.load_pem_x509_certificates(content)
    except OSError as error:
        raise KeyUnusable(f"certificates {path} cannot be read: {error.strerror}") from error
    except (ValueError, x509.InvalidVersion) as error:
        raise KeyUnusable(f"{path} holds no certificates as PEM") from error
    return content if content.endswith(b"\n") else content + b"\n"

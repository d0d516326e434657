"""What a verification trusts. It comes from outside the bundle: one that brings its own proves nothing."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dfwarm.errors import BundleRefused, LineUnreadable
from dfwarm.evidence.cosigning import read_witness_keys
from dfwarm.evidence.krl import RevokedKeys, parse_krl
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.note import NoteKey
from dfwarm.evidence.signers import Signer, parse_signers, permit
from dfwarm.evidence.sshsig import fingerprint
from dfwarm.evidence.token import Authorities

ALLOWED_SIGNERS = "allowed_signers"
TSA_ROOTS = "tsa-ca.pem"
TSA_CHAIN = "tsa-chain.pem"
REVOKED = "revoked.krl"
REVIEWERS = "reviewers"
LOG_KEYS = "log.vkeys"
WITNESS_KEYS = "witness.pub"
NEEDS_TOKEN = "needs-token.krl"  # noqa: S105  (a file's name)


@dataclass(frozen=True, slots=True)
class Trust:
    """
    Who may seal, who vouches for time, and whose keys are revoked.

    A key in `needs_token` was lost at a known time: what it signed counts only with a time-stamp from before.
    """

    signers: tuple[Signer, ...]
    authorities: Authorities = field(default_factory=Authorities)
    revoked: RevokedKeys = field(default_factory=RevokedKeys)
    needs_token: RevokedKeys = field(default_factory=RevokedKeys)
    reviewers: tuple[Signer, ...] = ()
    log_keys: tuple[NoteKey, ...] = ()
    witnesses: tuple[bytes, ...] = ()

    @property
    def of_logs(self) -> LogTrust:
        """What it says of logs."""
        return LogTrust(self.log_keys, self.witnesses, self.authorities)

    def permit(self, key: bytes, namespace: str, moment: datetime, *, is_stamped: bool) -> Signer:
        """The line that lets a key sign in a namespace at a moment. Raises BundleRefused where none does."""
        if self.revoked.holds(key):
            raise BundleRefused(f"key {fingerprint(key)} is revoked")
        if self.needs_token.holds(key) and not is_stamped:
            raise BundleRefused(f"key {fingerprint(key)} was lost, and no time-stamp shows that it signed before")
        return permit(self.signers, key, namespace, moment)

    def fingerprints(self) -> tuple[tuple[str, str], ...]:
        """Everything that is trusted, each with what it is of, as a person compares it with a printed list."""
        keys = tuple((signer.principal, signer.fingerprint) for signer in self.signers)
        roots = tuple((root.subject.rfc4514_string(), fingerprint_of(root)) for root in self.authorities.roots)
        return (*keys, *roots)


def read_trust(files: dict[str, bytes]) -> Trust:
    """Read the files of a trust folder by name. Raises BundleRefused or LineUnreadable."""
    if ALLOWED_SIGNERS not in files:
        raise BundleRefused(f"the trust folder has no {ALLOWED_SIGNERS}, so nobody is trusted")
    return Trust(
        signers=parse_signers(files[ALLOWED_SIGNERS]),
        authorities=Authorities(
            _certificates(files.get(TSA_ROOTS, b""), TSA_ROOTS), _certificates(files.get(TSA_CHAIN, b""), TSA_CHAIN)
        ),
        revoked=_revoked(files.get(REVOKED, b"")),
        needs_token=_revoked(files.get(NEEDS_TOKEN, b"")),
        reviewers=parse_signers(files.get(REVIEWERS, b"")),
        log_keys=tuple(map(NoteKey.parse, files.get(LOG_KEYS, b"").decode("utf-8", "replace").splitlines())),
        witnesses=read_witness_keys(files.get(WITNESS_KEYS, b"")),
    )


def _revoked(content: bytes) -> RevokedKeys:
    return parse_krl(content) if content else RevokedKeys()


def _certificates(content: bytes, name: str) -> tuple[x509.Certificate, ...]:
    if not content.strip():
        return ()
    try:
        return tuple(x509.load_pem_x509_certificates(content))
    except (ValueError, x509.InvalidVersion) as error:
        raise LineUnreadable(name, content[:60]) from error


def fingerprint_of(certificate: x509.Certificate) -> str:
    """The fingerprint of a certificate, as a person compares it."""
    return "SHA256:" + hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()

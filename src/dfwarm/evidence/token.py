"""
Time-stamp tokens (RFC 3161) over a signature: that it existed, at a time that somebody else vouches for.

A token is verified at its own time, never at the clock's: the authority's certificate has to be valid then. The
library that reads tokens is loaded for the first of them, so that a bundle without one can be verified without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509

from dfwarm.errors import TokenRefused

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse
    from rfc3161_client.tsp import Accuracy

T = TypeVar("T")

LARGEST_BYTES = 1 << 20
_GRANTED = 0


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says. `authority` is the subject of the certificate that signed it."""

    stamped_at: datetime
    authority: str
    serial: str
    policy: str
    accuracy_micros: int
    nonce: int | None


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whom a site trusts with time: roots, and certificates on the way to them."""

    roots: tuple[x509.Certificate, ...] = ()
    intermediates: tuple[x509.Certificate, ...] = ()


def read_token(response: bytes) -> Token:
    """Read a token without believing it. Raises TokenRefused."""
    return _legibly(_told, response)


def read_time(response: bytes) -> datetime:
    """When a token was made, by its own word. Raises TokenRefused."""
    return _legibly(lambda decoded: decoded.tst_info.gen_time, response)


def certificate_end(response: bytes) -> tuple[datetime, ...]:
    """When the first of the certificates that a token carries ends; none where it has none. Raises TokenRefused."""
    return _legibly(_first_end, response)


def check_token(response: bytes, data: bytes, authorities: Authorities, *, nonce: int | None = None) -> Token:
    """Verify that a token is over these bytes and by an authority that is trusted. Raises TokenRefused."""
    from rfc3161_client import VerificationError, VerifierBuilder

    decoded = _decode(response)
    if not authorities.roots:
        raise TokenRefused("no time-stamp authority is trusted: trust/tsa-ca.pem holds no certificate")
    verifier = VerifierBuilder(
        roots=list(authorities.roots), intermediates=list(authorities.intermediates), nonce=nonce
    ).build()
    try:
        verifier.verify_message(decoded, data)
    except (VerificationError, ValueError) as error:
        raise TokenRefused(f"time-stamp token does not hold: {' '.join(str(error).split())}") from error
    return read_token(response)


def _legibly(read: Callable[["TimeStampResponse"], T], response: bytes) -> T:
    """What a token says. A part is read only when it is asked for, so each may turn out to be no ASN.1."""
    decoded = _decode(response)
    try:
        return read(decoded)
    except (ValueError, x509.InvalidVersion) as error:
        raise TokenRefused(f"time-stamp answer cannot be read: {error}") from error


def _first_end(decoded: "TimeStampResponse") -> tuple[datetime, ...]:
    certificates = map(x509.load_der_x509_certificate, decoded.signed_data.certificates)
    return tuple(sorted(certificate.not_valid_after_utc for certificate in certificates))[:1]


def _told(decoded: "TimeStampResponse") -> Token:
    info = decoded.tst_info
    signers = [signer.serial_number for signer in decoded.signed_data.signer_infos]
    names = {
        certificate.serial_number: certificate.subject.rfc4514_string()
        for certificate in map(x509.load_der_x509_certificate, decoded.signed_data.certificates)
    }
    return Token(
        stamped_at=info.gen_time,
        authority="; ".join(names.get(serial, "") for serial in signers),
        serial=f"{info.serial_number:x}",
        policy=info.policy.dotted_string,
        accuracy_micros=_micros(info.accuracy),
        nonce=info.nonce,
    )


def _micros(accuracy: "Accuracy | None") -> int:
    parts = (accuracy.seconds, accuracy.millis, accuracy.micros) if accuracy else (0, 0, 0)
    seconds, millis, micros = (part or 0 for part in parts)
    return seconds * 1_000_000 + millis * 1_000 + micros


def _decode(response: bytes) -> "TimeStampResponse":
    from rfc3161_client import decode_timestamp_response

    if len(response) > LARGEST_BYTES:
        raise TokenRefused("time-stamp answer is longer than any token")
    try:
        decoded = decode_timestamp_response(response)
        if decoded.status != _GRANTED:
            raise TokenRefused(f"the time-stamp authority refused: status {decoded.status}")
    except ValueError as error:
        raise TokenRefused(f"time-stamp answer cannot be read: {error}") from error
    return decoded

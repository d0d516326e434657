"""Time-stamp authorities: one over HTTP, or a small one of our own by `openssl ts`. Only a digest is sent to either."""

import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from dfwarm.equipment.process import run
from dfwarm.errors import DfwarmError, TokenRefused
from dfwarm.evidence.der_order import sort_certificates
from dfwarm.evidence.token import LARGEST_BYTES, Authorities, check_token
from dfwarm.terms import HostName

_QUERY = "application/timestamp-query"


class Authority(Protocol):
    """Whoever vouches for time."""

    @property
    def name(self) -> str:
        """The name by which a statement expects its token."""

    def answer(self, query: bytes) -> bytes:
        """Answer a time-stamp query. Raises TokenRefused or ToolMissing."""


@dataclass(frozen=True, slots=True)
class HttpAuthority:
    """An authority at a URL (RFC 3161, section 3.4)."""

    url: str
    seconds: float

    @property
    def name(self) -> str:
        """Its URL."""
        return self.url

    def answer(self, query: bytes) -> bytes:
        """Post the query and take the answer, however wrong it is. Raises TokenRefused."""
        request = urllib.request.Request(self.url, query, {"Content-Type": _QUERY})  # noqa: S310  (http or https, by the configuration)
        try:
            with urllib.request.urlopen(request, timeout=self.seconds) as response:  # noqa: S310
                content: bytes = response.read(LARGEST_BYTES + 1)
        except (OSError, ValueError, urllib.error.URLError) as error:
            reason = getattr(error, "reason", error)
            raise TokenRefused(f"time-stamp authority {self.url} does not answer: {reason}") from error
        return content


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """An authority of our own in a folder: it shows that the times agree with this host's clock, and no more."""

    folder: Path

    @property
    def name(self) -> str:
        """`local`, since it is not independent."""
        return "local"

    def answer(self, query: bytes) -> bytes:
        """Have `openssl ts` answer. Raises TokenRefused or ToolMissing."""
        argv = ("openssl", "ts", "-reply", "-config", str(self.folder / "tsa.cnf"), "-queryfile", "/dev/stdin")
        said = run(argv, host=HostName("controller"), deadline_seconds=20, stdin=query)
        if said.status:
            why = said.stderr.decode("utf-8", "replace").strip().splitlines()
            raise TokenRefused(f"the local time-stamp authority in {self.folder} failed: {why[-1] if why else ''}")
        return said.stdout


def stamp(authority: Authority, data: bytes, trusted: Authorities, *, is_lasting: bool = False) -> bytes:
    """
    Ask an authority for a token over some bytes.

    Raises TokenRefused where it does not come, is over other bytes, does not repeat our number, or is by nobody who is
    trusted. The token comes back in a form that strict readers accept. One that `is_lasting` is over a SHA-512.
    """
    algorithm = HashAlgorithm.SHA512 if is_lasting else HashAlgorithm.SHA256
    builder = TimestampRequestBuilder().data(data).hash_algorithm(algorithm)
    query = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    response = sort_certificates(authority.answer(query.as_bytes()))
    try:
        check_token(response, data, trusted, nonce=query.nonce)
    except DfwarmError as error:
        raise TokenRefused(f"time-stamp authority {authority.name}: {error}") from error
    return response

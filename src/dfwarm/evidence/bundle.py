"""A bundle as it lies there: its files, and what is read of them once for all steps."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from dfwarm.errors import BundleRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.claim import LARGEST_BYTES, Claim, parse_statement, read_claim
from dfwarm.evidence.sums import SIGNATURE, STATEMENT, SUMS, TOKENS, parse_sums
from dfwarm.evidence.token import read_time
from dfwarm.terms import CycleId


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a bundle. `read` gives at most so many bytes of one, `pieces` all of it piece by piece."""

    names: frozenset[str]
    read: Callable[[str, int], bytes]
    pieces: Callable[[str], Iterator[bytes]]


@dataclass(frozen=True)
class Bundle:
    """
    A bundle as it lies there. `asked` is the cycle that it is said to be of, `None` where nobody says.

    A bundle that still waits for a time-stamp is refused, unless whoever asks accepts that.
    """

    files: Files
    asked: CycleId | None = None
    is_pending_accepted: bool = False

    def text(self, name: str) -> bytes:
        """The bytes of one of the small files of the seal. Raises BundleRefused where it is not there."""
        if name not in self.files.names:
            raise BundleRefused(f"{name} is missing")
        return self.files.read(name, LARGEST_BYTES + 1)

    @cached_property
    def statement(self) -> Mapping[str, Any]:
        """The statement, whatever its type and form."""
        return parse_statement(self.text(STATEMENT))

    @cached_property
    def claim(self) -> Claim:
        """What the statement claims."""
        return read_claim(self.statement)

    @cached_property
    def sums(self) -> Mapping[str, str]:
        """The digests that the bundle lists."""
        return parse_sums(self.files.read(SUMS, 1 << 26) if SUMS in self.files.names else self.text(SUMS))

    @cached_property
    def signature(self) -> sshsig.SshSignature:
        """The signature, taken apart."""
        return sshsig.parse_signature(self.text(SIGNATURE))

    @property
    def tokens(self) -> tuple[str, ...]:
        """The names of its time-stamp tokens."""
        return tuple(name for name in TOKENS if name in self.files.names)

    @property
    def missing_tokens(self) -> tuple[str, ...]:
        """The names of the tokens that were asked for and are not there."""
        return tuple(name for name, _ in zip(TOKENS, self.claim.authorities, strict=False) if name not in self.tokens)

    @cached_property
    def sealed_at(self) -> datetime:
        """When the seal was there: the first token's time, or what the statement says where no token is expected."""
        times = [read_time(self.text(name)) for name in self.tokens]
        return min(times) if times else self.claim.sealed_at

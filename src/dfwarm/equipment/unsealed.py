"""Whoever seals evidence, as a procedure knows it, and the one of a site that has no key."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from dfwarm.evidence.claim import parse_statement, read_claim
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.seal import SealFacts, SealState
from dfwarm.evidence.statement import Ties
from dfwarm.evidence.sums import STATEMENT, TOKENS

UNSEALED = "unsealed.txt"


class Sealer(Protocol):
    """Whoever seals the files of a cycle."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What stays to be said of the key until the site changes."""

    def seal(self, folder: Path, record: CycleRecord, ties: Callable[[], Ties], *, is_late: bool = False) -> SealFacts:
        """Seal a folder, or say why it is not sealed. Never raises for what a person can mend."""

    def look(self, folder: Path) -> SealFacts:
        """How a folder is sealed."""

    def complete(self, folder: Path) -> SealFacts:
        """Ask again for the tokens that a sealed folder still lacks."""

    def reviews(self, folder: Path) -> tuple[Signature, ...]:
        """The reviews of a sealed folder, verified."""

    def sign_renderings(self, folder: Path) -> None:
        """Sign what a person reads: letters and certificates, where the folder is sealed."""


@dataclass(frozen=True, slots=True)
class NoSealer:
    """The site has no evidence key: its cycles are left unsealed, and say so. `problem` says why."""

    problem: str
    warnings: tuple[str, ...] = ()

    def seal(self, folder: Path, record: CycleRecord, ties: Callable[[], Ties], *, is_late: bool = False) -> SealFacts:  # noqa: ARG002
        """Leave it unsealed."""
        return self.look(folder)

    def reviews(self, folder: Path) -> tuple[Signature, ...]:  # noqa: ARG002
        """None can be verified."""
        return ()

    def sign_renderings(self, folder: Path) -> None:
        """Sign nothing."""

    def look(self, folder: Path) -> SealFacts:
        """Nothing is sealed here, but what an earlier configuration sealed."""
        seal = look_at_seal(folder)
        return replace(seal, problem=self.problem) if seal.state is SealState.UNSEALED else seal

    def complete(self, folder: Path) -> SealFacts:
        """Nothing can be completed."""
        return self.look(folder)


def look_at_seal(folder: Path) -> SealFacts:
    """How a folder is sealed by its own word: nothing is verified here."""
    if not (folder / STATEMENT).exists():
        return SealFacts(SealState.UNSEALED)
    claim = read_claim(parse_statement((folder / STATEMENT).read_bytes()))
    there = [name for name in TOKENS if (folder / name).exists()]
    missing = len(claim.authorities) - len(there)
    whole = SealState.SEALED if there else SealState.UNSTAMPED
    return SealFacts(
        state=SealState.TOKEN_PENDING if missing > 0 else whole,
        fingerprint=claim.fingerprint,
        sealed_at=claim.sealed_at,
        is_late=claim.is_late,
        problem=f"{missing} of {len(claim.authorities)} tokens are not there yet" if missing > 0 else "",
    )

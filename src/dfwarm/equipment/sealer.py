"""
Seal the files of a cycle: `SHA256SUMS`, the statement over it, the signature over that, the tokens over that.

The statement is the last of the first three to be named: a folder that has it is sealed, one that lacks it is not,
whatever else a crash left there.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from dfwarm.equipment.authority import Authority, stamp
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.signer import Signer
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.errors import DfwarmError, SealFailed
from dfwarm.evidence import sshsig
from dfwarm.evidence.claim import read_claim, read_statement
from dfwarm.evidence.consistency import contradictions
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.seal import SealFacts, SealState
from dfwarm.evidence.statement import Ties, build_statement
from dfwarm.evidence.sums import SIGNATURE, STATEMENT, SUMS, TOKENS, is_covered, render_sums
from dfwarm.evidence.verification import seal_facts

UNSEALED = "unsealed.txt"


class Sealer(Protocol):
    """Whoever seals the files of a cycle."""

    def seal(self, folder: Path, record: CycleRecord, ties: Ties) -> SealFacts:
        """Seal a folder, or say why it is not sealed. Never raises for what a person can mend."""

    def look(self, folder: Path) -> SealFacts:
        """How a folder is sealed."""

    def complete(self, folder: Path) -> SealFacts:
        """Ask again for the tokens that a sealed folder still lacks."""


@dataclass(frozen=True, slots=True)
class NoSealer:
    """The site has no evidence key: its cycles are left unsealed, and say so. `problem` says why."""

    problem: str

    def seal(self, folder: Path, record: CycleRecord, ties: Ties) -> SealFacts:  # noqa: ARG002
        """Leave it unsealed."""
        return self.look(folder)

    def look(self, folder: Path) -> SealFacts:
        """Nothing is sealed here, but what an earlier configuration sealed."""
        if (folder / STATEMENT).exists():
            claim = read_claim(read_statement((folder / STATEMENT).read_bytes()))
            tokens = [name for name in TOKENS if (folder / name).exists()]
            state = SealState.SEALED if tokens else SealState.UNSTAMPED
            return SealFacts(state, fingerprint=claim.fingerprint, sealed_at=claim.sealed_at, is_late=claim.is_late)
        return SealFacts(SealState.UNSEALED, problem=self.problem)

    def complete(self, folder: Path) -> SealFacts:
        """Nothing can be completed."""
        return self.look(folder)


@dataclass(frozen=True, slots=True)
class KeySealer:
    """
    Seal with the site's key and have the seal stamped.

    `signer` is asked for only when it is needed, so that a key that is not usable costs no cycle its record.
    """

    signer: Callable[[], Signer]
    trust: TrustFolder
    authorities: tuple[Authority, ...]
    now: Callable[[], datetime]
    warnings: tuple[str, ...] = ()

    def seal(self, folder: Path, record: CycleRecord, ties: Ties) -> SealFacts:
        """Seal a folder. What goes wrong leaves it as if nobody had tried, with the reason in `unsealed.txt`."""
        try:
            self._seal(folder, record, ties)
        except (DfwarmError, OSError) as error:
            return self._leave_unsealed(folder, error, ties)
        return self.complete(folder)

    def look(self, folder: Path) -> SealFacts:
        """How a folder is sealed, as far as it is looked at without verifying it."""
        if not (folder / STATEMENT).exists():
            return SealFacts(SealState.UNSEALED, problem=_read_problem(folder), warnings=self.warnings)
        facts = seal_facts(open_bundle(folder, is_pending_accepted=True), self.trust.read())
        return replace(facts, warnings=self.warnings)

    def complete(self, folder: Path) -> SealFacts:
        """Ask for the tokens that are not there. An authority that fails leaves its token pending."""
        problems: list[str] = []
        bundle = open_bundle(folder, is_pending_accepted=True)
        known = {authority.name: authority for authority in self.authorities}
        for file, name in zip(TOKENS, bundle.claim.authorities, strict=False):
            if file in bundle.tokens:
                continue
            try:
                self._stamp(folder, file, known[name])
            except KeyError:
                problems.append(f"authority {name} is not in the configuration any more")
            except (DfwarmError, OSError) as error:
                problems.append(str(error))
        facts = self.look(folder)
        return replace(facts, problem="; ".join(problems)) if problems else facts

    def _seal(self, folder: Path, record: CycleRecord, ties: Ties) -> None:
        signer = self.signer()
        trust = self.trust.read()
        sealed_at = self.now()
        allowed = trust.permit(signer.key, sshsig.EVIDENCE_NAMESPACE, sealed_at, is_stamped=bool(self.authorities))
        sums = render_sums({name: _digest(folder / name) for name in _covered(folder)})
        tied = replace(
            ties,
            sealed_at=sealed_at,
            principal=allowed.principal,
            fingerprint=allowed.fingerprint,
            authorities=tuple(authority.name for authority in self.authorities),
        )
        statement = build_statement(record, tied, hashlib.sha256(sums).hexdigest())
        if found := contradictions(read_claim(read_statement(statement))):
            raise SealFailed(f"the record contradicts itself, so it is not sealed: {'; '.join(found)}")
        signature = signer.sign(sshsig.EVIDENCE_NAMESPACE, statement)
        sshsig.check_signature(sshsig.parse_signature(signature), statement, sshsig.EVIDENCE_NAMESPACE)
        for name, content in ((SUMS, sums), (SIGNATURE, signature), (STATEMENT, statement)):
            write_durably(folder / name, content)

    def _stamp(self, folder: Path, file: str, authority: Authority) -> None:
        token = stamp(authority, (folder / SIGNATURE).read_bytes(), self.trust.read().authorities)
        write_durably(folder / file, token)

    def _leave_unsealed(self, folder: Path, error: Exception, ties: Ties) -> SealFacts:
        problem = f"{type(error).__name__}: {error}"
        for name in (STATEMENT, SIGNATURE, SUMS):
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # on a full disk not even the reason fits; its absence of a seal is enough
            write_durably(folder / UNSEALED, f"{problem}\n".encode())
        return SealFacts(SealState.UNSEALED, problem=problem, is_late=ties.is_late, warnings=self.warnings)


def _covered(folder: Path) -> Iterator[str]:
    names = open_bundle(folder).files.names
    return filter(is_covered, sorted(names))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_problem(folder: Path) -> str:
    path = folder / UNSEALED
    return path.read_text().strip() if path.exists() else ""

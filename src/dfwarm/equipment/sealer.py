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

from dfwarm.equipment.authority import Authority, stamp
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.signer import Signer
from dfwarm.equipment.trust_folder import TrustFolder
from dfwarm.equipment.unsealed import UNSEALED
from dfwarm.errors import DfwarmError, SealFailed
from dfwarm.evidence import sshsig
from dfwarm.evidence.claim import read_claim, read_statement
from dfwarm.evidence.consistency import contradictions
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.reviews import read_reviews
from dfwarm.evidence.seal import SealFacts, SealState
from dfwarm.evidence.sealed import seal_facts
from dfwarm.evidence.statement import Ties, build_statement
from dfwarm.evidence.sums import (
    RENDERED,
    RENDERINGS,
    SIGNATURE,
    STATEMENT,
    SUMS,
    TOKENS,
    is_covered,
    render_sums,
)


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

    def seal(self, folder: Path, record: CycleRecord, ties: Callable[[], Ties], *, is_late: bool = False) -> SealFacts:
        """Seal a folder. What goes wrong leaves it as if nobody had tried, with the reason in `unsealed.txt`."""
        try:
            self._seal(folder, record, replace(ties(), is_late=is_late))
            return self.complete(folder)
        except (DfwarmError, OSError) as error:
            return self._leave_unsealed(folder, error)

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

    def reviews(self, folder: Path) -> tuple[Signature, ...]:
        """The reviews of a sealed folder. Raises BundleRefused or ReviewRefused for one that does not hold."""
        return read_reviews(open_bundle(folder, is_pending_accepted=True), self.trust.read())

    def sign_renderings(self, folder: Path) -> None:
        """Sign what a person reads, as the site."""
        if not (folder / STATEMENT).exists():
            return
        names = (STATEMENT, *RENDERED)  # the statement too: the renderings of another day do not fit beside it
        rendered = {name: _digest(folder / name) for name in names if (folder / name).exists()}
        content = "".join(f"{digest}  {name}\n" for name, digest in sorted(rendered.items())).encode()
        signature = self.signer().sign(sshsig.RENDERING_NAMESPACE, content)
        for name, each in zip(RENDERINGS, (content, signature), strict=True):
            write_durably(folder / name, each)

    def _leave_unsealed(self, folder: Path, error: Exception) -> SealFacts:
        problem = f"{type(error).__name__}: {error}"
        for name in (STATEMENT, SIGNATURE, SUMS):
            (folder / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # on a full disk not even the reason fits; its absence of a seal is enough
            write_durably(folder / UNSEALED, f"{problem}\n".encode())
        return SealFacts(SealState.UNSEALED, problem=problem, warnings=self.warnings)


def _covered(folder: Path) -> Iterator[str]:
    names = open_bundle(folder).files.names
    return filter(is_covered, sorted(names))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_problem(folder: Path) -> str:
    path = folder / UNSEALED
    return path.read_text().strip() if path.exists() else ""

"""Renew the time-stamps of a study's evidence: what is sound gets a new token, and the audit trail knows of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.authority import Authority, stamp
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.history import History
from dfwarm.errors import BundleRefused, HistoryBroken, RecordUnknown, TokenRefused
from dfwarm.evidence.checkpoint import origin_of
from dfwarm.evidence.history import verify_history
from dfwarm.evidence.logged import Logged
from dfwarm.evidence.merkle import root_of
from dfwarm.evidence.renewal import (
    RENEWED,
    TOKEN_SUFFIXES,
    Covered,
    Renewal,
    digest_of,
    digests_before,
    files_of,
    renewal_name,
    renewed_files,
    texts_of,
)
from dfwarm.evidence.renewed import SEALS, recorded_as
from dfwarm.evidence.sums import REVIEWS, SUMS, is_covered
from dfwarm.evidence.token import certificate_end, read_token
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verification import STEPS, verify_bundle
from dfwarm.terms import CycleId, StudyNumber

_SEAL_STEPS = tuple(step for step in STEPS if step.name in ("statement", "signature", "time", "key", "place"))


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long the time-stamps of a study last: what is renewed, what is not, and when the first certificate ends."""

    study: StudyNumber
    statements: int
    renewals: int
    renewed_at: datetime | None
    unrenewed: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Renewing:
    """The equipment for renewals of one pair. Hold the pair's lock to renew."""

    history: History
    archive: Archive
    audit: AuditTrail
    authorities: tuple[Authority, ...]
    trust: Trust
    now: Callable[[], datetime]

    def renew(self, study: StudyNumber, logged: Logged, *, by: str, reason: str, is_full: bool) -> Renewal:
        """
        Renew what no renewal covers yet, and the renewal before; with `is_full` every file of every bundle again.

        Raises HistoryBroken or BundleRefused where what is there does not hold: no new token is put over it. Raises
        TokenRefused where no authority gives one. Nothing is left behind then.
        """
        self._refuse_broken(logged)
        held = self.history.renewals(study)
        renewal = self._renewal(study, {} if is_full else dict(renewed_files(held)), is_full=is_full)
        name, text = renewal_name(renewal.number), renewal.encode()
        files = {name: text, **self._tokens(name, text)}
        before = texts_of(held)[-1:]
        old = recorded_as(before[0], held[before[0]]) if before else ""
        said = recorded_as(name, text)
        self.audit.append(RENEWED, renewal.origin, by=by, reason=reason, before=old, after=said)
        self.history.keep_renewal(study, files)
        return renewal

    def lasting(self, study: StudyNumber) -> Lasting:
        """How long the time-stamps of a study last by their own certificates."""
        held, leaves = self.history.renewals(study), self.history.leaves(study)
        covered = {cycle for cycle, _ in renewed_files(held)}
        loose = [leaf.cycle for leaf in leaves if leaf.cycle not in covered]
        last = [held[name] for text in texts_of(held)[-1:] for name in files_of(text, held)[1:]]
        tokens = [*last, *(token for cycle in loose for token in self._seal_tokens(cycle))]
        return Lasting(
            study=study,
            statements=len(leaves),
            renewals=len(texts_of(held)),
            renewed_at=min((read_token(token).stamped_at for token in last), default=None),
            unrenewed=len(loose),
            ends_at=min((end for token in tokens for end in certificate_end(token)), default=None),
        )

    def _refuse_broken(self, logged: Logged) -> None:
        for step in verify_history(logged, self.trust.of_logs):
            if not step.is_sound and step.title != "numbers":
                raise HistoryBroken(f"what does not hold is not renewed: {step.title}: {step.problems[0]}")

    def _renewal(self, study: StudyNumber, known: dict[Covered, str], *, is_full: bool) -> Renewal:
        leaves, held = self.history.leaves(study), self.history.renewals(study)
        if not leaves:
            raise RecordUnknown(f"study {study:03d} has no sealed statement, so there is nothing to renew")
        there = [leaf.cycle for leaf in leaves if self.archive.has(leaf.cycle)]
        return Renewal(
            number=len(texts_of(held)) + 1,
            origin=origin_of(self.history.pair, study),
            made_at=self.now(),
            size=len(leaves),
            root=root_of([leaf.hash for leaf in leaves]).hex(),
            previous=digests_before(held),
            files={
                (cycle, name): digest
                for cycle in there
                for name, digest in self._digests(cycle, known, is_full=is_full)
            },
        )

    def _digests(self, cycle: CycleId, known: dict[Covered, str], *, is_full: bool) -> Iterator[tuple[str, str]]:
        bundle = open_bundle(self.archive.place(cycle), asked=cycle, is_pending_accepted=True)
        names = [name for name in sorted(bundle.files.names) if (cycle, name) not in known and _lasts(name, is_full)]
        if names:
            last = verify_bundle(bundle, self.trust, _SEAL_STEPS)[-1]
            if last.error:
                raise BundleRefused(f"{cycle}: what does not hold is not renewed: {last.name}: {last.problem}")
        for name in names:
            yield name, digest_of(b"".join(bundle.files.pieces(name)))

    def _tokens(self, name: str, text: bytes) -> dict[str, bytes]:
        """The tokens that come, at least one. Raises TokenRefused."""
        found: dict[str, bytes] = {}
        said = "the configuration names no time-stamp authority"
        for authority in self.authorities:
            try:
                token = stamp(authority, text, self.trust.authorities, is_lasting=True)
            except TokenRefused as error:
                said = str(error)
            else:
                found[f"{name}{TOKEN_SUFFIXES[len(found)]}"] = token
        if not found:
            raise TokenRefused(f"nothing is renewed: {said}")
        return found

    def _seal_tokens(self, cycle: CycleId) -> Iterator[bytes]:
        place = self.archive.place(cycle)
        yield from ((place / name).read_bytes() for name in SEALS[2:] if (place / name).exists())


def _lasts(name: str, is_full: bool) -> bool:
    return name in SEALS or (is_full and (is_covered(name) or name == SUMS or name.startswith(REVIEWS)))

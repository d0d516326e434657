"""
Verify one bundle in numbered steps, each with what it proves. No network, no clock: time comes from the token.

A step sees the bundle and what is trusted, and raises where it refuses. None relies on another one having been taken:
each is needed, which a test shows by leaving it out.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer
from dfwarm.evidence import sshsig
from dfwarm.evidence.claim import LARGEST_BYTES, Claim, ManifestClaim, parse_statement, read_claim, read_statement
from dfwarm.evidence.consistency import contradictions
from dfwarm.evidence.listing_files import MTREE_FORM, SUMS_FORM, listing_name
from dfwarm.evidence.seal import SealFacts, SealState, Stamp
from dfwarm.evidence.sums import (
    RENDERED,
    RENDERINGS,
    SIGNATURE,
    STATEMENT,
    SUMS,
    TOKENS,
    is_covered,
    parse_sums,
)
from dfwarm.evidence.token import Token, check_token, read_token
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.unpacking import unpacked
from dfwarm.terms import CycleId, Side

_LISTINGS_AT_ONCE = 2


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
        times = [read_token(self.text(name)).stamped_at for name in self.tokens]
        return min(times) if times else self.claim.sealed_at


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what it proves, and how. `take` says in a line what it saw, and raises where it refuses."""

    name: str
    proves: str
    take: Callable[[Bundle, Trust], str]


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step went. `problem` is empty where it holds."""

    number: int
    name: str
    proves: str
    saw: str
    problem: str
    error: DfwarmError | None = None


def verify_bundle(bundle: Bundle, trust: Trust, steps: Iterable[Step] = ()) -> tuple[StepResult, ...]:
    """Take the steps in their order, up to the first one that refuses."""
    results: list[StepResult] = []
    for number, step in enumerate(steps or STEPS, start=1):
        try:
            results.append(StepResult(number, step.name, step.proves, step.take(bundle, trust), ""))
        except DfwarmError as error:
            results.append(StepResult(number, step.name, step.proves, "", str(error), error))
            break
    return tuple(results)


def refuse_broken(results: tuple[StepResult, ...]) -> None:
    """Raise the error of the step that refused, with its name."""
    last = results[-1]
    if last.error is not None:
        kind = FormatNewer if isinstance(last.error, FormatNewer) else BundleRefused
        raise kind(f"step {last.number}, {last.name}: {last.problem}") from last.error


def seal_facts(bundle: Bundle, trust: Trust) -> SealFacts:
    """What is to be said of the seal of a bundle that was verified."""
    claim = bundle.claim
    signer = trust.permit(
        bundle.signature.key, sshsig.EVIDENCE_NAMESPACE, bundle.sealed_at, is_stamped=bool(bundle.tokens)
    )
    tokens = tuple(read_token(bundle.text(name)) for name in bundle.tokens)
    missing = len(bundle.missing_tokens)
    whole = SealState.SEALED if tokens else SealState.UNSTAMPED
    return SealFacts(
        state=SealState.TOKEN_PENDING if missing else whole,
        statement_digest=hashlib.sha256(bundle.text(STATEMENT)).hexdigest(),
        principal=signer.principal,
        fingerprint=signer.fingerprint,
        sealed_at=claim.sealed_at,
        stamps=tuple(stamp_of(token, claim.sealed_at) for token in tokens),
        expected=claim.authorities,
        trust=trust.fingerprints(),
        is_late=claim.is_late,
        problem=f"{missing} of {len(claim.authorities)} tokens are not there yet" if missing else "",
    )


def stamp_of(token: Token, sealed_at: datetime) -> Stamp:
    """What is to be said of a token."""
    return Stamp(
        token.authority,
        token.serial,
        token.policy,
        token.stamped_at,
        token.accuracy_micros,
        token.stamped_at - sealed_at,
    )


def _listed(bundle: Bundle, _: Trust) -> str:
    covered = frozenset(filter(is_covered, bundle.files.names))
    missing, added = sorted(bundle.sums.keys() - covered), sorted(covered - bundle.sums.keys())
    if missing:
        raise BundleRefused(f"{_name_some(missing)} is listed and missing")
    if added:
        raise BundleRefused(f"{_name_some(added)} was added: {SUMS} does not list it")
    return f"{len(covered)} files, all listed"


def _digests(bundle: Bundle, _: Trust) -> str:
    there = sorted(bundle.sums.keys() & bundle.files.names)
    for name in there:
        if _digest_of(bundle.files.pieces(name)) != bundle.sums[name]:
            raise BundleRefused(f"{name} is altered: it has another SHA-256 than {SUMS} lists")
    return f"{len(there)} digests taken"


def _statement(bundle: Bundle, _: Trust) -> str:
    read_statement(bundle.text(STATEMENT))
    return "in-toto Statement v1, warm-standby-equivalence v1, RFC 8785"


def _binding(bundle: Bundle, _: Trust) -> str:
    found = _digest_of(bundle.files.pieces(SUMS))
    if found != bundle.claim.sums_digest:
        raise BundleRefused(f"{SUMS} is not the one that the statement is about")
    return f"{SUMS} {found[:16]}..."


def _signature(bundle: Bundle, _: Trust) -> str:
    sshsig.check_signature(bundle.signature, bundle.text(STATEMENT), sshsig.EVIDENCE_NAMESPACE)
    return f"Ed25519 by {bundle.signature.fingerprint}"


def _time(bundle: Bundle, trust: Trust) -> str:
    """Each authority that was asked has its token; a token that is there has to hold, also where none is expected."""
    tokens = [check_token(bundle.text(name), bundle.text(SIGNATURE), trust.authorities) for name in bundle.tokens]
    missing = bundle.missing_tokens
    if missing and not bundle.is_pending_accepted:
        raise BundleRefused(f"{missing[0]} is missing: it is still pending, or it was taken away")
    if not tokens:
        return "NOT PROVEN: the token is pending" if missing else "NOT PROVEN: no authority was asked"
    return "; ".join(f"{token.stamped_at:%Y-%m-%dT%H:%M:%SZ} by {token.authority}" for token in tokens)


def _key(bundle: Bundle, trust: Trust) -> str:
    moment, is_stamped = bundle.sealed_at, bool(bundle.tokens)
    signer = trust.permit(bundle.signature.key, sshsig.EVIDENCE_NAMESPACE, moment, is_stamped=is_stamped)
    return f"{signer.principal} at {moment:%Y-%m-%dT%H:%M:%SZ}"


def _claim(bundle: Bundle, _: Trust) -> str:
    found = contradictions(bundle.claim)
    if found:
        raise BundleRefused(f"the statement contradicts itself: {'; '.join(found)}")
    return (
        f"{bundle.claim.outcome}, {bundle.claim.entries_compared} of {bundle.claim.entries_expected} entries compared"
    )


def _place(bundle: Bundle, _: Trust) -> str:
    if bundle.asked is not None and bundle.asked != bundle.claim.cycle:
        raise BundleRefused(f"it is the evidence of cycle {bundle.claim.cycle}, not of {bundle.asked}")
    return str(bundle.claim.cycle)


def _manifests(bundle: Bundle, _: Trust) -> str:
    """Unpack the listings side by side: nothing else of a verification takes as long."""
    wanted = [
        each
        for form, claims in ((SUMS_FORM, bundle.claim.manifests), (MTREE_FORM, bundle.claim.metadata))
        for claim in claims
        for each in _wanted_listings(bundle, form, claim)
    ]
    with ThreadPoolExecutor(_LISTINGS_AT_ONCE) as workers:
        found = workers.map(lambda each: _listing_digest(bundle, each[0]), wanted)
        for (name, digest), is_digest in zip(wanted, found, strict=True):
            if is_digest != digest:
                raise BundleRefused(f"{name} is not the listing that the statement is about")
    return f"{len(wanted)} listings read"


def _wanted_listings(bundle: Bundle, form: str, claim: ManifestClaim) -> Iterator[tuple[str, str]]:
    """Both listings of a root with what is claimed of them. The standby's is left out where it is production's."""
    production = listing_name(Side.PRODUCTION, claim.root, form)
    standby = listing_name(Side.STANDBY, claim.root, form)
    yield production, claim.production
    if claim.standby not in ("", claim.production) or standby in bundle.files.names:
        yield standby, claim.standby


def _listing_digest(bundle: Bundle, name: str) -> str:
    if name not in bundle.files.names:
        raise BundleRefused(f"{name} is missing")
    return _digest_of(unpacked(bundle.files.pieces(name), name))


def _reports(bundle: Bundle, _: Trust) -> str:
    """Every normalised text that the bundle holds has the digest that the statement names."""
    count = 0
    for report in bundle.claim.reports:
        for side, digest in ((Side.PRODUCTION, report.production), (Side.STANDBY, report.standby)):
            for name in _texts_of(bundle.files.names, report.name, side):
                count += 1
                if _digest_of(bundle.files.pieces(name)) != digest:
                    raise BundleRefused(f"{name} is not the text that the statement is about")
    return f"{count} texts read"


def _renderings(bundle: Bundle, trust: Trust) -> str:
    """Letters and certificates are for reading, and may be rendered later than the seal: the key has no window here."""
    rendered = sorted(name for name in RENDERED if name in bundle.files.names)
    if not rendered and not bundle.files.names.intersection(RENDERINGS):
        return "none"
    sums, signature = (bundle.text(name) for name in RENDERINGS)
    found = sshsig.parse_signature(signature)
    sshsig.check_signature(found, sums, sshsig.RENDERING_NAMESPACE)
    trust.permit(found.key, sshsig.RENDERING_NAMESPACE, bundle.sealed_at, is_stamped=True)
    names = sorted((STATEMENT, *rendered))
    listed = "".join(f"{_digest_of(bundle.files.pieces(name))}  {name}\n" for name in names)
    if listed.encode() != sums:
        raise BundleRefused("a certificate or a letter is altered, missing or added")
    return f"{len(rendered)} texts signed"


def _texts_of(names: frozenset[str], report: str, side: Side) -> list[str]:
    pattern = re.compile(rf"reports/{re.escape(report)}\.{side}\.[^/.]+\.normalised")
    return sorted(name for name in names if pattern.fullmatch(name))


STEPS: tuple[Step, ...] = (
    Step("files", "every file is listed; none is missing, none was added", _listed),
    Step("digests", "every file has the bytes that were sealed", _digests),
    Step("statement", "the claim is in a form that has one reading", _statement),
    Step("binding", "the claim is about exactly these files", _binding),
    Step("signature", "the claim was signed by the holder of one key, as evidence", _signature),
    Step("time", "somebody else vouches for when the seal was there", _time),
    Step("key", "that key was allowed to seal at that time, and is not revoked", _key),
    Step("place", "it is the evidence of the cycle that was asked for", _place),
    Step("claim", "the verdict agrees with what it rests on", _claim),
    Step("manifests", "the listings are those whose digests the verdict rests on", _manifests),
    Step("reports", "the reports are those whose digests the verdict rests on", _reports),
    Step("renderings", "what a person reads was written by a key of the site", _renderings),
)


def _digest_of(pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _name_some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"

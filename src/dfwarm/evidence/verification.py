"""
Verify one bundle in numbered steps, each with what it proves. No network, no clock: time comes from the token.

A step sees the bundle and what is trusted, and raises where it refuses. None relies on another one having been taken:
each is needed, which a test shows by leaving it out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dfwarm.errors import BundleRefused, DfwarmError, FormatNewer
from dfwarm.evidence import contents, sshsig
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.claim import refuse_other_form
from dfwarm.evidence.consistency import contradictions
from dfwarm.evidence.sums import SIGNATURE, STATEMENT
from dfwarm.evidence.token import check_token
from dfwarm.evidence.trust import Trust


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


def _statement(bundle: Bundle, _: Trust) -> str:
    refuse_other_form(bundle.text(STATEMENT), bundle.statement)
    return "in-toto Statement v1, warm-standby-equivalence v1, RFC 8785"


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


STEPS: tuple[Step, ...] = (
    Step("files", "every file is listed; none is missing, none was added", contents.listed),
    Step("digests", "every file has the bytes that were sealed", contents.digests),
    Step("statement", "the claim is in a form that has one reading", _statement),
    Step("binding", "the claim is about exactly these files", contents.binding),
    Step("signature", "the claim was signed by the holder of one key, as evidence", _signature),
    Step("time", "somebody else vouches for when the seal was there", _time),
    Step("key", "that key was allowed to seal at that time, and is not revoked", _key),
    Step("place", "it is the evidence of the cycle that was asked for", _place),
    Step("claim", "the verdict agrees with what it rests on", _claim),
    Step("manifests", "the listings are those whose digests the verdict rests on", contents.manifests),
    Step("reports", "the reports are those whose digests the verdict rests on", contents.reports),
    Step("renderings", "what a person reads was written by a key of the site", contents.renderings),
)

"""What is to be said of the seal of a bundle that was verified."""

import hashlib
from datetime import datetime

from dfwarm.evidence import sshsig
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.seal import SealFacts, SealState, Stamp
from dfwarm.evidence.sums import STATEMENT
from dfwarm.evidence.token import Token, read_token
from dfwarm.evidence.trust import Trust


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

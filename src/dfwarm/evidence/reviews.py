"""
The reviews of a bundle. They are added after it was sealed, so its list of files does not cover them.

Each is signed by a person for the statement that it lies beside, and verified as that.
"""

import hashlib
import re

from dfwarm.errors import BundleRefused, TokenRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.bundle import Bundle
from dfwarm.evidence.review import LARGEST_BYTES, Covered, SignedReview, verify_review
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.sums import REVIEWS, STATEMENT
from dfwarm.evidence.token import check_token
from dfwarm.evidence.trust import Trust
from dfwarm.evidence.verification import STEPS, Step

_REVIEW = re.compile(re.escape(REVIEWS) + r"review-[A-Za-z0-9._-]{1,64}-\d{4}\.json")


def read_reviews(bundle: Bundle, trust: Trust) -> tuple[Signature, ...]:
    """The reviews of a bundle, each verified, in the order of their names. Raises BundleRefused."""
    names = sorted(name for name in bundle.files.names if name.startswith(REVIEWS) and name.endswith(".json"))
    statement = hashlib.sha256(bundle.text(STATEMENT)).hexdigest()
    _refuse_strangers(bundle, names)
    return tuple(_read_review(bundle, trust, name, Covered(bundle.claim.cycle, statement)) for name in names)


def _refuse_strangers(bundle: Bundle, names: list[str]) -> None:
    known = {f"{name}{ending}" for name in names for ending in ("", ".sig", ".sig.tsr")}
    strangers = sorted(name for name in bundle.files.names if name.startswith(REVIEWS) and name not in known)
    strangers += [name for name in names if not _REVIEW.fullmatch(name)]
    if strangers:
        raise BundleRefused(f"{strangers[0]!r} is no part of a review")


def _read_review(bundle: Bundle, trust: Trust, name: str, covered: Covered) -> Signature:
    armored = bundle.text(f"{name}.sig")
    stamped_at = None
    if f"{name}.sig.tsr" in bundle.files.names:
        try:
            stamped_at = check_token(bundle.text(f"{name}.sig.tsr"), armored, trust.authorities).stamped_at
        except TokenRefused as error:
            raise BundleRefused(f"{name}: {error}") from error
    signed = SignedReview(bundle.files.read(name, LARGEST_BYTES + 1), armored, stamped_at)
    signature = sshsig.parse_signature(armored)
    if trust.revoked.holds(signature.key):
        raise BundleRefused(f"{name}: key {signature.fingerprint} is revoked")
    return verify_review(signed, covered, trust.reviewers)


def _reviews(bundle: Bundle, trust: Trust) -> str:
    found = read_reviews(bundle, trust)
    return "; ".join(f"{each.name}, {each.how}" for each in found) or "not yet reviewed"


ALL_STEPS: tuple[Step, ...] = (
    *STEPS,
    Step("reviews", "who reviewed it is enrolled, signed for this cycle, and was there", _reviews),
)
"""Every step, in the order in which `dfwarm verify` takes them."""

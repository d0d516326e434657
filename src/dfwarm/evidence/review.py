"""
The review of cycles by a person: what is signed, and how it is verified (21 CFR 11.50, 11.70, 11.200).

What is signed is a small record in the bytes of RFC 8785: name, role, meaning, time and zone, and the digest of each
statement that was reviewed. A signature that is moved to another cycle does not name that cycle's statement.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from dfwarm.errors import BundleRefused, ReviewRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.security_key import check_security_key, is_security_key
from dfwarm.evidence.signers import Signer, permit
from dfwarm.terms import CycleId, read_time, spell_time

NAMESPACE = "review@dfwarm"
_ZONE = re.compile(r"[+-]\d\d:\d\d")
TYPE = "dfwarm-review/1"
TESTAMENT = (
    "I have read the certificates of these cycles and what they name. With this signature, which is mine and means"
    " what a signature of my hand would mean, I state the meaning above."
)
LARGEST_BYTES = 1 << 20


class Meaning(StrEnum):
    """What a signature means. There are no others."""

    ACCEPTABLE = "Reviewed: evidence complete and acceptable"
    DEVIATION = "Reviewed: deviation raised"
    WITNESSED = "Witnessed"
    APPROVED = "Approved"


@dataclass(frozen=True, slots=True)
class Covered:
    """One cycle under a review, by the SHA-256 of its statement in hex."""

    cycle: CycleId
    digest: str


@dataclass(frozen=True, slots=True)
class Review:
    """
    One review as it is signed.

    `user` is the principal that the reviewer's key is enrolled under, `name` the printed name. `zone` is where the
    reviewer signed; `exceptions` are the numbers of what was raised or seen.
    """

    user: str
    name: str
    role: str
    meaning: Meaning
    signed_at: datetime
    zone: str
    covers: tuple[Covered, ...]
    exceptions: tuple[str, ...] = ()
    checkpoint: tuple[int, str] = (0, "")
    procedure: str = ""

    def encode(self) -> bytes:
        """The bytes that are signed. Raises ReviewRefused for a review that says too little."""
        self._refuse_unfinished()
        return _canonical(
            {
                "type": TYPE,
                "meaning": self.meaning.value,
                "printedName": self.name,
                "role": self.role,
                "userId": self.user,
                "signedAt": spell_time(self.signed_at),
                "zone": self.zone,
                "covers": [_spell_covered(each) for each in self.covers],
                "checkpoint": {"size": self.checkpoint[0], "root": self.checkpoint[1]},
                "exceptionsSeen": list(self.exceptions),
                "testament": TESTAMENT,
                "sopVersion": self.procedure,
            }
        )

    def _refuse_unfinished(self) -> None:
        for what, said in (("name", self.name), ("role", self.role), ("zone", self.zone), ("user", self.user)):
            if not said.strip():
                raise ReviewRefused(f"a review needs a {what}")
        if not _ZONE.fullmatch(self.zone):
            raise ReviewRefused(f"a review's zone is written as +01:00, not {self.zone!r:.20}")
        if not self.covers:
            raise ReviewRefused("a review covers at least one cycle")
        if self.meaning is Meaning.DEVIATION and not self.exceptions:
            raise ReviewRefused("a review that raises a deviation names it", hint="Give its number with --exception.")


@dataclass(frozen=True, slots=True)
class SignedReview:
    """A review, its signature, and when an authority stamped that signature; `None` where none has."""

    text: bytes
    armored: bytes
    stamped_at: datetime | None = None


def _canonical(value: dict[str, Any]) -> bytes:
    """The bytes of RFC 8785. For ASCII without floats the standard library writes the same; a test holds both."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if text.isascii():
        return text.encode()
    import rfc8785

    return rfc8785.dumps(value)


def read_review(text: bytes) -> Review:
    """Read a review back. Raises ReviewRefused for bytes that are not exactly what a review writes."""
    try:
        review = _review(json.loads(text[: LARGEST_BYTES + 1]))
        is_exact = review.encode() == text
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReviewRefused(f"review cannot be read: {error!r:.200}") from error
    if not is_exact:
        raise ReviewRefused("review is not in the form in which reviews are written")
    return review


def _review(value: Mapping[str, Any]) -> Review:
    if value["type"] != TYPE or value["testament"] != TESTAMENT:
        raise ValueError(f"it is of type {value['type']!r:.40}, or its testament is another one")
    return Review(
        user=value["userId"],
        name=value["printedName"],
        role=value["role"],
        meaning=Meaning(value["meaning"]),
        signed_at=read_time(value["signedAt"]),
        zone=value["zone"],
        covers=tuple(map(_read_covered, value["covers"])),
        exceptions=tuple(value["exceptionsSeen"]),
        checkpoint=(value["checkpoint"]["size"], value["checkpoint"]["root"]),
        procedure=value["sopVersion"],
    )


def _spell_covered(covered: Covered) -> dict[str, str | dict[str, str]]:
    return {"certificate": str(covered.cycle), "statement": {"sha256": covered.digest}}


def _read_covered(value: Mapping[str, Any]) -> Covered:
    return Covered(CycleId.parse(value["certificate"]), value["statement"]["sha256"])


def verify_review(signed: SignedReview, covered: Covered, reviewers: tuple[Signer, ...]) -> Signature:
    """
    Verify one review for one cycle and say what a certificate says of it. Raises ReviewRefused.

    `covered` is the cycle that the review lies beside, with the digest of the statement that lies there. The key has
    to be good at the time of the token; where there is none, at the time that the reviewer names, and that is said. A
    key in software counts where it was enrolled, and is said to be one.
    """
    text, armored = signed.text, signed.armored
    review = read_review(text)
    if covered not in review.covers:
        raise ReviewRefused(f"the review is not of the statement of cycle {covered.cycle}")
    try:
        signature = sshsig.parse_signature(armored)
        how = _check(armored, signature, text)
        signer = permit(reviewers, signature.key, NAMESPACE, signed.stamped_at or review.signed_at)
    except BundleRefused as error:
        raise ReviewRefused(str(error)) from error
    if signer.principal != review.user or signer.comment != review.name:
        raise ReviewRefused(f"the key is enrolled for {signer.comment} ({signer.principal}), not for who is named")
    return Signature(
        name=review.name,
        role=review.role,
        meaning=review.meaning.value,
        signed_at=review.signed_at,
        zone=review.zone,
        how=how if signed.stamped_at else f"{how}, NOT time-stamped",
        fingerprint=signature.fingerprint,
        exceptions=review.exceptions,
    )


def _check(armored: bytes, signature: sshsig.SshSignature, text: bytes) -> str:
    """Hold the signature against the record, and say what kind of key made it."""
    if not is_security_key(signature.key):
        sshsig.check_signature(signature, text, NAMESPACE)
        return "software key"
    if signature.namespace != NAMESPACE:
        raise ReviewRefused(f"signature is for {signature.namespace!r}, not for {NAMESPACE!r}")
    check_security_key(armored, signature, sshsig.to_be_signed(NAMESPACE, text)).refuse()
    return "security key with PIN"

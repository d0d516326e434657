"""A review: what is signed, by which keys, and that it cannot be moved, altered or made by nobody."""

import base64
import hashlib
import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import ReviewRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.review import NAMESPACE, Covered, Meaning, Review, SignedReview, read_review, verify_review
from dfwarm.evidence.security_key import COPIED, COPYABLE, ECDSA, ED25519, PRESENT, VERIFIED
from dfwarm.evidence.signers import Signer, render_signers
from dfwarm.evidence.sshsig import pack
from dfwarm.terms import CycleId, StudyNumber

DAY = Covered(CycleId(StudyNumber(35), 42), "a" * 64)
NEXT_DAY = Covered(CycleId(StudyNumber(35), 43), "b" * 64)
AT = datetime(2026, 11, 23, 15, 14, 9, tzinfo=UTC)
REVIEW = Review("qa-1", "Reviewer One", "QA", Meaning.ACCEPTABLE, AT, "-06:00", (DAY,))
APPLICATION = b"ssh:dfwarm"
PRIVATE = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
CURVE = ec.derive_private_key(7, ec.SECP256R1())


def raw(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def software_key() -> bytes:
    return pack(sshsig.ED25519) + pack(raw(PRIVATE))


def security_key() -> bytes:
    return pack(ED25519) + pack(raw(PRIVATE)) + pack(APPLICATION)


def curve_key() -> bytes:
    point = CURVE.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return pack(ECDSA) + pack(b"nistp256") + pack(point) + pack(APPLICATION)


def in_software(text: bytes, namespace: str = NAMESPACE) -> bytes:
    signed = PRIVATE.sign(sshsig.to_be_signed(namespace, text))
    return sshsig.armor(software_key(), namespace, pack(sshsig.ED25519) + pack(signed))


def challenge(text: bytes, flags: int, namespace: str) -> bytes:
    message = sshsig.to_be_signed(namespace, text)
    return hashlib.sha256(APPLICATION).digest() + bytes((flags,)) + b"\0\0\0\5" + hashlib.sha256(message).digest()


def in_device(text: bytes, flags: int = PRESENT | VERIFIED, namespace: str = NAMESPACE, tail: bytes = b"") -> bytes:
    signed = PRIVATE.sign(challenge(text, flags, namespace))
    return sshsig.armor(security_key(), namespace, pack(ED25519) + pack(signed) + bytes((flags,)) + b"\0\0\0\5" + tail)


def on_a_curve(text: bytes, flags: int = PRESENT | VERIFIED) -> bytes:
    first, second = decode_dss_signature(CURVE.sign(challenge(text, flags, NAMESPACE), ec.ECDSA(hashes.SHA256())))
    numbers = b"".join(pack(b"\0" + each.to_bytes(32, "big")) for each in (first, second))
    return sshsig.armor(curve_key(), NAMESPACE, pack(ECDSA) + pack(numbers) + bytes((flags,)) + b"\0\0\0\5")


def enrolled(key: bytes, **other: object) -> tuple[Signer, ...]:
    return (replace(Signer("qa-1", key, (NAMESPACE,), comment="Reviewer One"), **other),)  # type: ignore[arg-type]


def verify(
    review: Review = REVIEW, armored: bytes | None = None, covered: Covered = DAY, *, key: bytes | None = None,
    stamped_at: datetime | None = None, **other: object,
) -> object:  # fmt: skip
    text = review.encode()
    signed = SignedReview(text, in_device(text) if armored is None else armored, stamped_at)
    signers = enrolled(key or security_key(), **other)
    return verify_review(signed, covered, signers)


@pytest.mark.requirement("URS-SIG-01")
def test_a_review_holds_name_role_meaning_time_and_zone() -> None:
    said = json.loads(REVIEW.encode())
    assert said["printedName"] == "Reviewer One"
    assert (said["role"], said["meaning"]) == ("QA", "Reviewed: evidence complete and acceptable")
    assert (said["signedAt"], said["zone"]) == ("2026-11-23T15:14:09Z", "-06:00")
    assert said["covers"] == [{"certificate": "035-00042", "statement": {"sha256": "a" * 64}}]
    assert read_review(REVIEW.encode()) == REVIEW


@given(name=st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), min_size=1).filter(str.strip))
def test_a_review_is_written_in_the_bytes_of_rfc_8785(name: str) -> None:
    text = replace(REVIEW, name=name).encode()
    assert text == rfc8785.dumps(json.loads(text))
    assert read_review(text).name == name


@pytest.mark.parametrize("field", ["name", "role", "zone", "user"])
def test_a_review_without_a_name_a_role_or_a_zone_is_none(field: str) -> None:
    with pytest.raises(ReviewRefused, match=f"needs a {field}"):
        replace(REVIEW, **{field: " "}).encode()


def test_a_review_covers_something_and_a_deviation_is_named() -> None:
    with pytest.raises(ReviewRefused, match="at least one cycle"):
        replace(REVIEW, covers=()).encode()
    with pytest.raises(ReviewRefused, match="names it"):
        replace(REVIEW, meaning=Meaning.DEVIATION).encode()
    assert replace(REVIEW, meaning=Meaning.DEVIATION, exceptions=("EX-1",)).encode()


@given(place=st.integers(0, len(REVIEW.encode()) - 1), bit=st.integers(0, 7))
def test_no_bit_of_a_review_can_change(place: int, bit: int) -> None:
    text = bytearray(REVIEW.encode())
    text[place] ^= 1 << bit
    with pytest.raises(ReviewRefused):
        verify_review(
            SignedReview(bytes(text), in_device(REVIEW.encode())),
            DAY,
            enrolled(security_key()),
        )


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b"[]", b"null", b"1", b"[" * 100_000, REVIEW.encode() + b" ", REVIEW.encode().replace(b"/1", b"/2")],
)
def test_other_bytes_are_no_review(text: bytes) -> None:
    with pytest.raises(ReviewRefused):
        read_review(text)


@pytest.mark.requirement("URS-SIG-03")
def test_a_security_key_with_touch_and_pin_is_taken() -> None:
    signature = verify()
    assert (signature.name, signature.how) == ("Reviewer One", "security key with PIN, NOT time-stamped")  # type: ignore[attr-defined]
    text = REVIEW.encode()
    assert verify(armored=on_a_curve(text), key=curve_key(), stamped_at=AT).how == "security key with PIN"  # type: ignore[attr-defined]


@pytest.mark.requirement("URS-SIG-03")
@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (VERIFIED, "nobody touched"),
        (PRESENT, "was not given its PIN"),
        (PRESENT | VERIFIED | COPYABLE, "can be copied"),
        (PRESENT | VERIFIED | COPYABLE | COPIED, "can be copied"),
        (PRESENT | VERIFIED | 0x40, "not known: 0x45"),
    ],
)
def test_a_key_that_nobody_touched_proves_nothing(flags: int, says: str) -> None:
    with pytest.raises(ReviewRefused, match=says):
        verify(armored=in_device(REVIEW.encode(), flags))


@pytest.mark.requirement("URS-SIG-03")
def test_a_key_in_software_is_said_to_be_one() -> None:
    taken = verify(armored=in_software(REVIEW.encode()), key=software_key(), stamped_at=AT)
    assert taken.how == "software key"  # type: ignore[attr-defined]


@pytest.mark.requirement("URS-SIG-02")
def test_a_signature_does_not_hold_for_another_day() -> None:
    with pytest.raises(ReviewRefused, match="not of the statement of cycle 035-00043"):
        verify(covered=NEXT_DAY)
    with pytest.raises(ReviewRefused, match="not of the statement"):
        verify(covered=replace(DAY, digest="c" * 64))
    with pytest.raises(ReviewRefused, match="by its key"):
        verify(replace(REVIEW, covers=(NEXT_DAY,)), in_device(REVIEW.encode()), NEXT_DAY)
    assert verify(replace(REVIEW, covers=(DAY, NEXT_DAY)), None, NEXT_DAY)


@pytest.mark.requirement("URS-SIG-04")
def test_a_signature_counts_for_whom_its_key_is_enrolled_while_it_is() -> None:
    with pytest.raises(ReviewRefused, match="enrolled for Somebody Else"):
        verify(comment="Somebody Else")
    with pytest.raises(ReviewRefused, match="enrolled for"):
        verify(principal="qa-2")
    with pytest.raises(ReviewRefused, match="was not valid"):
        verify(valid_before=datetime(2026, 11, 1, tzinfo=UTC))
    with pytest.raises(ReviewRefused, match="may not sign"):
        verify(namespaces=("evidence@dfwarm",))
    with pytest.raises(ReviewRefused, match="not among the allowed signers"):
        verify(key=curve_key())


@pytest.mark.requirement("URS-SIG-05")
def test_a_key_that_had_ended_when_the_authority_stamped_it_cannot_sign_with_an_earlier_date() -> None:
    ended = datetime(2026, 11, 30, tzinfo=UTC)
    assert verify(valid_before=ended, stamped_at=datetime(2026, 11, 29, tzinfo=UTC))
    with pytest.raises(ReviewRefused, match="was not valid at 20261201"):
        verify(valid_before=ended, stamped_at=datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize("zone", ["UTC", "+1:00", "+01:00\n", "-0600"])
def test_a_zone_is_written_as_an_offset(zone: str) -> None:
    with pytest.raises(ReviewRefused, match="zone is written as"):
        replace(REVIEW, zone=zone).encode()


@pytest.mark.parametrize("how", [in_software, in_device])
def test_a_signature_for_another_purpose_is_no_review(how: object) -> None:
    signed = how(REVIEW.encode(), namespace="evidence@dfwarm")  # type: ignore[operator]
    key = software_key() if how is in_software else security_key()
    with pytest.raises(ReviewRefused, match="evidence@dfwarm"):
        verify(armored=signed, key=key)


def test_a_signature_that_is_cut_or_has_a_tail_is_none() -> None:
    text = REVIEW.encode()
    with pytest.raises(ReviewRefused):
        verify(armored=in_device(text, tail=b"x"))
    with pytest.raises(ReviewRefused):
        verify(armored=in_device(text)[:200])
    with pytest.raises(ReviewRefused, match="by its key"):
        verify(armored=in_device(b"other bytes"))
    with pytest.raises(ReviewRefused, match="by its key"):
        verify(armored=on_a_curve(b"other bytes"), key=curve_key())
    mixed = sshsig.armor(security_key(), NAMESPACE, pack(ECDSA) + pack(b"x" * 64) + b"\5\0\0\0\5")
    with pytest.raises(ReviewRefused, match="its algorithm"):
        verify(armored=mixed)


@pytest.mark.requirement("URS-EVD-05")
@pytest.mark.parametrize("how", [in_device, on_a_curve, in_software])
def test_openssh_verifies_the_same_signatures(tmp_path: Path, how: object) -> None:
    keys = {in_device: security_key, on_a_curve: curve_key, in_software: software_key}
    text = REVIEW.encode()
    (tmp_path / "reviewers").write_bytes(render_signers(enrolled(keys[how]())))  # type: ignore[index]
    (tmp_path / "sig").write_bytes(how(text))  # type: ignore[operator]
    argv = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "reviewers", "-I", "qa-1", "-n", NAMESPACE, "-s"]
    done = subprocess.run([*argv, tmp_path / "sig"], input=text, capture_output=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    other = subprocess.run([*argv, tmp_path / "sig"], input=text + b" ", capture_output=True, check=False, timeout=30)
    assert other.returncode != 0
    assert base64.b64decode(render_signers(enrolled(keys[how]())).split()[3])  # type: ignore[index]

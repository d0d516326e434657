"""A seal in one line, for every state; and the small readers of a bundle's names."""

from datetime import UTC, datetime, timedelta

import pytest

from dfwarm.evidence.der_order import sort_certificates
from dfwarm.evidence.listing_files import listing_name
from dfwarm.evidence.seal import SealFacts, SealState, Stamp
from dfwarm.terms import Side

AT = datetime(2026, 11, 23, 2, tzinfo=UTC)


def stamp(lag: timedelta) -> Stamp:
    return Stamp("CN=tsa", "2a", "1.2", AT, 0, lag)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (SealFacts(SealState.UNSEALED), "UNSEALED: nothing was asked for"),
        (SealFacts(SealState.UNSEALED, problem="no key", is_late=True), "UNSEALED, late: no key"),
        (SealFacts(SealState.TOKEN_PENDING, fingerprint="F", problem="busy"), "sealed by F; TIME-STAMP PENDING: busy"),
        (SealFacts(SealState.UNSTAMPED, fingerprint="F"), "sealed by F, without time-stamp"),
        (SealFacts(SealState.SEALED, fingerprint="F"), "sealed by F, time-stamped"),
        (
            SealFacts(SealState.SEALED, fingerprint="F", stamps=(stamp(timedelta(0)),), is_late=True),
            "sealed, late by F, time-stamped by CN=tsa",
        ),
    ],
)
def test_a_seal_says_how_far_it_has_come(facts: SealFacts, says: str) -> None:
    assert facts.say() == says


def test_a_token_says_how_long_after_the_seal_it_came() -> None:
    assert stamp(timedelta(hours=3)).say() == "CN=tsa, serial 2a, 3 h 0 min after the seal"
    assert stamp(timedelta(seconds=-5)).say() == "CN=tsa, serial 2a, 5 s before the seal by the controller's clock"


def test_a_listing_is_named_by_side_and_root() -> None:
    assert listing_name(Side.PRODUCTION, "STUDY_DIR", "sha256") == "production.sha256.gz"
    assert listing_name(Side.STANDBY, "PAGE_DIR", "mtree") == "standby.PAGE_DIR.mtree.gz"
    with pytest.raises(ValueError, match="not the key of a root"):
        listing_name(Side.STANDBY, "../x", "mtree")


SEQUENCE = bytes((0x30, 17, 0x30, 0, 0x30, 13, 6, 0, 0xA0, 9, 0x30, 7))
"""The beginning of an answer: no status, a content of no type, its three first elements still to come."""


def test_an_answer_without_certificates_or_of_another_structure_stays_as_it_is() -> None:
    sound = SEQUENCE + bytes((2, 0, 0x31, 0, 0x30, 0, 5))
    for answer in (sound, sound[:-1] + b"\x31", bytes((0x31, 0)), bytes((0x30, 0x82)), b"\x30\x05\x30\x00"):
        assert sort_certificates(answer) == answer

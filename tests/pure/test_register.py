"""A register of people: every name of one person is found, however the lines hang together."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dfwarm.equipment.signer import HeldKey
from dfwarm.evidence.signers import Signer, names_of_person

FIRST, SECOND = (HeldKey(Ed25519PrivateKey.generate()).key for _ in range(2))
REGISTER = (
    Signer("j.smith", FIRST, ("review@dfwarm",), comment="Jane Smith"),
    Signer("qa-1", SECOND, ("review@dfwarm",), comment="Reviewer One"),
    Signer("jsmith2", FIRST, ("review@dfwarm",), comment="J. Smith"),
)


@pytest.mark.requirement("URS-SIG-01")
@pytest.mark.parametrize("name", ["j.smith", "JANE  Smith", "jsmith2", "J. Smith"])
def test_each_name_of_a_person_leads_to_all_of_them(name: str) -> None:
    assert names_of_person(REGISTER, name) == {"j.smith", "jane smith", "jsmith2", "j. smith"}


def test_a_name_that_is_not_known_is_one_name_and_others_are_left_alone() -> None:
    assert names_of_person(REGISTER, "Somebody") == {"somebody"}
    assert names_of_person((), "qa-1") == {"qa-1"}
    assert names_of_person(REGISTER, "qa-1") == {"qa-1", "reviewer one"}
    assert names_of_person((Signer("bare", FIRST, ()),), "bare") == {"bare"}

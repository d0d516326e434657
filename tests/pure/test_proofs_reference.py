"""The reference of proofs and renewals: every example in it is read by dfwarm, and holds."""

import re
from pathlib import Path

import pytest

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.growth import check_growth_proof, parse_growth_proof
from dfwarm.evidence.inclusion import check_proof, parse_proof
from dfwarm.evidence.leaf import parse_leaves
from dfwarm.evidence.note import NoteKey
from dfwarm.evidence.renewal import parse_renewal
from dfwarm.evidence.vouching import read_checkpoint

pytestmark = pytest.mark.requirement("URS-EVD-04")
PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "proofs.md").read_text(encoding="utf-8")
SHOWN = {name: text.encode() for name, text in re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)}
KEY = NoteKey.parse(SHOWN["key"].decode().strip())


def test_the_page_shows_each_form_once() -> None:
    assert list(SHOWN) == ["leaf", "key", "checkpoint", "inclusion", "growth", "renewal"]


def test_what_the_page_shows_is_in_the_form_in_which_it_is_written_and_holds() -> None:
    (leaf,) = parse_leaves(SHOWN["leaf"])
    checkpoint = read_checkpoint(SHOWN["checkpoint"], "dfwarm/toronto/035", (KEY,))
    proof = parse_proof(SHOWN["inclusion"])
    assert (proof.encode(), check_proof(proof, leaf, KEY)) == (SHOWN["inclusion"], checkpoint)
    growth = parse_growth_proof(SHOWN["growth"])
    assert growth.encode() == SHOWN["growth"]
    assert check_growth_proof(growth, (KEY,)).endswith("with 3 leaves begins with what it was with 2")
    renewal = parse_renewal(SHOWN["renewal"])
    assert (renewal.encode(), renewal.root) == (SHOWN["renewal"], checkpoint.root.hex())


def test_another_leaf_is_not_what_the_page_proves() -> None:
    (leaf,) = parse_leaves(SHOWN["leaf"].replace(b"035-00002", b"035-00003"))
    with pytest.raises(HistoryBroken):
        check_proof(parse_proof(SHOWN["inclusion"]), leaf, KEY)

"""The tree of a log: every proof of every small tree, and the tree that RFC 6962's own authors published."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.merkle import (
    EMPTY_ROOT,
    check_consistency,
    check_inclusion,
    grow,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
    root_of,
)

PUBLISHED_LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
PUBLISHED_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
"""The reference tree of the Certificate Transparency project: facts, as every implementation repeats them."""

MOST = 17
HASHES = tuple(leaf_hash(bytes([number])) for number in range(MOST))


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, written down once more and as plainly as it stands there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


def test_the_published_tree_has_the_published_roots() -> None:
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in PUBLISHED_LEAVES]
    assert [root.hex() for root in grow(hashes)] == PUBLISHED_ROOTS
    assert root_of([]) == EMPTY_ROOT


def test_the_published_proof_of_consistency_is_ours() -> None:
    hashes = [leaf_hash(bytes.fromhex(leaf)) for leaf in PUBLISHED_LEAVES]
    assert [step.hex() for step in prove_consistency(hashes, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.lists(st.binary(max_size=4), max_size=40))
def test_a_root_is_what_the_definition_says(leaves: list[bytes]) -> None:
    assert root_of([leaf_hash(leaf) for leaf in leaves]) == plain_root(leaves)


def test_every_leaf_of_every_small_tree_is_proved_and_no_other_leaf_place_or_root_is() -> None:
    for size in range(1, MOST + 1):
        root = root_of(HASHES[:size])
        for index in range(size):
            proof = prove_inclusion(HASHES[:size], index)
            check_inclusion(HASHES[index], index, size, proof, root)
            for other in range(size):
                if other != index:
                    _refuse(HASHES[other], index, size, proof, root)
                    _refuse(HASHES[index], other, size, proof, root)
            _refuse(HASHES[index], index, size, (*proof, HASHES[0]), root)
            _refuse(HASHES[index], index, size, (), root) if proof else None
            _refuse(HASHES[index], index, size, proof, EMPTY_ROOT)


def test_every_growth_of_every_small_tree_is_proved_and_nothing_else_is() -> None:
    roots = [EMPTY_ROOT, *grow(HASHES)]
    for newer in range(MOST + 1):
        for older in range(newer + 1):
            proof = prove_consistency(HASHES[:newer], older)
            check_consistency(older, roots[older], newer, roots[newer], proof)
            for wrong in range(MOST + 1):
                if wrong != older:
                    _refuse_growth(older, roots[wrong], newer, roots[newer], proof)
                if wrong != newer and older:
                    _refuse_growth(older, roots[older], newer, roots[wrong], proof)
            _refuse_growth(older, roots[older], newer, roots[newer], (*proof, HASHES[0]))
            for place in range(len(proof)):
                bent = bytes([proof[place][0] ^ 1]) + proof[place][1:]
                _refuse_growth(older, roots[older], newer, roots[newer], (*proof[:place], bent, *proof[place + 1 :]))
                _refuse_growth(older, roots[older], newer, roots[newer], proof[:place])


@pytest.mark.requirement("URS-EVD-04")
@given(st.integers(1, 40), st.integers(0, 39), st.integers(1, 40))
def test_a_log_in_which_one_past_leaf_was_rewritten_is_never_consistent(older: int, place: int, more: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(older + more)]
    before = root_of(leaves[:older])
    leaves[place % older] = node_hash(leaves[place % older], leaves[place % older])
    with pytest.raises(HistoryBroken, match=r"rewritten|forked"):
        check_consistency(older, before, older + more, root_of(leaves), prove_consistency(leaves, older))


def test_a_log_that_shrank_is_named_as_such() -> None:
    with pytest.raises(HistoryBroken, match="shrank from 5 leaves to 3"):
        check_consistency(5, root_of(HASHES[:5]), 3, root_of(HASHES[:3]), ())


def test_proofs_of_what_is_not_there_are_not_made() -> None:
    for index in (-1, 5):
        with pytest.raises(HistoryBroken):
            prove_inclusion(HASHES[:5], index)
    for older in (-1, 6):
        with pytest.raises(HistoryBroken):
            prove_consistency(HASHES[:5], older)
    with pytest.raises(HistoryBroken, match="is not in a log of 5"):
        check_inclusion(HASHES[0], 5, 5, (), root_of(HASHES[:5]))
    with pytest.raises(HistoryBroken, match="nothing proves"):
        check_consistency(3, root_of(HASHES[:3]), 5, root_of(HASHES[:5]), ())


def _refuse(leaf: bytes, index: int, size: int, proof: tuple[bytes, ...], root: bytes) -> None:
    with pytest.raises(HistoryBroken):
        check_inclusion(leaf, index, size, proof, root)


def _refuse_growth(older: int, old: bytes, newer: int, new: bytes, proof: tuple[bytes, ...]) -> None:
    with pytest.raises(HistoryBroken):
        check_consistency(older, old, newer, new, proof)

"""Signed notes, checkpoints, leaves and proofs as files, held against the published vectors of C2SP."""

import base64
import hashlib
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint, origin_of
from dfwarm.evidence.inclusion import InclusionProof, check_proof, parse_proof
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.merkle import leaf_hash, prove_inclusion, root_of
from dfwarm.evidence.note import Note, NoteKey, NoteSignature, parse_note, sign_note
from dfwarm.evidence.vouching import check_note
from dfwarm.terms import CycleId, StudyNumber

PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PUBLISHED_NOTE = (
    f"{PUBLISHED_TEXT}\n\u2014 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
"""The example of the signed-note specification: facts."""


@dataclass(frozen=True)
class Signer:
    key: NoteKey
    private: Ed25519PrivateKey

    def sign(self, text: bytes) -> bytes:
        return self.private.sign(text)


def signer(name: str = "dfwarm/pair/035", seed: bytes = bytes(32)) -> Signer:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return Signer(NoteKey(name, private.public_key().public_bytes_raw()), private)


CYCLES = tuple(CycleId(StudyNumber(35), number) for number in range(1, 8))
LEAVES = tuple(Leaf.of(cycle, f'{{"cycle":"{cycle}"}}'.encode()) for cycle in CYCLES)


def test_the_published_note_holds_and_a_changed_one_does_not() -> None:
    key = NoteKey.parse(PUBLISHED_KEY)
    assert str(key) == PUBLISHED_KEY
    note = parse_note(PUBLISHED_NOTE)
    assert (note.text, note.encode()) == (PUBLISHED_TEXT, PUBLISHED_NOTE)
    check_note(note, key)
    with pytest.raises(HistoryBroken, match="does not fit the note"):
        check_note(parse_note(PUBLISHED_NOTE.replace(b"cryptography", b"cryptographY")), key)


def test_the_published_key_signs_the_published_note_byte_for_byte() -> None:
    seed = base64.b64decode(PUBLISHED_SEED)
    assert seed[0] == 1
    assert sign_note(PUBLISHED_TEXT, signer("PeterNeumann", seed[1:])).encode() == PUBLISHED_NOTE


def test_every_mangled_form_of_the_published_key_is_refused() -> None:
    for start in range(len(PUBLISHED_KEY)):
        if start:
            _refuse_key(PUBLISHED_KEY[start:])
        _refuse_key(PUBLISHED_KEY[:start])
        _refuse_key(PUBLISHED_KEY[:start] + chr(ord(PUBLISHED_KEY[start]) + 1) + PUBLISHED_KEY[start + 1 :])
    _refuse_key("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")
    _refuse_key("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")


def test_a_note_of_another_key_and_of_another_name_is_not_signed_by_ours() -> None:
    note = sign_note("text\n", signer())
    check_note(note, signer().key)
    for other in (signer(seed=bytes([1] * 32)).key, signer("another").key):
        with pytest.raises(HistoryBroken, match="is not signed by"):
            check_note(note, other)


def test_lines_of_keys_that_nobody_asked_for_are_left_standing() -> None:
    ours, theirs = sign_note("text\n", signer()), sign_note("text\n", signer("witness", bytes([2] * 32)))
    both = Note("text\n", (*theirs.signatures, *ours.signatures))
    check_note(parse_note(both.encode()), signer().key)


def test_a_second_signature_line_of_ours_that_does_not_fit_spoils_the_note() -> None:
    note = sign_note("text\n", signer())
    bent = replace(note.signatures[0], signature=bytes(64))
    with pytest.raises(HistoryBroken, match="does not fit"):
        check_note(Note("text\n", (*note.signatures, bent)), signer().key)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"\n", b"text\n", b"text\n\n", b"text\n\nno dash\n", "text\n\n\u2014 name\n".encode(), b"\xff\n\n-"),
        *("text\n\n\u2014 name AAAA\n".encode(), "text\n\n\u2014 name AAAAAAA\n".encode()),
        "te\x01xt\n\n\u2014 name AAAAAAAA\n".encode(),
        "text\n\n\u2014 name AAAAAAAA".encode(),
        ("text\n\n" + "\u2014 name AAAAAAAA\n" * 101).encode(),
    ],
)
def test_what_is_no_note_is_refused(content: bytes) -> None:
    with pytest.raises(HistoryBroken):
        parse_note(content)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_readers_stumble(content: bytes) -> None:
    for read in (parse_note, parse_proof, parse_leaves, lambda given: Checkpoint.parse(given.decode("latin-1"))):
        try:
            read(content)
        except HistoryBroken:
            continue


def test_a_checkpoint_is_three_lines_and_reads_back() -> None:
    root = root_of([leaf.hash for leaf in LEAVES])
    made = Checkpoint(origin_of("trial-pair", StudyNumber(35)), len(LEAVES), root)
    assert made.text == f"dfwarm/trial-pair/035\n7\n{base64.b64encode(root).decode()}\n"
    assert Checkpoint.parse(made.text) == made


@pytest.mark.parametrize(
    "text",
    [
        *("", "a\n1\n", "a\n01\n{root}\n", "a\n-1\n{root}\n", "\n1\n{root}\n", "a\n1\n{root}", "a\n1\n{root}\nmore\n"),
        *("a\n1\nAAAA\n", "a\n1\n!\n", "a\n1\n{root}\n\n"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(HistoryBroken):
        Checkpoint.parse(text.replace("{root}", base64.b64encode(bytes(32)).decode()))


def test_a_leaf_is_a_line_that_sha256sum_and_sha512sum_can_check() -> None:
    statement = b'{"cycle":"035-00001"}'
    line = f"035-00001 {hashlib.sha256(statement).hexdigest()} {hashlib.sha512(statement).hexdigest()}\n".encode()
    leaf = Leaf.of(CYCLES[0], statement)
    assert (leaf.line, leaf.hash) == (line, leaf_hash(line))
    assert leaf.fits(statement)
    assert not leaf.fits(statement + b" ")
    assert parse_leaves(line * 2) == (leaf, leaf)
    with pytest.raises(HistoryBroken, match=r"line 2 of leaves\.txt"):
        parse_leaves(line + line[:-1])


def test_a_proof_file_proves_its_leaf_and_nothing_else() -> None:
    proof = _prove(3)
    assert parse_proof(proof.encode()) == proof
    assert proof.encode().startswith(b"c2sp.org/tlog-proof@v1\nextra ")
    assert check_proof(proof, LEAVES[3], signer().key).size == len(LEAVES)
    with pytest.raises(HistoryBroken):
        check_proof(proof, LEAVES[4], signer().key)
    with pytest.raises(HistoryBroken, match="is not signed by"):
        check_proof(proof, LEAVES[3], signer("somebody").key)


def test_a_proof_file_has_the_published_shape() -> None:
    one, two = hashlib.sha256(b"hash1").digest(), hashlib.sha256(b"hash2").digest()
    spelled = [base64.b64encode(step).decode() for step in (one, two)]
    plain = InclusionProof(b"", 5, (one, two), b"test checkpoint\n")
    assert (
        plain.encode().decode() == f"c2sp.org/tlog-proof@v1\nindex 5\n{spelled[0]}\n{spelled[1]}\n\ntest checkpoint\n"
    )
    empty = InclusionProof(b"", 0, (), b"checkpoint\n")
    assert empty.encode() == b"c2sp.org/tlog-proof@v1\nindex 0\n\ncheckpoint\n"
    more = InclusionProof(b"extra information", 10, (one,), b"checkpoint data\n")
    assert more.encode().decode() == (
        f"c2sp.org/tlog-proof@v1\nextra ZXh0cmEgaW5mb3JtYXRpb24=\nindex 10\n{spelled[0]}\n\ncheckpoint data\n"
    )
    assert [parse_proof(each.encode()) for each in (plain, empty, more)] == [plain, empty, more]


@pytest.mark.parametrize(
    "content",
    [
        *(
            b"wrong-header\nindex 0\n\ncheckpoint\n",
            b"c2sp.org/tlog-proof@v1\n",
            b"c2sp.org/tlog-proof@v1\nindex x\n\nc\n",
        ),
        *(b"c2sp.org/tlog-proof@v1\nextra !!\nindex 0\n\nc\n", b"c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\nc\n"),
    ],
)
def test_what_is_no_proof_is_refused(content: bytes) -> None:
    with pytest.raises(HistoryBroken):
        parse_proof(content)


def _prove(index: int) -> InclusionProof:
    hashes = [leaf.hash for leaf in LEAVES]
    checkpoint = Checkpoint("dfwarm/pair/035", len(LEAVES), root_of(hashes))
    note = sign_note(checkpoint.text, signer())
    return InclusionProof(LEAVES[index].line, index, prove_inclusion(hashes, index), note.encode())


def _refuse_key(text: str) -> None:
    with pytest.raises(HistoryBroken):
        NoteKey.parse(text)


def test_a_signature_line_is_spelled_as_the_specification_says() -> None:
    assert str(NoteSignature("name", b"\0\0\0\1", b"x")) == "\u2014 name AAAAAXg="

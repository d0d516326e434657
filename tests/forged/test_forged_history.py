"""Histories that somebody altered: each one is refused by the step that is there for it, and names what was done."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dfwarm.equipment.history import STATEMENT
from dfwarm.equipment.signer import HeldKey
from dfwarm.errors import HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.cosigning import read_witness_keys
from dfwarm.evidence.history import verify_history
from dfwarm.evidence.leaf import Leaf
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.logged import Logged, read_tie
from dfwarm.evidence.merkle import leaf_hash, root_of
from dfwarm.evidence.note import NoteKey, sign_note
from dfwarm.evidence.proof_files import EXPORT_STEPS
from dfwarm.evidence.vouching import read_checkpoint
from dfwarm.facts.witness import NAMESPACE
from dfwarm.terms import CycleId
from history_forge import LAST, STUDY, WITNESS, Forge, forge, problems, rewrite_lines, statement

pytestmark = [pytest.mark.requirement("URS-EVD-04"), pytest.mark.requirement("URS-CYC-05")]


@pytest.fixture
def forged(tmp_path: Path) -> Forge:
    return forge(tmp_path)


def test_an_untouched_history_passes_every_step(forged: Forge) -> None:
    forged.witness()
    assert forged.verify() == {}
    assert len(list(forged.log.glob("checkpoint.2*"))) == LAST


def test_a_hole_is_named_by_its_cycle(forged: Forge) -> None:
    shutil.rmtree(forged.place(3))
    assert forged.verify() == {
        "statements": ("035-00003 is missing: the log has it, and there is no statement",),
    }


def test_a_hole_whose_leaf_is_gone_too_breaks_chain_growth_and_every_checkpoint(forged: Forge) -> None:
    shutil.rmtree(forged.place(3))
    rewrite_lines(forged.log / "leaves.txt", lambda lines: lines[:2] + lines[3:])
    found = forged.verify()
    assert set(found) == {"chain", "growth", "checkpoint", "past checkpoints", "numbers"}
    assert found["chain"] == ("035-00004 follows 035-00003 by its own word, and the log has another one before it",)
    assert found["numbers"] == ("035-00003 is missing: it was begun, and there is no record",)


def test_a_rewritten_statement_is_named(forged: Forge) -> None:
    path = forged.place(5) / STATEMENT
    path.write_bytes(path.read_bytes().replace(b"EQUIVALENT", b"DISCREPANT"))
    assert forged.verify() == {"statements": ("035-00005 was rewritten: its statement is not the one that was logged",)}


def test_a_rewritten_statement_whose_leaf_was_rewritten_with_it_breaks_the_statement_after_it(forged: Forge) -> None:
    path = forged.place(5) / STATEMENT
    path.write_bytes(path.read_bytes().replace(b"EQUIVALENT", b"DISCREPANT"))
    leaf = Leaf.of(CycleId(STUDY, 5), path.read_bytes())
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [*lines[:4], leaf.line, *lines[5:]])
    found = forged.verify()
    assert set(found) == {"chain", "growth", "checkpoint", "past checkpoints"}
    assert found["chain"][0].startswith("035-00006 follows 035-00005")


def test_swapped_statements_are_named(forged: Forge) -> None:
    two, three = forged.place(2) / STATEMENT, forged.place(3) / STATEMENT
    one, other = two.read_bytes(), three.read_bytes()
    two.write_bytes(other)
    three.write_bytes(one)
    assert len(forged.verify()["statements"]) == 2


def test_reordered_leaves_break_the_chain(forged: Forge) -> None:
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [lines[0], lines[2], lines[1], *lines[3:]])
    assert {"chain", "growth", "checkpoint", "past checkpoints"} <= set(forged.verify())


def test_an_inserted_bundle_is_named(forged: Forge) -> None:
    forged.write(LAST + 1, read_tie((forged.place(4) / STATEMENT).read_bytes()))
    found = forged.verify()
    assert found == {"numbers": ("035-00008 was inserted: it has a statement that the log does not have",)}
    with pytest.raises(HistoryBroken, match="035-00008 does not follow the last statement"):
        forged.history.catch_up(STUDY, forged.archive)


def test_an_inserted_leaf_is_named(forged: Forge) -> None:
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [*lines, lines[0]])
    assert forged.verify()["leaves"] == ("035-00001 is logged twice",)


def test_a_log_that_was_truncated_to_an_earlier_valid_state_is_named_by_what_others_saw(forged: Forge) -> None:
    forged.witness()
    for sequence in (6, 7):
        shutil.rmtree(forged.place(sequence))
    rewrite_lines(forged.log / "leaves.txt", lambda lines: lines[:5])
    shutil.copy(forged.log / "checkpoint.2026-11-06", forged.log / "checkpoint")
    found = forged.verify()
    assert set(found) == {"past checkpoints", "witness", "numbers"}
    assert found["witness"] == ("checkpoint.witnessed: it speaks of 7 leaves, and the log has 5",)
    for day in (7, 8):
        (forged.log / f"checkpoint.2026-11-{day:02d}").unlink()
    assert set(forged.verify()) == {"witness", "numbers"}


def test_a_tail_that_was_replaced_with_the_log_s_own_key_is_a_fork_to_everybody_who_saw_the_old_one(
    forged: Forge,
) -> None:
    forged.witness()
    _replace_tail(forged)
    (forged.log / "checkpoint.2026-11-08").unlink(missing_ok=True)
    found = forged.verify()
    assert set(found) == {"past checkpoints", "witness"}
    assert found["witness"] == ("checkpoint.witnessed: the log of 7 leaves had another root; its past was rewritten",)


def test_a_replaced_tail_without_the_key_is_refused_by_the_checkpoint_alone(forged: Forge) -> None:
    _replace_tail(forged, is_signed=False)
    assert "checkpoint" in forged.verify()


def test_a_checkpoint_of_another_key_or_another_log_vouches_for_nothing(forged: Forge) -> None:
    logged = forged.logged()
    stranger = LogTrust((NoteKey("dfwarm/pair", bytes(32)),))
    steps = verify_history(logged, stranger)
    assert steps[4].problems == ("checkpoint: none of the trusted keys signed it",)
    other = verify_history(replace(logged, origin="dfwarm/other/035"), forged.trusted)
    assert other[4].problems == ("checkpoint: it is of the log dfwarm/pair/035, not of dfwarm/other/035",)


def test_a_bent_checkpoint_is_refused(forged: Forge) -> None:
    path = forged.log / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n7\n", b"\n6\n"))
    assert "does not fit the note" in forged.verify()["checkpoint"][0]


def test_leaves_that_cannot_be_read_are_an_error_and_not_an_empty_log(forged: Forge) -> None:
    (forged.log / "leaves.txt").write_bytes(b"junk\n")
    found = forged.verify()
    assert found["leaves"] == ("line 1 of leaves.txt is not a leaf: b'junk\\n'",)
    assert "checkpoint" in found


def test_a_statement_that_does_not_say_what_it_follows_is_named(forged: Forge) -> None:
    (forged.place(4) / STATEMENT).write_bytes(b'{"predicate": {"cycle": {"previous": 1}}}')
    found = forged.verify()
    assert found["chain"] == ("035-00004 does not say which statement it follows",)
    with pytest.raises(HistoryBroken, match="does not say what comes before it"):
        read_tie(b'{"predicate": {"cycle": {"previous": {}}}}')


def test_a_record_without_a_seal_is_named(forged: Forge) -> None:
    forged.place(8).mkdir()
    assert forged.verify(begun=9) == {
        "numbers": ("035-00008 is not sealed", "035-00009 is missing: it was begun, and there is no record")
    }


def test_a_history_of_nothing_is_no_sound_history(tmp_path: Path) -> None:
    assert "checkpoint" in Forge(tmp_path).verify(begun=0)


def _replace_tail(forged: Forge, *, is_signed: bool = True) -> None:
    """Write the last two statements anew, with ties that fit, and sign the new log with the log's own key."""
    leaves = list(forged.history.leaves(STUDY)[:5])
    for sequence in (6, 7):
        tie = read_tie((forged.place(sequence) / STATEMENT).read_bytes())
        root = root_of([leaf.hash for leaf in leaves]).hex()
        tie = replace(tie, digest=leaves[-1].sha256, size=len(leaves), root=root)
        path = forged.place(sequence) / STATEMENT
        path.write_bytes(statement(sequence, tie, "DISCREPANT"))
        leaves.append(Leaf.of(CycleId(STUDY, sequence), path.read_bytes()))
    (forged.log / "leaves.txt").write_bytes(b"".join(leaf.line for leaf in leaves))
    if is_signed:
        made = Checkpoint("dfwarm/pair/035", 7, root_of([leaf.hash for leaf in leaves]))
        signed = sign_note(made.text, forged.history.key).encode()
        (forged.log / "checkpoint").write_bytes(signed)
    assert read_checkpoint((forged.log / "checkpoint").read_bytes(), "dfwarm/pair/035", forged.history.key.keys)


def test_a_witness_s_checkpoint_counts_only_with_its_own_signature(forged: Forge) -> None:
    forged.witness()
    signature = forged.log / "checkpoint.witnessed.sig"
    signed = (forged.log / "checkpoint.witnessed").read_bytes()
    stranger = HeldKey(Ed25519PrivateKey.generate())
    for content, says in (
        (WITNESS.sign(NAMESPACE, signed + b" "), "signature is not one of these bytes"),
        (WITNESS.sign("evidence@dfwarm", signed), "signature is for 'evidence@dfwarm'"),
        (stranger.sign(NAMESPACE, signed), "which is no witness that is trusted"),
        (b"junk", "is no SSH signature"),
    ):
        signature.write_bytes(content)
        assert says in forged.verify()["witness"][0]
    signature.unlink()
    assert forged.verify() == {"witness": ("checkpoint.witnessed: the witness's signature is missing",)}
    (forged.log / "checkpoint.witnessed").unlink()
    steps = verify_history(forged.logged(), replace(forged.trusted, witnesses=(WITNESS.key,)))
    assert problems(steps) == {"witness": ("there is a witness's key, and what it signed is missing",)}


@pytest.mark.parametrize("line", [b"ssh-ed25519", b"ssh-ed25519 AAAA", b"ssh-rsa !"])
def test_what_is_no_key_of_a_witness_is_refused(line: bytes) -> None:
    with pytest.raises(HistoryBroken, match="not the public key of a witness"):
        read_witness_keys(line + b"\n")


def _twice_where_nobody_looks(forged: Forge) -> Logged:
    """A leaf twice in an export that holds none of its statements, signed with the log's own key."""
    leaves = (forged.log / "leaves.txt").read_bytes().splitlines(keepends=True)
    doubled = [*leaves, leaves[0]]
    root = root_of([leaf_hash(line) for line in doubled])
    signed = sign_note(Checkpoint("dfwarm/pair/035", 8, root).text, forged.history.key).encode()
    logged = replace(forged.logged(), leaves=b"".join(doubled), checkpoint=signed)
    return replace(logged, is_whole=False, recorded=(), read=lambda _cycle, _name: b"")


def _hole(forged: Forge) -> Logged:
    shutil.rmtree(forged.place(3))
    return forged.logged()


def _sealed_after_another(forged: Forge, **other: object) -> Logged:
    """The last statement says another thing of what came before it, and everything after that is made to fit."""
    path = forged.place(LAST) / STATEMENT
    tie = replace(read_tie(path.read_bytes()), **other)  # type: ignore[arg-type]
    path.write_bytes(statement(LAST, tie))
    leaf = Leaf.of(CycleId(STUDY, LAST), path.read_bytes())
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [*lines[:-1], leaf.line])
    root = root_of([each.hash for each in forged.history.leaves(STUDY)])
    signed = sign_note(Checkpoint("dfwarm/pair/035", LAST, root).text, forged.history.key).encode()
    (forged.log / "checkpoint").write_bytes(signed)
    max(forged.log.glob("checkpoint.2*")).unlink()
    return forged.logged()


def _after_another(forged: Forge) -> Logged:
    return _sealed_after_another(forged, digest="0" * 64)


def _over_another(forged: Forge) -> Logged:
    return _sealed_after_another(forged, root="0" * 64)


def _bent(name: str, forged: Forge) -> Logged:
    forged.witness()
    path = forged.log / name
    path.write_bytes(b"bent")
    return forged.logged()


def _inserted(forged: Forge) -> Logged:
    forged.place(8).mkdir()
    return forged.logged()


def _junk_for_a_renewal(forged: Forge) -> Logged:
    return replace(forged.logged(), renewals={"renewal-0001.sha512": b"junk"})


def _broken_trail(forged: Forge) -> Logged:
    return replace(forged.logged(), audit=b"junk\n")


def _proof_of_another(forged: Forge) -> Logged:
    return replace(forged.logged(), proofs={"035-00002.tlog-proof": forged.history.prove(CycleId(STUDY, 3)).encode()})


FORGED: dict[str, Callable[[Forge], Logged]] = {
    "leaves": _twice_where_nobody_looks,
    "statements": _hole,
    "chain": _after_another,
    "growth": _over_another,
    "checkpoint": partial(_bent, "checkpoint"),
    "past checkpoints": partial(_bent, "checkpoint.2026-11-03"),
    "witness": partial(_bent, "checkpoint.witnessed.sig"),
    "numbers": _inserted,
    "renewals": _junk_for_a_renewal,
    "audit trail": _broken_trail,
    "proofs": _proof_of_another,
}


@pytest.mark.parametrize("title", FORGED)
def test_what_is_forged_is_refused_by_its_step_and_by_no_other(forged: Forge, title: str) -> None:
    """So each step is needed: leave it out, and this forgery passes."""
    logged = FORGED[title](forged)
    refused = [step.title for step in verify_history(logged, forged.trusted, EXPORT_STEPS) if not step.is_sound]
    assert refused == [title]
    without = [step for step in EXPORT_STEPS if step.title != title]
    assert all(step.is_sound for step in verify_history(logged, forged.trusted, without))


def test_each_step_over_a_log_has_a_forgery_that_only_it_refuses() -> None:
    assert list(FORGED) == [step.title for step in EXPORT_STEPS]

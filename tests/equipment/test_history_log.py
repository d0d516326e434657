"""The log on disk: what a crash leaves out is added, and nothing is ever signed that a past checkpoint denies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dfwarm.equipment.history import STATEMENT
from dfwarm.errors import HistoryBroken, RecordUnknown
from dfwarm.evidence.inclusion import check_proof, parse_proof
from dfwarm.evidence.leaf import Leaf
from dfwarm.evidence.logged import read_tie
from dfwarm.evidence.merkle import check_consistency, root_of
from dfwarm.terms import CycleId
from history_forge import STUDY, Forge, forge, rewrite_lines

SEAL_AND_DIE = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from history_forge import STUDY, Forge
from dfwarm.equipment import history
forged, place = Forge(Path(sys.argv[1]), 4), sys.argv[2]
forged.write(4, forged.history.before(STUDY, forged.archive))
write = history.write_durably
def die(*words, **more):
    os.kill(os.getpid(), signal.SIGKILL)
def write_all_but_the_last(path, content, **more):
    die() if path.name == "checkpoint" else write(path, content, **more)
if place == "before the leaf":
    history.History._append = die
if place == "before the checkpoint":
    history.History._sign = die
if place == "between the checkpoints":
    history.write_durably = write_all_but_the_last
forged.history.catch_up(STUDY, forged.archive)
"""


def test_each_statement_says_what_came_before_it(tmp_path: Path) -> None:
    forged = forge(tmp_path, 3)
    first, second = (read_tie((forged.place(sequence) / STATEMENT).read_bytes()) for sequence in (1, 2))
    assert (first.sequence, first.digest, first.size) == (0, "", 0)
    leaf = Leaf.of(CycleId(STUDY, 1), (forged.place(1) / STATEMENT).read_bytes())
    assert (second.sequence, second.digest, second.size, second.root) == (1, leaf.sha256, 1, leaf.hash.hex())


@pytest.mark.requirement("URS-EVD-04")
@pytest.mark.requirement("URS-CYC-02")
@pytest.mark.parametrize("place", ["before the leaf", "before the checkpoint", "between the checkpoints"])
def test_a_controller_that_dies_while_it_logs_is_made_good_by_the_next_and_never_forks(
    tmp_path: Path, place: str
) -> None:
    forged = forge(tmp_path, 3)
    before = forged.history.checkpoint(STUDY)
    argv = [sys.executable, "-c", SEAL_AND_DIE, str(tmp_path), place, str(Path(__file__).parents[1])]
    assert subprocess.run(argv, check=False, timeout=60).returncode == -signal.SIGKILL
    assert (forged.place(4) / STATEMENT).exists()
    forged.seal(5)
    assert forged.verify(begun=5) == {}
    now = forged.history.checkpoint(STUDY)
    proof = forged.history.prove_growth(STUDY, before.size)
    check_consistency(before.size, before.root, now.size, now.root, proof)


def test_a_leaf_that_was_cut_short_is_written_again(tmp_path: Path) -> None:
    forged = forge(tmp_path, 3)
    path = forged.log / "leaves.txt"
    whole = path.read_bytes()
    forged.seal(4)
    path.write_bytes(path.read_bytes()[: len(whole) + 50])
    (forged.log / "checkpoint").write_bytes((forged.log / "checkpoint.2026-11-04").read_bytes())
    assert len(forged.history.leaves(STUDY)) == 3
    forged.seal(5)
    (forged.log / "checkpoint.2026-11-05").unlink()
    assert forged.verify(begun=5) == {}


def test_a_log_that_shrank_or_was_rewritten_is_never_signed_over(tmp_path: Path) -> None:
    forged = forge(tmp_path, 4)
    rewrite_lines(forged.log / "leaves.txt", lambda lines: lines[:2])
    for sequence in (3, 4):
        (forged.place(sequence) / STATEMENT).unlink()
    with pytest.raises(HistoryBroken, match="shrank from 4 leaves to 2"):
        forged.history.before(STUDY, forged.archive)
    leaf = Leaf.of(CycleId(STUDY, 1), b"another")
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [leaf.line, *lines[1:], lines[0], lines[0]])
    with pytest.raises(HistoryBroken, match="are not those that were signed"):
        forged.history.before(STUDY, forged.archive)


def test_a_proof_of_each_statement_is_a_file_that_stands_alone(tmp_path: Path) -> None:
    forged = forge(tmp_path)
    for sequence in range(1, 8):
        cycle = CycleId(STUDY, sequence)
        proof = parse_proof(forged.history.prove(cycle).encode())
        leaf = Leaf.of(cycle, (forged.place(sequence) / STATEMENT).read_bytes())
        assert check_proof(proof, leaf, forged.history.key.key).size == 7
    with pytest.raises(RecordUnknown):
        forged.history.prove(CycleId(STUDY, 8))


def test_the_key_is_its_owner_s_alone_and_a_lost_one_is_replaced_in_the_open(tmp_path: Path) -> None:
    forged = forge(tmp_path, 2)
    key = forged.history.key
    assert key.file.stat().st_mode & 0o777 == 0o600
    first = key.key
    key.file.unlink()
    with pytest.raises(HistoryBroken, match="cannot be read"):
        key.sign(b"")
    forged.seal(3)
    assert key.keys == (first, key.key)
    assert forged.verify(begun=3) == {}
    key.file.write_bytes(b"short")
    with pytest.raises(HistoryBroken, match="it has 5 bytes"):
        _ = key.key


def test_a_log_without_statements_has_no_checkpoint(tmp_path: Path) -> None:
    forged = Forge(tmp_path)
    assert forged.history.before(STUDY, forged.archive).root == root_of([]).hex()
    assert forged.history.signed_checkpoint(STUDY) == b""
    assert not os.path.exists(forged.log)

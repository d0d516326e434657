"""The standby as a witness: it signs a log that grew, and refuses one that shrank or was forked."""

import io
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm import wire
from dfwarm.equipment.history import WITNESSED
from dfwarm.errors import AnswerRefused, HistoryBroken
from dfwarm.evidence.leaf import Leaf
from dfwarm.evidence.merkle import EMPTY_ROOT
from dfwarm.facts.fact import Fact, Question
from dfwarm.facts.site import HostSite, Release, StopScope
from dfwarm.facts.witness import Growth, Witnessed, read_growth
from dfwarm.gate import witness
from dfwarm.gate.verbs import VERBS
from dfwarm.procedures.history import let_witness_sign
from dfwarm.terms import CycleId, Side
from history_forge import STUDY, Forge, forge, rewrite_lines


@dataclass
class Standby:
    """A host whose gate is asked in this process, by the words of its grammar."""

    state: str
    name: str = "standby"

    def ask(self, question: Question[object]) -> Fact[object]:
        verb, *details = question.verb
        answer = io.BytesIO()
        site = HostSite(Side.STANDBY, b"/opt/dfdiscover", Release.DFDISCOVER_5, StopScope.STUDY, state=self.state)
        VERBS[verb](site, tuple(details), answer)
        return Fact(question.read(answer.getvalue()), None)  # type: ignore[arg-type]


@pytest.fixture
def forged(tmp_path: Path) -> Forge:
    return forge(tmp_path / "controller", 3)


@pytest.fixture
def standby(tmp_path: Path) -> Standby:
    return Standby(str(tmp_path / "standby"))


def sign(forged: Forge, standby: Standby) -> str:
    return let_witness_sign(forged.history, standby, STUDY)  # type: ignore[arg-type]


@pytest.mark.requirement("URS-EVD-04")
def test_a_log_that_grew_is_cosigned_and_ssh_keygen_says_so(forged: Forge, standby: Standby, tmp_path: Path) -> None:
    assert sign(forged, standby) == "3 leaves cosigned by standby"
    assert sign(forged, standby) == "3 leaves cosigned by standby"
    for sequence in range(4, 24):
        forged.seal(sequence)
    assert sign(forged, standby) == "23 leaves cosigned by standby"
    assert forged.verify(begun=23) == {}
    signers = tmp_path / "signers"
    signers.write_text(f'witness namespaces="witness@dfwarm" {(forged.folder / "log" / "witness.pub").read_text()}')
    argv = ["ssh-keygen", "-Y", "verify", "-n", "witness@dfwarm", "-f", str(signers), "-I", "witness"]
    signature = ["-s", str(forged.log / f"{WITNESSED}.sig")]
    content = (forged.log / WITNESSED).read_bytes()
    assert subprocess.run([*argv, *signature], input=content, capture_output=True, check=False).returncode == 0
    assert subprocess.run([*argv, *signature], input=content + b" ", capture_output=True, check=False).returncode


@pytest.mark.requirement("URS-EVD-04")
def test_a_shrunken_log_is_refused(forged: Forge, standby: Standby) -> None:
    sign(forged, standby)
    shutil.copy(forged.log / "checkpoint.2026-11-03", forged.log / "checkpoint")
    rewrite_lines(forged.log / "leaves.txt", lambda lines: lines[:2])
    with pytest.raises(HistoryBroken, match="the witness saw 3 leaves"):
        sign(forged, standby)
    with pytest.raises(HistoryBroken, match="shrank from 3 leaves to 2"):
        _cosign(standby, Growth(2, bytes(32), bytes(68), ()))


@pytest.mark.requirement("URS-EVD-04")
def test_a_fork_is_refused_at_the_same_size_and_at_a_later_one(forged: Forge, standby: Standby) -> None:
    sign(forged, standby)
    with pytest.raises(HistoryBroken, match="forked"):
        _cosign(standby, Growth(3, bytes(32), bytes(68), ()))
    with pytest.raises(HistoryBroken, match="rewritten"):
        _cosign(standby, Growth(5, bytes(32), bytes(68), (bytes(32), bytes(32), bytes(32))))
    rewrite_lines(forged.log / "leaves.txt", lambda lines: [Leaf.of(CycleId(STUDY, 1), b"").line, *lines[1:]])
    (forged.log / "checkpoint").unlink()
    forged.seal(4)
    with pytest.raises(HistoryBroken, match="rewritten"):
        sign(forged, standby)


def test_a_witness_with_another_key_than_before_is_not_believed(forged: Forge, standby: Standby) -> None:
    sign(forged, standby)
    shutil.rmtree(standby.state)
    with pytest.raises(HistoryBroken, match="another key"):
        sign(forged, standby)


def test_a_witness_that_cannot_read_what_it_saw_signs_nothing(forged: Forge, standby: Standby) -> None:
    sign(forged, standby)
    (Path(standby.state) / "witness" / "pair.035.json").write_text("junk")
    with pytest.raises(HistoryBroken, match="cannot be read"):
        sign(forged, standby)


def test_a_host_without_state_is_no_witness(forged: Forge) -> None:
    with pytest.raises(AnswerRefused, match="keeps no state"):
        sign(forged, Standby(""))


def test_a_pair_is_a_name_and_never_a_path(standby: Standby) -> None:
    site = HostSite(Side.STANDBY, b"/opt", Release.DFDISCOVER_5, StopScope.STUDY, state=standby.state)
    with pytest.raises(AnswerRefused, match="not the name of a pair"):
        witness.look_back(site, STUDY, "..")
    with pytest.raises(AnswerRefused, match="a study and the name of the pair"):
        VERBS["witnessed"](site, ("035",), io.BytesIO())


def test_an_ssh_keygen_that_does_not_sign_is_an_error(
    forged: Forge, standby: Standby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ssh-keygen").write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    (programs / "ssh-keygen").chmod(0o755)
    path = monkeypatch.setenv
    path("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(HistoryBroken, match="made no key"):
        sign(forged, standby)
    path("PATH", "/usr/bin:/bin")
    _ = standby.ask(Question(("witnessed", "035", "pair"), lambda answer: wire.load(Witnessed, answer), 5))
    path("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(HistoryBroken, match="did not sign"):
        sign(forged, standby)
    path("PATH", "/usr/bin:/bin")
    assert sign(forged, standby) == "3 leaves cosigned by standby"


@given(st.integers(1, 10**17), st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=32, max_size=32)))
def test_a_growth_reads_back_from_its_words(size: int, root: bytes, proof: list[bytes]) -> None:
    growth = Growth(size, root, bytes(68), tuple(proof))
    assert read_growth(growth.words) == growth
    assert all(len(word) <= 200 for word in growth.words)


@pytest.mark.parametrize(
    "words", [(), ("1",), ("0", "00" * 32, "00" * 68), ("1", "0" * 63, "00" * 68), ("1", "00" * 32, "00" * 68, "x")]
)
def test_what_is_no_growth_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(AnswerRefused):
        read_growth(words)


def test_a_witness_that_saw_nothing_says_so(standby: Standby) -> None:
    asked = Question(("witnessed", "035", "pair"), lambda answer: wire.load(Witnessed, answer), 5)
    seen = standby.ask(asked).value
    assert (seen.size, seen.root) == (0, EMPTY_ROOT)


def _cosign(standby: Standby, growth: Growth) -> None:
    standby.ask(Question(("cosign", "035", "pair", *growth.words), lambda answer: answer, 5))

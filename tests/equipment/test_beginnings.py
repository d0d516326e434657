import hashlib
import os
from pathlib import Path

import pytest

from dfwarm.datafax.journal import JournalFact
from dfwarm.errors import AnswerRefused
from dfwarm.evidence.journals import read_journals, render_journals
from dfwarm.facts.journals import AT_ONCE, Beginning, Beginnings, ask_for
from dfwarm.gate.beginnings import digest_beginnings
from dfwarm.terms import StudyNumber


def test_the_first_bytes_of_a_file_are_digested_and_of_one_that_is_shorter_or_strange_nothing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "2503.jnl").write_bytes(b"x" * (3 << 20))
    os.mkfifo(data / "2504.jnl")
    (data / "2505.jnl").symlink_to("2503.jnl")
    wanted = tuple(
        Beginning(b"data/" + name, size)
        for name, size in (
            (b"2503.jnl", 2_000_000),
            (b"2503.jnl", 3 << 21),
            (b"2504.jnl", 1),
            (b"2505.jnl", 1),
            (b"no", 1),
        )
    )
    first = hashlib.sha256(b"x" * 2_000_000).hexdigest()
    assert digest_beginnings(os.fsencode(tmp_path), wanted) == Beginnings((first, "", "", "", ""))


def test_a_beginning_is_one_word_of_the_gate_and_read_back() -> None:
    beginning = Beginning("data/Müll 1.jnl".encode(), 12)
    assert Beginning.read(beginning.say()) == beginning
    asked = [Beginning(b"data/%d.jnl" % number, number) for number in range(AT_ONCE + 1)]
    questions = list(ask_for(StudyNumber(35), "STUDY_DIR", asked))
    assert [len(part) for part, _ in questions] == [AT_ONCE, 1]
    assert questions[0][1].verb[:3] == ("beginnings", "035", "STUDY_DIR")
    assert all(len(word) <= 200 for _, question in questions for word in question.verb)


@pytest.mark.hazard("H69")
@pytest.mark.parametrize("path", [b"/etc/passwd", b"../x", b"data/../../x", b"a//b", b"a\0b", b"x" * 81])
def test_a_beginning_outside_of_the_root_is_refused(path: bytes) -> None:
    with pytest.raises(AnswerRefused):
        Beginning.read(Beginning(path, 1).say())


@pytest.mark.parametrize("word", ["", "zz.1", "61", "61.x", "61.-1", "61.1.1"])
def test_a_word_that_is_no_beginning_is_refused(word: str) -> None:
    with pytest.raises(AnswerRefused):
        Beginning.read(word)


def test_the_journals_of_a_record_are_read_back_and_others_refused() -> None:
    journals = {b"data/25\xff.jnl": JournalFact(3, b"\1" * 32), b"data/2503.jnl": JournalFact(0, b"")}
    assert read_journals(render_journals(journals)) == journals
    for wrong in (b"", b"[]", b'{"a": 1}', b'{"a": {"size": 1, "sha256": "x"}}'):
        with pytest.raises(AnswerRefused):
            read_journals(wrong)

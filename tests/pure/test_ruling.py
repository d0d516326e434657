"""Who may write: only whoever goes by the very number that the receiver knows, and only while production rules."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.errors import AnswerRefused, AuthorityRefused
from dfwarm.facts.ruling import Claim, Ruled, Ruling, admit, read_claim, read_ruling, spell_ruling, spell_words
from dfwarm.terms import Side

THEN = datetime(2026, 11, 24, 2, tzinfo=UTC)
epochs = st.integers(1, 999_999_999)
pairs = st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True)


def kept(epoch: int, ruler: Side = Side.PRODUCTION, pair: str = "main") -> Ruled:
    return Ruled((Ruling(pair, epoch, ruler, THEN, "qa-1", "site lost"),))


@pytest.mark.hazard("H63")
@given(epochs, epochs, st.sampled_from(Side), pairs)
def test_only_the_very_epoch_of_a_ruling_production_may_write(ours: int, theirs: int, ruler: Side, pair: str) -> None:
    may_write = ours == theirs and ruler is Side.PRODUCTION and pair == "main"
    if may_write:
        admit(Claim(pair, ours), kept(theirs, ruler))
    else:
        with pytest.raises(AuthorityRefused):
            admit(Claim(pair, ours), kept(theirs, ruler))


def test_silence_is_no_authority() -> None:
    with pytest.raises(AuthorityRefused, match="does not say by which epoch"):
        admit(None, kept(1))
    with pytest.raises(AuthorityRefused, match="nothing is on record"):
        admit(Claim("main", 1), Ruled(()))
    assert (Ruled(()).epoch, Ruled(()).say(), kept(3).say()) == (0, "nothing on record", "production rules, epoch 3")


@given(pairs, epochs, st.text(min_size=1, max_size=60), st.text(max_size=100), st.integers(0, 10**9))
def test_a_ruling_comes_through_the_grammar_of_the_gate_as_it_was(
    pair: str, epoch: int, by: str, reason: str, seconds: int
) -> None:
    by, reason = by.replace("\n", " ") or "x", reason.replace("\n", " ")
    ruling = Ruling(pair, epoch, Side.STANDBY, THEN + timedelta(seconds=seconds), by, reason)
    assert read_ruling(spell_ruling(ruling)) == ruling
    assert read_claim(Claim(pair, epoch).word) == Claim(pair, epoch)


@pytest.mark.parametrize(
    "words",
    [(), ("main",), ("main", "0", "standby", "1", "61"), ("main", "1", "both", "1", "610a62"),
     ("main", "1", "standby", "x", "610a62"), ("main", "1", "standby", "1", "6162"), ("../x", "1", "standby", "1", "610a62"),
     ("main", "1", "standby", "9" * 30, "610a62"), ("main", "1", "standby", "1", "zz")],
)  # fmt: skip
def test_what_is_no_ruling_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(AnswerRefused):
        read_ruling(words)


@pytest.mark.parametrize(
    "word", ["", "epoch", "epoch:main:0", "epoch:main:01", "epoch:Main:1", "epoch:main:1 ", "access"]
)
def test_what_is_no_claim_is_none(word: str) -> None:
    assert read_claim(word) is None


@pytest.mark.parametrize("text", ["", "x" * 761])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="are the most"):
        spell_words(text)

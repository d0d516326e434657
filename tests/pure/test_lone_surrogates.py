"""JSON lets half a character through. Whoever reads it for dfwarm does not."""

import pytest

from dfwarm import wire
from dfwarm.datafax.journal import JournalFact
from dfwarm.errors import AnswerRefused, BundleRefused, HistoryBroken
from dfwarm.evidence.checkpoint import Checkpoint
from dfwarm.evidence.journals import read_journals, render_journals
from dfwarm.evidence.readiness.report import read_report, write_report
from readiness_cast import GOOD
from record_maker import FULL


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\xed\xa0\x80"'])
def test_half_a_character_is_no_text_of_the_wire(text: bytes) -> None:
    with pytest.raises(AnswerRefused):
        wire.load(str, text)
    with pytest.raises(AnswerRefused):
        wire.load(dict[str, str], b'{%s:"x"}' % text)
    assert wire.load(str, '"Ångström"'.encode()) == "Ångström"


def test_a_record_that_holds_half_a_character_is_refused() -> None:
    content = wire.dump(FULL).replace(b'"toronto"', b'"\\ud800"')
    with pytest.raises(AnswerRefused):
        wire.load(type(FULL), content)


def test_a_readiness_report_with_half_a_character_or_a_number_beyond_json_is_refused() -> None:
    content = write_report(GOOD).encode()
    assert read_report(content) == write_report(GOOD)
    for altered in (content.replace(b'"toronto"', b'"\\ud800"'), content.replace(b":90000", b":" + b"9" * 40)):
        assert altered != content
        with pytest.raises(BundleRefused):
            read_report(altered)


@pytest.mark.parametrize("size", ["1e999", "12.5", "-1", '"12"', "true"])
def test_a_size_of_a_journal_that_is_no_count_is_refused(size: str) -> None:
    content = render_journals({b"data/1607.jnl": JournalFact(12, b"a" * 32)})
    assert read_journals(content) == {b"data/1607.jnl": JournalFact(12, b"a" * 32)}
    with pytest.raises(AnswerRefused):
        read_journals(content.replace(b": 12\n", b": " + size.encode() + b"\n"))


def test_a_checkpoint_whose_root_is_not_ascii_is_refused() -> None:
    with pytest.raises(HistoryBroken):
        Checkpoint.parse("dfwarm/pair/035\n5\nAqTZ\u00fd7rvD\n")

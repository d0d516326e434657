"""Words that leave the bundle: nothing of a subject, no secret, nothing that a terminal obeys."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_letter import judged
from test_statement import statement_of

from dfwarm.errors import LineUnreadable
from dfwarm.evidence.certificate.writing import write_certificate
from dfwarm.evidence.letter import NOT_SEALED, write_letter
from dfwarm.evidence.masking import LEFT_OUT, mask
from dfwarm.evidence.record import CycleRecord, ErrorRecord
from dfwarm.terms import Outcome
from record_maker import GOOD

SUBJECT = "10042"
LINE = f"1|6|0001/2026|035|5|1|{SUBJECT}|birth 1961-02-03"


def ended_with(kind: str, message: str, code: int) -> CycleRecord:
    error = ErrorRecord(kind, message, "Look.", code)
    record = judged(Outcome.INCONCLUSIVE, ("interruption", f"{kind}: {message}"), ("steps", "4 of 9"))
    steps = (replace(GOOD.steps[0], problem=f"{kind}: {message}"), *GOOD.steps[1:])
    return replace(record, error=error, steps=steps, remarks=(f"remark: {message}",), activity=(message,))


@pytest.mark.requirement("URS-EVD-01")
def test_a_line_of_a_record_that_nobody_understood_stays_in_the_bundle() -> None:
    error = LineUnreadable("plt005.dat", LINE.encode(), number=7)
    record = ended_with("LineUnreadable", str(error), error.exit_code)
    said = json.loads(statement_of(record))
    assert "plt005.dat line 7 is not understood" in said["predicate"]["decision"]["error"]["message"]
    letter = write_letter(record, "/records")
    for text in (json.dumps(said), letter.text, letter.html, repr(write_certificate(said, NOT_SEALED))):
        assert SUBJECT not in text
        assert "1961" not in text
    assert LEFT_OUT in json.dumps(said)


def test_an_error_that_nobody_foresaw_is_said_by_its_kind_alone() -> None:
    said = statement_of(ended_with("KeyError", f"subject {SUBJECT}", 70)).decode()
    assert "KeyError" in said
    assert SUBJECT not in said


def test_an_error_of_the_system_keeps_its_words() -> None:
    words = "[Errno 28] No space left on device: '/var/lib/dfwarm'"
    assert (
        words in json.loads(statement_of(ended_with("OSError", words, 70)))["predicate"]["decision"]["error"]["message"]
    )


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("index postgresql://dfwarm:hunter2@db/evidence: refused", "hunter2"),
        ("login with password=hunter2 failed", "hunter2"),
        ("Password: hunter2", "hunter2"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2", "hunter2"),
        (f"not understood: {LINE}", SUBJECT),
        (f"not understood: {LINE.encode()!r}", SUBJECT),
        (f"not understood: {LINE.encode() + bytes([39])!r}", SUBJECT),
        (f"cut short: {LINE.encode()!r}"[:-1], SUBJECT),
        ("\x1b]0;owned\x07", "\x1b"),
        ("a\u202eb", "\u202e"),
        ("\x9b31m", "\x9b"),
    ],
)
def test_a_secret_a_subject_and_an_escape_do_not_pass(text: str, secret: str) -> None:
    assert secret not in mask(text)


def test_plain_words_pass_as_they_are() -> None:
    words = "dfwarm2 did not answer 'manifest' within 60 s (ssh: connect to host dfwarm2 port 22: Connection refused)"
    assert mask(words) == words


def test_a_flood_of_words_is_cut_and_counted() -> None:
    assert mask("x" * 1500) == "x" * 1000 + " ... (500 more characters in the bundle)"


@given(st.binary(max_size=60))
def test_no_quoted_bytes_pass_whatever_they_are(raw: bytes) -> None:
    assert mask(f"line 3 is not understood: {raw!r}") == f"line 3 is not understood: {LEFT_OUT}"

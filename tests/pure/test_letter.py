"""The letter about a cycle: verdict first, in 80 columns, harmless whatever the record holds."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.evidence.advice import ADVICE, say_servers
from dfwarm.evidence.columns import columns, fill
from dfwarm.evidence.envelope import letter_id, write_message
from dfwarm.evidence.hold import HoldRecord
from dfwarm.evidence.letter import Letter, write_letter
from dfwarm.evidence.notice import UnitFailure, write_alert, write_test_letter
from dfwarm.evidence.passage import printable
from dfwarm.evidence.record import (
    CycleRecord,
    ErrorRecord,
    ReportRecord,
    StepRecord,
    TransferRecord,
)
from dfwarm.evidence.scope import ScopeRecord
from dfwarm.evidence.verdict import RULE, Reason
from dfwarm.evidence.weight import Weight
from dfwarm.terms import Outcome
from record_maker import AT, GOOD, STEPS, TREES

PLACE = "/var/lib/dfwarm/records/035/035-00042"
WEIGHTS = {clause.name: clause.weight for clause in RULE}


def judged(outcome: Outcome, *reasons: tuple[str, str]) -> CycleRecord:
    found = tuple(Reason(clause, WEIGHTS[clause], says) for clause, says in reasons)
    return replace(GOOD, verdict=replace(GOOD.verdict, outcome=outcome, reasons=found))


def text_of(record: CycleRecord) -> str:
    return write_letter(record, PLACE).text


def passage(record: CycleRecord, title: str) -> str:
    """The lines under one title, as one line with single blanks."""
    block = next(block for block in text_of(record).split("\n\n") if block.startswith(f"{title}\n"))
    return " ".join(block.split()[len(title.split()) :])


def first_words(record: CycleRecord) -> str:
    return " ".join(text_of(record).split("\n\n")[0].split())


@pytest.mark.parametrize(
    ("record", "subject", "sentence"),
    [
        (
            GOOD,
            "EQUIVALENT - study 035 - 2026-11-23 02:00Z - 035-00042",
            "EQUIVALENT - the standby of study 035 equals production as of 2026-11-23 02:00:07 UTC.",
        ),
        (
            judged(Outcome.EQUIVALENT_WITH_DEVIATIONS, ("deviations", "accepted by name")),
            "EQUIVALENT WITH DEVIATIONS - study 035 - 2026-11-23 02:00Z - 035-00042",
            (
                "EQUIVALENT WITH DEVIATIONS - the standby of study 035 equals production as of 2026-11-23 02:00:07 UTC, "
                "but for differences that named persons accepted."
            ),
        ),
        (
            judged(Outcome.DISCREPANT, ("trees", "* data/plt001.dat: other content")),
            "DISCREPANT - study 035 - 1 difference - 035-00042",
            (
                "DISCREPANT - the standby of study 035 is NOT the same as production as of 2026-11-23 02:00:07 UTC: "
                "1 difference."
            ),
        ),
        (
            judged(Outcome.INCONCLUSIVE, ("read", "lib/x cannot be read")),
            "INCONCLUSIVE - study 035 - nothing proven - 035-00042",
            "INCONCLUSIVE - nothing is proven about the standby of study 035. First reason: lib/x cannot be read.",
        ),
        (
            replace(judged(Outcome.INCONCLUSIVE), as_of=None),
            "INCONCLUSIVE - study 035 - nothing proven - 035-00042",
            "INCONCLUSIVE - nothing is proven about the standby of study 035.",
        ),
        (
            replace(GOOD, as_of=None),
            "EQUIVALENT - study 035 - no time point - 035-00042",
            "EQUIVALENT - the standby of study 035 equals production at no known time point.",
        ),
    ],
)
def test_the_verdict_comes_first(record: CycleRecord, subject: str, sentence: str) -> None:
    letter = write_letter(record, PLACE)
    assert letter.subject == subject
    assert first_words(record) == sentence


def test_a_cycle_that_ended_in_an_error_says_which_and_what_to_do() -> None:
    error = ErrorRecord("SourceRefused", "production's study 035 is empty", "Check that its disk is mounted.", 17)
    record = replace(judged(Outcome.INCONCLUSIVE, ("steps", "4 of 9"), ("transfer", "nothing")), error=error)
    assert write_letter(record, PLACE).subject == "INCONCLUSIVE - study 035 - SourceRefused - 035-00042"
    assert "The cycle ended with SourceRefused: production's study 035 is empty." in first_words(record)
    advice = passage(record, "WHAT TO DO")
    assert advice == "1. Check that its disk is mounted. $ dfwarm show 035-00042 $ dfwarm cycle 035"


def test_a_cycle_that_was_held_says_hold_in_its_subject() -> None:
    held = HoldRecord("1", "ab" * 32, ("1 data files would be deleted, 0 allowed",), is_held=True)
    error = ErrorRecord("ChangesHeld", "HOLD, nothing was written to the standby", "Find out why.", 49)
    record = replace(judged(Outcome.INCONCLUSIVE, ("interruption", "ChangesHeld: HOLD")), hold=held, error=error)
    assert write_letter(record, PLACE).subject == "INCONCLUSIVE - study 035 - HOLD - 035-00042"
    assert "dfwarm approve hold 035-00042 --by NAME --reason WHY" in passage(record, "WHAT TO DO")


def test_an_error_is_told_once_among_what_is_not_proven() -> None:
    reasons = (("interruption", "PathUnreadable: no such folder"), ("transfer", "nothing was transferred"))
    record = judged(Outcome.INCONCLUSIVE, *reasons)
    assert "PathUnreadable: no such folder" in passage(record, "WHAT IS NOT PROVEN")
    record = replace(record, error=ErrorRecord("PathUnreadable", "no such folder", "Look.", 18))
    assert passage(record, "WHAT IS NOT PROVEN") == "nothing was transferred"


def test_an_error_does_not_silence_a_difference() -> None:
    error = ErrorRecord("HostUnreachable", "no answer", "Check the network.", 11)
    record = replace(judged(Outcome.DISCREPANT, ("trees", "- data/plt001.dat: missing on the standby")), error=error)
    assert "1 difference. The cycle ended with HostUnreachable: no answer." in first_words(record)
    assert "--mend" in passage(record, "WHAT TO DO")


@pytest.mark.parametrize(
    ("kind", "says"), [("CutOff", "tied up"), ("Interrupted", "stopped the cycle"), ("X", "foresees")]
)
def test_an_error_without_a_hint_has_advice_all_the_same(kind: str, says: str) -> None:
    record = replace(judged(Outcome.INCONCLUSIVE), error=ErrorRecord(kind, "message", "", 70))
    assert says in passage(record, "WHAT TO DO")


def test_nothing_is_to_be_done_after_a_clean_cycle() -> None:
    assert passage(GOOD, "WHAT TO DO") == "1. Nothing."
    assert "WHAT DIFFERS" not in text_of(GOOD)
    assert "WHAT IS NOT PROVEN" not in text_of(GOOD)


def test_every_clause_of_the_rule_has_advice() -> None:
    assert set(ADVICE) == {clause.name for clause in RULE}


@pytest.mark.parametrize("clause", [clause.name for clause in RULE])
def test_a_breached_clause_is_named_and_its_advice_is_given(clause: str) -> None:
    record = judged(Outcome.INCONCLUSIVE, (clause, f"what broke {clause}"))
    text = " ".join(text_of(record).split())
    assert f"what broke {clause}" in text
    assert ADVICE[clause].says in text
    for command in ADVICE[clause].commands:
        assert f"$ {command.format(study='035', cycle='035-00042')}" in text


def test_a_clause_that_this_release_does_not_know_is_not_passed_over() -> None:
    verdict = replace(GOOD.verdict, outcome=Outcome.INCONCLUSIVE, reasons=(Reason("new", Weight.GAP, "what is new"),))
    text = text_of(replace(GOOD, verdict=verdict))
    assert "what is new" in text
    assert "knows no advice" in text


def test_ten_differences_are_named_and_the_rest_is_counted_by_place() -> None:
    trees = [("trees", f"* pages/0842/{number:07d}: other content") for number in range(42)]
    record = judged(Outcome.DISCREPANT, *trees, ("reports", "DFstatus differs"), ("journals", "journal differs"))
    differences = passage(record, "WHAT DIFFERS")
    assert differences.count("other content") == 8
    assert "DFstatus differs" in differences
    assert "journal differs" in differences
    assert differences.endswith("... and 34 more (34 in trees); the record names each of them")


def test_ten_differences_are_all_named() -> None:
    record = judged(Outcome.DISCREPANT, *[("trees", f"path {number}") for number in range(10)])
    assert passage(record, "WHAT DIFFERS").split("path ")[-1] == "9"


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (ReportRecord("R", "native", "ab", "ab", 2, ()), "the same on both sides, 2 lines (native)"),
        (
            ReportRecord("R", "native", "ab", "ab", 1, (), ("g",)),
            "the same on both sides, 1 line; 1 not examined (native)",
        ),
        (ReportRecord("R", "native", "ab", "cd", 2, ("a", "b")), "NOT the same, 2 differences (native)"),
        (ReportRecord("R", "native", "ab", "cd", 2, ()), "NOT the same (native)"),
        (ReportRecord("R", "native", "ab", "ab", 0, ()), "nothing to compare on a side (native)"),
        (ReportRecord("R", "native", "", "", 2, ()), "nothing to compare on a side (native)"),
    ],
)
@pytest.mark.hazard("H38")
def test_a_report_is_never_said_to_be_the_same_without_lines(report: ReportRecord, says: str) -> None:
    assert f"R {says}" in passage(replace(GOOD, reports=(report,)), "WHAT WAS COMPARED")


def test_what_was_not_compared_is_said() -> None:
    compared = passage(replace(GOOD, reports=(), trees=None, transfer=None), "WHAT WAS COMPARED")
    assert compared == "reports none was compared trees not compared"
    assert "Nothing was transferred" in text_of(replace(GOOD, transfer=None))


def test_an_empty_transfer_is_said_as_such() -> None:
    record = replace(GOOD, transfer=TransferRecord(0, "complete", {}, (), (), 5))
    assert "Nothing: rsync found nothing to send. rsync ended with 0: complete" in passage(record, "WHAT CHANGED")


def test_what_is_left_out_is_counted() -> None:
    trees = replace(TREES, excluded=tuple(f"x{number}" for number in range(7)))
    says = passage(replace(GOOD, trees=trees), "WHAT WAS COMPARED")
    assert "7 paths by policy: x0, x1, x2, x3, x4 and 2 more" in says
    assert "left out" not in passage(replace(GOOD, trees=replace(TREES, excluded=())), "WHAT WAS COMPARED")


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        (STEPS, "Both systems were started again."),
        (
            (*STEPS[:6], replace(STEPS[6], problem="ServerStuck: no answer")),
            "A SYSTEM MAY BE DOWN: ServerStuck: no answer",
        ),
        (STEPS[:2], "No system was stopped."),
        (STEPS[:5], "A SYSTEM MAY BE DOWN: the record does not say that both were started again"),
        ((), "A SYSTEM MAY BE DOWN: the record does not say that both were started again"),
    ],
)
@pytest.mark.hazard("H53")
def test_a_server_that_may_be_down_is_the_first_thing_said(steps: tuple[StepRecord, ...], says: str) -> None:
    record = replace(judged(Outcome.INCONCLUSIVE, ("read", "x")), steps=steps)
    assert passage(record, "SERVERS") == " ".join(says.split())
    assert ("look whether DataFax runs on both hosts" in text_of(record)) == says.startswith("A SYSTEM")


def test_a_cycle_that_was_tied_up_says_who_started_the_servers() -> None:
    record = replace(judged(Outcome.INCONCLUSIVE), steps=(), error=ErrorRecord("CutOff", "cut off", "", 70))
    assert "dfwarm recover" in say_servers(record)


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (
            GOOD,
            "(this cycle, EQUIVALENT) age 4 min 0 s at the end of this cycle, within the promise holds until 2026-11-24",
        ),
        (
            judged(Outcome.DISCREPANT),
            "NONE: no time point of this study has ever been proven (promised: at most 1 d 0 h)",
        ),
        (
            replace(judged(Outcome.DISCREPANT), previous_equivalent_as_of=AT - timedelta(hours=25)),
            "(an earlier cycle) age 1 d 1 h at the end of this cycle: TOO OLD by 1 h 4 min",
        ),
        (
            replace(judged(Outcome.INCONCLUSIVE), previous_equivalent_as_of=AT + timedelta(hours=1)),
            "LIES IN THE FUTURE",
        ),
        (
            judged(Outcome.EQUIVALENT_WITH_DEVIATIONS, ("deviations", "x")),
            "(this cycle, EQUIVALENT WITH DEVIATIONS)",
        ),
    ],
)
@pytest.mark.requirement("URS-CYC-04")
@pytest.mark.hazard("H45")
def test_the_age_of_the_last_proven_time_point_is_held_against_the_promise(record: CycleRecord, says: str) -> None:
    assert says in passage(record, "RECOVERY POINT")


def test_times_hosts_and_places_are_there() -> None:
    text = " ".join(text_of(replace(GOOD, remarks=("a remark",))).split())
    for says in ("dfprod1", "dfwarm2", "035-00042 of pair toronto", PLACE, "d" * 64, "Trial of ÅÄÖ", "a remark"):
        assert says in text
    failed = replace(GOOD, study_name="", as_of=None, steps=(replace(STEPS[0], problem="it broke"),))
    assert "step 1 title 1, 2.0 s - FAILED: it broke" in passage(failed, "TIMES")
    assert "time point none" in passage(failed, "TIMES")
    assert "02:00:07 UTC ended" in passage(replace(GOOD, as_of_known_by=""), "TIMES")


class Reader(HTMLParser):
    """Collects what a page consists of and says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.says = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.says += data


HOSTILE = '<script src="http://x/">&amp;\r\nBcc: all@example.org\x1b[2J\u202e\udcff{{ 7*7 }}'


@pytest.mark.hazard("H69")
@pytest.mark.hazard("H27")
def test_a_hostile_name_stays_a_name_in_text_and_page() -> None:
    record = replace(
        judged(Outcome.DISCREPANT, ("trees", HOSTILE)),
        study_name=HOSTILE,
        production_host=HOSTILE,
        remarks=(HOSTILE,),
        error=ErrorRecord(HOSTILE, HOSTILE, HOSTILE, 70),
    )
    record = replace(record, verdict=replace(record.verdict, outcome=Outcome.INCONCLUSIVE))
    letter, reader = write_letter(record, HOSTILE), Reader(write_letter(record, HOSTILE).html)
    assert reader.tags == Reader(write_letter(judged(Outcome.DISCREPANT, ("trees", "x")), PLACE).html).tags
    assert reader.attributes.isdisjoint({"src", "href"})
    assert printable(HOSTILE) in reader.says
    for said in (letter.subject, letter.text.replace("\n", ""), letter.html.replace("\n", "")):
        assert said.isprintable()
    assert (letter.text + letter.html).encode()


def test_the_page_has_no_external_part_and_more_than_a_colour() -> None:
    for outcome, symbol in zip(Outcome, "=~*?", strict=True):
        page = write_letter(judged(outcome), PLACE).html
        assert "http:" not in page
        assert "https:" not in page
        assert f"[{symbol}]</span> {outcome}</h1>" in page
    assert "[!]" in write_test_letter("host", "main", AT).html


def test_the_page_says_what_the_text_says() -> None:
    record = replace(judged(Outcome.DISCREPANT, ("trees", "a  path")), remarks=("a remark",))
    letter = write_letter(record, PLACE)
    text, page = (re.sub(r"[\s:$\[\]*-]", "", said).casefold() for said in (letter.text, Reader(letter.html).says))
    assert text in page


texts = st.text(st.characters(codec=None), max_size=120)


@given(says=st.lists(texts, max_size=14), name=texts, hint=texts)
@settings(max_examples=40)
def test_whatever_the_record_holds_the_letter_keeps_to_its_columns(says: list[str], name: str, hint: str) -> None:
    reasons = tuple(Reason("trees", Weight.DIFFERENCE, said) for said in says)
    record = replace(
        judged(Outcome.DISCREPANT),
        study_name=name,
        standby_host=name,
        error=ErrorRecord(name, hint, hint, 70),
        verdict=replace(GOOD.verdict, outcome=Outcome.DISCREPANT, reasons=reasons),
    )
    letter = write_letter(record, name)
    assert max(map(columns, letter.text.split("\n"))) <= 80
    assert all(line.isprintable() for line in (letter.subject, *letter.text.split("\n")))
    assert len(letter.subject) <= 78
    assert write_letter(record, name) == letter
    assert write_message(letter, "a@example.org", ("b@example.org",), AT)["Subject"] == letter.subject


@given(text=st.text(max_size=300), indent=st.sampled_from(["", "  ", " " * 16]))
def test_filling_loses_no_character(text: str, indent: str) -> None:
    lines = fill(text, indent, indent)
    assert "".join(line[len(indent) :] for line in lines).replace(" ", "") == printable(text).replace(" ", "")


def test_wide_characters_take_two_columns() -> None:
    lines = fill("試験" * 60)
    assert [columns(line) for line in lines] == [80, 80, 80]
    assert unicodedata.east_asian_width("試") == "W"


def test_the_same_letter_gets_the_same_bytes_text_first() -> None:
    letter = write_letter(GOOD, PLACE)
    first, again = (
        write_message(letter, "dfwarm@example.org", ("ops@example.org", "qa@example.org"), AT) for _ in "12"
    )
    assert first.as_bytes() == again.as_bytes()
    assert [part.get_content_type() for part in first.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    plain, page = first.iter_parts()
    assert plain.get_content() == letter.text
    assert page.get_content().rstrip("\n") == letter.html.rstrip("\n")
    assert first["Message-ID"] == f"<{letter_id(letter)}.dfwarm@example.org>"
    assert first["To"] == "ops@example.org, qa@example.org"
    assert first["Auto-Submitted"] == "auto-generated"


def test_a_subject_can_never_bring_a_header_along() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        write_message(Letter("x\nBcc: all@example.org", "t", "h"), "a@example.org", ("b@example.org",), AT)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("2", "DISCREPANT"),
        ("16", "StudyActive"),
        ("99", "Nothing is proven"),
        ("TERM", "Nothing is proven"),
        ("", "Nothing"),
    ],
)
def test_an_alert_says_what_the_exit_status_means(status: str, says: str) -> None:
    letter = write_alert(UnitFailure("dfwarm.service", "dfwarm2", AT, "exit-code", status))
    assert letter.subject == "FAILED - dfwarm.service on dfwarm2"
    assert says in letter.text
    assert "journalctl -u dfwarm.service" in letter.text
    assert ("exit status" in letter.text) == bool(status)


@pytest.mark.hazard("H44")
def test_the_same_failure_is_the_same_letter_for_six_hours() -> None:
    failure = UnitFailure("dfwarm.service", "dfwarm2", AT, "", "")
    later = replace(failure, at=AT + timedelta(hours=3, minutes=59))
    assert write_alert(failure) == write_alert(later)
    assert write_alert(failure) != write_alert(replace(failure, at=AT + timedelta(hours=4)))
    assert write_alert(failure) != write_alert(replace(failure, status="3"))


SCOPE = ScopeRecord(
    "site",
    "7",
    "ab" * 32,
    "qa-1",
    "reviewed",
    datetime(2026, 11, 24, 12, tzinfo=UTC),
    "",
    (),
    (),
    "",
    "",
    ("120", "254"),
)


@pytest.mark.requirement("URS-SCO-03")
def test_the_letter_says_by_which_policy_and_how_old_the_oldest_reading_is() -> None:
    trees = replace(
        TREES,
        checked=("checked 10 of 10 expected (last cycle 9 + 1 created - 0 deleted)",),
        by_records=("data/plt001.dat: the same records",),
        data_compared="byte for byte",
        production_oldest_seconds=6 * 86_400 + 4 * 3_600,
        standby_oldest_seconds=60,
    )
    said = " ".join(passage(replace(GOOD, trees=trees, scope=SCOPE), "WHAT WAS COMPARED").split())
    assert "checked 10 of 10 expected (last cycle 9 + 1 created - 0 deleted)" in said
    assert "6 d 4 h on production, 1 min 0 s on standby" in said
    assert "site, version 7 (sha256 abababababababab), approved by qa-1 on 2026-11-24" in said
    assert "studies on production: 120, 254" in said
    assert "data/plt001.dat: the same records" in said
    assert "data files byte for byte" in said


@pytest.mark.parametrize(
    ("change", "word"),
    [({"problem": "x"}, "NOT APPROVED"), ({"approved_at": None}, "as it comes with this release")],
)
def test_the_letter_says_whether_the_policy_is_approved(change: dict[str, object], word: str) -> None:
    scope = replace(SCOPE, unscoped_studies=(), **change)  # type: ignore[arg-type]
    said = " ".join(passage(replace(GOOD, scope=scope), "WHAT WAS COMPARED").split())
    assert word in said
    assert "not in scope" not in said

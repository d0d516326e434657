"""The certificate: one content, three renderings, every verdict in the same form, nothing blank, nothing that acts."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from certificate_cast import KEY, altered, record_of, seal_of, write, written
from hypothesis import given, settings
from hypothesis import strategies as st
from test_statement import statement_of

from dfwarm.evidence.certificate.content import NOT_KNOWN, Certificate, Mark, Section
from dfwarm.evidence.certificate.page import describe, render_page
from dfwarm.evidence.certificate.plain import render_text
from dfwarm.evidence.certificate.writing import write_certificate
from dfwarm.evidence.columns import columns
from dfwarm.evidence.letter import write_letter
from dfwarm.evidence.reviewer import Signature
from dfwarm.evidence.verdict import Reason
from dfwarm.evidence.weight import Weight
from dfwarm.facts.record_sets import UNTIL_STOPPED, say_how
from dfwarm.terms import Outcome

GOLDEN = Path(__file__).parent.parent / "golden"
SIGNED = Signature(
    "Reviewer One", "QA", "Reviewed: evidence complete and acceptable", datetime(2026, 11, 23, 15, 14, tzinfo=UTC),
    "-06:00", "security key with PIN", KEY, ("EX-118",),
)  # fmt: skip


def section(certificate: Certificate, number: int) -> Section:
    return next(each for each in certificate.sections if each.number == number)


def facts(certificate: Certificate, number: int) -> dict[str, str]:
    return {fact.label: fact.says for fact in section(certificate, number).facts}


def marks(certificate: Certificate) -> dict[str, Mark]:
    return {result.what.partition(" (")[0]: result.mark for result in section(certificate, 4).results}


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.is_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self.is_style:
            self.words += data.split()


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


@pytest.mark.requirement("URS-EVD-01")
@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_verdict_has_the_same_document_in_other_words(outcome: Outcome) -> None:
    certificate = written(outcome).certificate
    assert [each.number for each in certificate.sections] == list(range(1, 12))
    text = render_text(certificate)
    assert text == (GOLDEN / f"certificate-{outcome.name.lower()}.txt").read_text()
    assert f"[{certificate.symbol}] {outcome}" in text.splitlines()[1]
    assert text.splitlines()[-1].strip("= ") == "end of certificate No. 035-00042"
    assert {written(other).certificate.symbol for other in Outcome} == {"=", "~", "*", "?"}


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_text_fits_a_letter_and_the_page_says_every_word_of_it(outcome: Outcome) -> None:
    certificate = written(outcome, (SIGNED,)).certificate
    text, page = render_text(certificate), read(render_page(certificate))
    assert max(map(columns, text.splitlines())) <= 80
    joined = "".join(page.words)
    for each in certificate.sections:
        values = [fact.says for fact in each.facts] + list(each.items)
        values += [cell for row in each.results for cell in (row.what, row.production, row.standby, row.mark.value)]
        for value in values:
            assert "".join(value.split()) in joined
            assert "".join(value.split()) in "".join(text.split()) or each.results


def test_the_page_is_one_file_without_scripts_and_without_parts_from_elsewhere() -> None:
    page = render_page(written().certificate)
    tags = read(page).tags
    assert not {tag for tag, _ in tags} & {"script", "img", "link", "iframe", "object", "form", "a"}
    assert not any(name in attributes for _, attributes in tags for name in ("src", "href", "onclick"))
    assert "url(" not in page
    assert "@import" not in page
    assert any(tag == "svg" for tag, _ in tags)
    policy = next(attributes["content"] for tag, attributes in tags if attributes.get("http-equiv"))
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.requirement("URS-EVD-01")
def test_the_same_statement_gives_the_same_bytes() -> None:
    assert render_page(written().certificate) == render_page(written().certificate)
    assert describe(written().certificate) == describe(written().certificate)


@pytest.mark.requirement("URS-SIG-01")
def test_a_certificate_that_nobody_reviewed_says_so_and_a_review_is_printed_whole() -> None:
    assert section(written().certificate, 11).items == ("not yet reviewed",)
    (item,) = section(written(reviews=(SIGNED,)).certificate, 11).items
    assert item == (
        'Reviewer One, QA - "Reviewed: evidence complete and acceptable" - 2026-11-23 15:14:00 UTC (zone -06:00),'
        f" security key with PIN {KEY}; exceptions seen: EX-118"
    )


def test_ten_differences_are_named_and_the_rest_is_counted() -> None:
    items = section(written(Outcome.DISCREPANT).certificate, 8).items
    assert sum(item.startswith("differs: ") for item in items) == 10
    assert "and 2 more (differs); the bundle names each of them" in items


def test_without_anything_to_remark_it_says_none() -> None:
    assert section(altered(decision={"remarks": [], "reasons": [], "reasonCount": 0}), 8).items == ("none",)


def test_what_ended_a_cycle_and_why_is_said() -> None:
    found = altered(
        decision={
            "verdict": "INCONCLUSIVE",
            "error": {"kind": "HostUnreachable", "message": "no route"},
            "reasons": [{"clause": "steps", "weight": "invalid", "says": "4 of 9 steps were done"}],
            "reasonCount": 5,
        }
    )
    assert "the cycle ended with HostUnreachable: no route" in section(found, 8).items
    assert "invalid: 4 of 9 steps were done" in section(found, 8).items
    assert "and 4 more reasons in the bundle" in section(found, 8).items
    assert section(found, 9).items[0].startswith("Nothing is stated about equality")


def test_a_difference_that_no_list_names_is_told_as_a_reason() -> None:
    found = altered(
        decision={
            "verdict": "DISCREPANT",
            "reasons": [{"clause": "trees", "weight": "difference", "says": "x differs"}],
        }
    )
    assert "difference: x differs" in section(found, 8).items
    named = altered(
        content={"differences": ["x differs"], "differenceCount": 1},
        decision={
            "verdict": "DISCREPANT",
            "reasons": [{"clause": "trees", "weight": "difference", "says": "x differs"}],
        },
    )
    assert [item for item in section(named, 8).items if "x differs" in item] == ["differs: x differs"]


def test_files_that_were_not_counted_are_not_said_to_be_the_same() -> None:
    assert marks(altered(content={"files": 0}))["files / bytes"] is Mark.UNKNOWN


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"productionManifest": {"sha256": ""}, "standbyManifest": {"sha256": ""}}, Mark.UNKNOWN),
        ({"productionManifest": {"sha256": "a"}, "standbyManifest": {"sha256": ""}}, Mark.UNKNOWN),
        ({"productionManifest": {"sha256": "a"}, "standbyManifest": {"sha256": "b"}}, Mark.NO),
        ({"productionManifest": {"sha256": "a"}, "standbyManifest": {"sha256": "a"}}, Mark.YES),
    ],
)
def test_what_a_side_lacks_is_never_said_to_be_identical(content: dict[str, object], expected: Mark) -> None:
    found = marks(altered(content=content))
    assert found["content manifest sha256"] is found["files / bytes"] is expected


def test_entries_that_were_not_all_compared_are_not_identical() -> None:
    assert marks(altered(content={"entriesCompared": 9}))["entries expected | compared"] is Mark.UNKNOWN
    assert marks(altered(content={"gapCount": 1}))["entries expected | compared"] is Mark.UNKNOWN
    assert marks(altered(content={"differenceCount": 1}))["entries expected | compared"] is Mark.NO
    nothing = altered(content={"entriesExpected": 0, "entriesCompared": 0})
    assert marks(nothing)["entries expected | compared"] is Mark.UNKNOWN


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Mark.YES),
        ({"lines": 0}, Mark.UNKNOWN),
        ({"gapCount": 1}, Mark.UNKNOWN),
        ({"differenceCount": 1}, Mark.NO),
        ({"standby": {"normalised": "cd"}}, Mark.NO),
        ({"standby": {"normalised": ""}}, Mark.UNKNOWN),
    ],
)
def test_a_report_without_lines_or_with_gaps_is_not_identical(change: dict[str, object], expected: Mark) -> None:
    statement = json.loads(written().statement)
    statement["predicate"]["reports"][0].update(change)
    certificate = write_certificate(statement, written().sealed)
    assert marks(certificate)["DFstatus"] is expected


def test_a_control_that_was_not_detected_or_not_made_is_said() -> None:
    missed = section(altered(negativeControl={"detected": False}), 4).results[-1]
    assert (missed.standby, missed.mark) == ("NOT detected", Mark.NO)
    none = section(altered(negativeControl={"detected": False, "expected": 0}), 4).results[-1]
    assert (none.standby, none.mark) == (NOT_KNOWN, Mark.UNKNOWN)


def test_data_files_that_are_equal_by_their_records_alone_are_counted_with_the_reason() -> None:
    assert "by records" not in facts(altered(), 4)
    said = facts(altered(content={"byRecordsCount": 1_200, "dataCompared": say_how(UNTIL_STOPPED)}), 4)["by records"]
    assert said.startswith("1,200 of the data files, whose bytes and times (and their folders' times) differ; ")
    assert said.endswith("the standby's server ran until this cycle stopped it")
    assert facts(altered(content={"byRecordsCount": 2}), 4)["by records"].endswith(NOT_KNOWN)


def test_metadata_of_several_roots_is_held_together() -> None:
    root = {"root": "A", "production": {"sha256": "1"}, "standby": {"sha256": "1"}}
    other = {"root": "B", "production": {"sha256": "2"}, "standby": {"sha256": "3"}}
    assert marks(altered(metadata={"manifests": [root, root]}))["metadata manifest sha256"] is Mark.YES
    assert marks(altered(metadata={"manifests": [root, other]}))["metadata manifest sha256"] is Mark.NO
    assert marks(altered(metadata={"manifests": []}))["metadata manifest sha256"] is Mark.UNKNOWN


def test_a_statement_without_a_time_point_or_an_earlier_one_says_so() -> None:
    certificate = altered(timeline={"pointInTime": ""}, decision={"rpoAchievedSeconds": -1, "freezeMilliseconds": 0})
    assert "as of a time that is not known" in certificate.sentence
    assert facts(certificate, 6)["time point"] == NOT_KNOWN
    assert facts(certificate, 6)["freeze"] == "production was not held"
    assert facts(certificate, 7)["proven age"].startswith("NONE: no time point has ever been proven")


def test_a_recovery_point_that_is_too_old_is_said() -> None:
    found = altered(decision={"rpoAchievedSeconds": 90_000, "rpoPromisedSeconds": 86_400})
    assert "1 d 1 h - TOO OLD" in facts(found, 7)["proven age"]


def test_scope_says_what_is_left_out_and_which_studies_are_not_covered() -> None:
    many = [{"pattern": f"/x{number}", "reason": "r", "matchedFiles": number} for number in range(8)]
    found = altered(scope={"exclusions": many, "unscopedStudies": ["007", "120"]})
    assert facts(found, 2)["left out"].startswith("/x1 (r; 1 matched); /x2 (r; 2 matched); ")
    assert facts(found, 2)["left out"].endswith(
        "/x4 (r; 4 matched); and 3 more rules in the statement; 1 rule of the policy matched nothing"
    )
    assert facts(found, 2)["not in scope"] == "studies 007, 120 of production"
    plain = altered(scope={"exclusions": [], "excludedCount": 1, "policy": {"name": "p", "approvedBy": "qa-1"}})
    assert facts(plain, 2)["left out"] == "1 entry"
    assert facts(plain, 2)["policy"].endswith("approved by qa-1")
    assert facts(altered(scope={"exclusions": [], "excludedCount": 0}), 2)["left out"] == "nothing"


@pytest.mark.requirement("URS-EVD-01")
def test_how_whole_and_how_old_the_readings_are_is_said() -> None:
    found = section(written(Outcome.EQUIVALENT).certificate, 4).facts
    assert [(each.label, each.says) for each in found] == [
        ("coverage", "checked 10 of 10 expected (last cycle 9 + 1 created - 0 deleted)"),
        ("bytes", "oldest unread file: 6 d 4 h on production, 1 h 0 min on the standby"),
    ]
    unread = altered(content={"checked": [], "oldestReadingSeconds": {"production": 60, "standby": -1}})
    assert facts(unread, 4) == {"bytes": "oldest unread file: 1 min 0 s on production"}
    assert facts(altered(content={"oldestReadingSeconds": {}}), 4)["bytes"].endswith(NOT_KNOWN)


def test_a_transfer_that_was_not_made_is_said() -> None:
    assert facts(altered(transfer={"isDone": False}), 5)["transfer"] == "none was made"
    long = altered(transfer={"says": [f"change {number}" for number in range(9)]})
    assert section(long, 5).items[-1] == "and 3 more lines in the statement"
    first = altered(cycle={"previous": {"sequence": 0, "digest": ""}, "checkpointBefore": {"size": 0, "root": ""}})
    assert section(first, 5).title == "Since the beginning"
    assert facts(first, 10)["history"].startswith("the first of its study's log")


@pytest.mark.requirement("URS-EVD-07")
def test_what_reports_say_of_subjects_never_reaches_a_certificate() -> None:
    record, secret = record_of(Outcome.DISCREPANT), "subject 987654321012"
    reports = tuple(replace(each, differences=(secret,), gaps=(secret,)) for each in record.reports)
    verdict = replace(record.verdict, reasons=(Reason("reports", Weight.DIFFERENCE, f"plate 17 {secret}"),))
    record = replace(record, reports=reports, verdict=verdict)
    certificate = write(statement_of(record), record).certificate
    for rendering in (render_text(certificate), render_page(certificate), json.dumps(describe(certificate))):
        assert "987654321012" not in rendering
        assert "a breach of 'reports'; the bundle says which" in " ".join(rendering.replace("&#39;", "'").split())


HOSTILE = st.text(
    st.sampled_from(list("<>&\"'#[]$*_`=+-@\\\n\r\t\x00\x1b\u202e\u2028\u200b|é漢")), min_size=1, max_size=30
)


@given(name=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_no_name_can_act_in_a_rendering(name: str) -> None:
    certificate = altered(
        cycle={"studyName": name}, content={"differences": [name], "differenceCount": 1}, transfer={"says": [name]}
    )
    text, page = render_text(certificate), render_page(certificate)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e\u2028]", text + page)
    assert max(map(columns, text.splitlines())) <= 80
    plain = {tag for tag, _ in read(render_page(written().certificate)).tags}
    assert {tag for tag, _ in read(page).tags} <= plain


def test_a_statement_of_an_earlier_release_is_not_blank_anywhere() -> None:
    bare = {"predicate": {"decision": {"verdict": "INCONCLUSIVE"}}}
    certificate = write_certificate(bare, seal_of(b"", record_of(Outcome.EQUIVALENT)))
    for each in certificate.sections:
        assert each.facts or each.results or each.items
        assert all(fact.says.strip() for fact in each.facts)
        assert all(result.mark is Mark.UNKNOWN for result in each.results)
    assert NOT_KNOWN in render_text(certificate)
    with pytest.raises(ValueError, match="MAYBE"):
        write_certificate({"predicate": {"decision": {"verdict": "MAYBE"}}}, written().sealed)


@pytest.mark.requirement("URS-EVD-01")
@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_certificate_is_the_body_of_the_letter_below_what_a_person_can_act_on(outcome: Outcome) -> None:
    made = written(outcome)
    letter = write_letter(record_of(outcome), "/var/lib/dfwarm/records/035/035-00042", made.sealed, made.certificate)
    assert letter.text.startswith(f"{outcome} - ")
    assert letter.text.endswith(f"\n\n{render_text(made.certificate)}")
    action = letter.text.removesuffix(render_text(made.certificate))
    for title in ("SERVERS", "WHAT CHANGED", "WHAT TO DO", "RECOVERY POINT", "SEAL", "WHERE IT LIES"):
        assert f"\n{title}\n" in action
    assert "/var/lib/dfwarm/records/035/035-00042" in action
    assert max(map(columns, letter.text.splitlines())) <= 80
    tags = read(letter.html).tags
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags}
    assert not [attributes for _, attributes in tags if {"src", "href"} & attributes.keys()]
    for section in made.certificate.sections:
        assert f'id="s{section.number}"' in letter.html
    assert letter.html.index("What to do") < letter.html.index('id="s1"')
    assert letter.html.count("<html") == letter.html.count("</html>") == letter.html.count("<svg") == 1


def test_a_letter_names_the_step_that_failed_beside_its_certificate() -> None:
    record = record_of(Outcome.INCONCLUSIVE)
    steps = (*record.steps[:3], replace(record.steps[3], problem="PathUnreadable: lib/x"), *record.steps[4:])
    made = written(Outcome.INCONCLUSIVE)
    text = write_letter(replace(record, steps=steps), "/records", made.sealed, made.certificate).text
    assert "FAILED STEPS\n  step 4        title 4, 2.0 s - FAILED: PathUnreadable: lib/x" in text
    assert "title 5, 2.0 s" not in text


@pytest.mark.requirement("URS-EVD-07")
def test_the_certificate_says_in_study_words_what_reports_count_otherwise_and_names_no_subject() -> None:
    page = " ".join(render_text(written(Outcome.DISCREPANT).certificate).split())
    assert "report: ic_records, plate 7: production 1,204 final records, standby 1,203" in page
    assert "report: ic_records, duplicate primary: 1 on the standby alone" in page
    assert "and 2 more (report); the bundle names each of them" in page
    assert "10042" not in page
    vendor = {"name": "DFstatus", "engine": "vendor", "differenceCount": 3, "production": {}, "standby": {}}
    told = " ".join(render_text(_with_reports(vendor)).split())
    assert "report: DFstatus, 3 lines differ; the bundle has both" in told


def _with_reports(*reports: dict[str, Any]) -> Certificate:
    statement = json.loads(statement_of(record_of(Outcome.EQUIVALENT)))
    statement["predicate"]["reports"] = list(reports)
    return write_certificate(statement, seal_of(b"", record_of(Outcome.EQUIVALENT)))

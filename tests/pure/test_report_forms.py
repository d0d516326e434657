"""Native reports as text, JSON, CSV and bytes, and held against each other."""

import csv
import io
import json
from dataclasses import replace

import pytest

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.comparison import (
    NAMED_AT_MOST,
    digest_of,
    say_differences,
    say_record_differences,
    say_summary,
)
from dfwarm.datafax.reports.finding import Finding, FindingTable
from dfwarm.datafax.reports.forms import render_csv, render_json
from dfwarm.datafax.reports.kernel import Kernel
from dfwarm.datafax.reports.partial import FileKind, Partial, Reading
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report, Source, TimePoint
from dfwarm.datafax.reports.rule import ReportName, Rule
from dfwarm.datafax.reports.stream import decode, encode
from dfwarm.datafax.reports.text import render_text
from dfwarm.errors import AnswerRefused
from dfwarm.terms import Access

FILE = b"data/plt002.dat"
FINDINGS = (
    Finding(FILE, 2, 100, Rule.FIELD_COUNT, Key(0, 0, 0), "'1|3'"),
    Finding(FILE, 7, 900, Rule.WRONG_STUDY, Key(1003, 1, 2), "'254'"),
)
REPORT = Report(
    name=ReportName.IC_RECORDS,
    study=35,
    mode=Mode.QUIESCED,
    records=4_218,
    counts=(
        Count("study", "final", 4, 4_211),
        Count("study", "final", 5, 2),
        Count("study", "missed", 4, 5),
        Count("plate 2", "final", 4, 4_211),
        Count("plate 2", "new", NO_LEVEL, 3),
    ),
    tables=(FindingTable.of(FILE, FINDINGS),),
    gaps=("data/plt003.dat: not a regular file",),
    notes=("plate 2: 15 fields are expected, inferred from most of its records",),
    sources=(Source(FILE, 1_000_000, "ab" * 32),),
    time_point=TimePoint("2026-02-03 12:00:00", Access.DISABLED),
)

TEXT = """\
ic_records of study 035, quiesced: 4,218 records
read 1 files with 1,000,000 bytes; newest journal entry 2026-02-03 12:00:00;
    study access was disabled
================================================================================
study
  level                      4     5
  final                  4,211     2
  missed                     5     0
plate 2
  level                      4
  final                  4,211
          3  new
found
          1  wrong number of fields
  wrong number of fields: data/plt002.dat line 2 at byte 100: '1|3'
          1  wrong study number
  wrong study number: plate 2 visit 1 subject 1003, data/plt002.dat line 7 at
      byte 900: '254'
not examined
  data/plt003.dat: not a regular file
to know
  plate 2: 15 fields are expected, inferred from most of its records
"""


def test_the_text_is_the_same_for_the_same_report() -> None:
    assert render_text(REPORT) == TEXT


def test_nothing_wrong_is_said_as_such() -> None:
    assert render_text(replace(REPORT, tables=(), gaps=(), notes=())).endswith("3  new\nnothing was found wrong\n")
    bare = replace(REPORT, counts=(Count("queries", "records", NO_LEVEL, 7),), tables=(), gaps=(), notes=())
    assert render_text(bare).endswith("=\nqueries\n          7  records\nnothing was found wrong\n")


def test_large_numbers_and_long_lists_stay_within_80_columns_and_are_capped() -> None:
    counts = [Count("plate 2", "secondary incomplete", level, 12_345_678) for level in range(8)]
    counts += [Count("plate 2", f"queries new, code {code}, external", NO_LEVEL, code) for code in range(30)]
    counts += [Count("plate 3", "final", 1, 1)]
    found = [Finding(FILE, line, line, Rule.NUL, Key(1003, 1, 2), "x" * 60) for line in range(1, 50)]
    gaps = tuple(f"gap {number}" for number in range(25))
    text = render_text(replace(REPORT, counts=tuple(counts), tables=(FindingTable.of(FILE, found),), gaps=gaps))
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("  level ") == 3
    assert "  and 18 more counts\n" in text
    assert "  and 29 more of them\n" in text
    assert "  gap 19\n  and 5 more lines\n" in text
    assert text.count("at byte") == 20


def test_of_a_rule_that_many_files_break_the_first_findings_are_shown() -> None:
    tables = tuple(
        FindingTable.of(b"data/plt%03d.dat" % plate, [Finding(b"", 1, 1, Rule.NUL, Key(1, 1, plate))])
        for plate in range(1, 31)
    )
    text = render_text(replace(REPORT, counts=(), tables=tables))
    assert "         30  NUL byte\n" in text
    assert "plt020.dat" in text
    assert "plt021.dat" not in text
    assert "  and 10 more of them\n" in text


def test_json_is_complete() -> None:
    told = json.loads("".join(render_json(REPORT)))
    assert told["counts"][0] == {"group": "study", "what": "final", "number": 4_211, "level": 4}
    assert told["counts"][-1] == {"group": "plate 2", "what": "new", "number": 3}
    assert told["found"] == {"wrong number of fields": 1, "wrong study number": 1}
    assert told["findings"] == [
        {"rule": "wrong number of fields", "file": "data/plt002.dat", "line": 2, "offset": 100, "text": "'1|3'"},
        {
            "rule": "wrong study number", "file": "data/plt002.dat", "line": 7, "offset": 900, "plate": 2, "visit": 1,
            "subject": 1003, "text": "'254'",
        },
    ]  # fmt: skip
    assert told["sources"] == [{"file": "data/plt002.dat", "size": 1_000_000, "digest": "ab" * 32}]
    assert told["sentence"] == "newest journal entry 2026-02-03 12:00:00; study access was disabled"
    assert (told["gaps"], told["notes"], told["records"]) == (list(REPORT.gaps), list(REPORT.notes), 4_218)
    assert json.loads("".join(render_json(replace(REPORT, tables=()))))["findings"] == []


def test_csv_has_a_line_for_everything() -> None:
    rows = list(csv.DictReader(io.StringIO("".join(render_csv(REPORT)))))
    assert [row["kind"] for row in rows] == ["count"] * 5 + ["finding"] * 2 + ["gap", "note", "source"]
    assert (rows[0]["group"], rows[0]["what"], rows[0]["level"], rows[0]["number"]) == ("study", "final", "4", "4211")
    assert rows[4]["level"] == ""
    assert (rows[6]["what"], rows[6]["subject"], rows[6]["text"]) == ("wrong study number", "1003", "'254'")
    assert (rows[9]["file"], rows[9]["number"], rows[9]["text"]) == ("data/plt002.dat", "1000000", "ab" * 32)


def test_reports_cross_the_wire_whole() -> None:
    other = replace(REPORT, name=ReportName.DFSTATUS, tables=())
    answer = b"".join(encode((REPORT, other)))
    assert decode(answer) == (REPORT, other)
    assert decode(b"".join(encode(()))) == ()
    for broken in (answer[:-1], answer + b"x", answer.replace(b'"rowBytes":[58]', b'"rowBytes":[29]'), b"{}\n"):
        with pytest.raises(AnswerRefused):
            decode(broken)


def test_a_finding_of_a_rule_that_is_not_known_is_refused() -> None:
    rows = bytearray(REPORT.tables[0].rows)
    rows[12] = 255
    with pytest.raises(AnswerRefused, match="rule that is not known"):
        decode(b"".join(encode((replace(REPORT, tables=(FindingTable(FILE, bytes(rows)),)),))))


def test_counts_that_differ_are_said_in_study_language() -> None:
    fewer = (*REPORT.counts[:3], replace(REPORT.counts[3], number=4_210), Count("plate 9", "final", 1, 1))
    assert say_differences(REPORT, replace(REPORT, counts=fewer)) == (
        "plate 2: production 4,211 final at level 4, standby 4,210",
        "plate 2: production 3 new, standby 0",
        "plate 9: production 0 final at level 1, standby 1",
    )


def test_findings_that_differ_name_their_record_and_lines_do_not_count() -> None:
    moved = tuple(replace(each, line=each.line + 5, offset=each.offset + 9) for each in FINDINGS)
    assert say_differences(REPORT, replace(REPORT, tables=(FindingTable.of(FILE, moved),))) == ()
    more = (*FINDINGS, FINDINGS[1], Finding(FILE, 9, 9, Rule.NUL, Key(1004, 0, 2)))
    assert say_differences(REPORT, replace(REPORT, tables=(FindingTable.of(FILE, more),))) == (
        "data/plt002.dat: only the standby has NUL byte, plate 2 visit 0 subject 1004",
        "data/plt002.dat: only the standby has wrong study number, plate 2 visit 1 subject 1003",
    )
    assert say_differences(REPORT, replace(REPORT, tables=()))[0] == (
        "data/plt002.dat: only production has wrong number of fields"
    )
    many = [Finding(FILE, 1, 1, Rule.NUL, Key(subject, 0, 2)) for subject in range(1, NAMED_AT_MOST + 4)]
    said = say_differences(replace(REPORT, tables=()), replace(REPORT, tables=(FindingTable.of(FILE, many),)))
    assert len(said) == NAMED_AT_MOST + 1
    assert said[-1] == "data/plt002.dat: only the standby has 3 more findings"
    twice = [FINDINGS[0], FINDINGS[0], FINDINGS[0]]
    said = say_differences(replace(REPORT, tables=()), replace(REPORT, tables=(FindingTable.of(FILE, twice),)))
    assert said == ("data/plt002.dat: only the standby has wrong number of fields (3 times)",)


@pytest.mark.requirement("URS-EVD-07")
def test_the_summary_of_what_differs_holds_counts_and_rules_and_no_record() -> None:
    fewer = (*REPORT.counts[:4], Count("plate 9", "final", 1, 1))
    more = (*FINDINGS, FINDINGS[1], Finding(FILE, 9, 9, Rule.NUL, Key(1004, 0, 2)))
    other = replace(REPORT, counts=fewer, tables=(FindingTable.of(FILE, more),))
    said = say_summary(REPORT, other)
    assert "plate 9: production 0 final at level 1, standby 1" in said
    assert said[-2:] == ("NUL byte: 1 on the standby alone", "wrong study number: 1 on the standby alone")
    assert all("subject" not in each and "1004" not in each for each in said)
    assert say_summary(replace(REPORT, tables=()), REPORT)[0].endswith("on the standby alone")
    both = say_summary(replace(REPORT, tables=(FindingTable.of(FILE, more[1:]),)), REPORT)
    assert "wrong number of fields: 1 on the standby alone" in both
    assert "NUL byte: 1 on production alone" in both
    assert say_summary(REPORT, REPORT) == ()
    assert say_summary(REPORT, replace(REPORT, study=36)) == ()


def test_reports_that_do_not_belong_together_differ() -> None:
    for other in (
        replace(REPORT, mode=Mode.LIVE),
        replace(REPORT, study=36),
        replace(REPORT, name=ReportName.DFSTATUS),
    ):
        (said,) = say_differences(REPORT, other)
        assert said.startswith("production's report is ic_records of study 035, quiesced, the standby's is ")
    assert say_differences(REPORT, replace(REPORT, records=1)) == ("production 4,218 records, standby 1",)


def test_the_digest_of_a_report_is_that_of_what_both_sides_must_agree_on() -> None:
    same = replace(REPORT, time_point=TimePoint(), notes=(), sources=())
    assert digest_of(same) == digest_of(REPORT)
    for change in (
        {"mode": Mode.LIVE}, {"records": 1}, {"counts": REPORT.counts[1:]}, {"tables": ()}, {"study": 36},
    ):  # fmt: skip
        assert digest_of(replace(REPORT, **change)) != digest_of(REPORT)  # type: ignore[arg-type]


LINE = b"%d|%d|0000/0000000|253|2|%d|%d|CCC|1|16/07/25 13:52:55|16/07/25 14:53:21|\n"


def partial_of(*rows: tuple[int, int, int, int]) -> Partial:
    kernel = Kernel(FILE, Reading(FileKind.PLATE, 253, 2))
    data = b"".join(LINE % row for row in rows)
    if data:
        kernel.take(memoryview(bytearray(data)), 0)
    return kernel.close(bytes(32), len(data))


def test_records_that_stand_otherwise_are_named_by_key() -> None:
    ours = partial_of((1, 4, 0, 1001), (1, 4, 1, 1001), (5, 1, 1, 1001), (2, 3, 0, 1003))
    theirs = partial_of((2, 3, 0, 1003), (3, 4, 0, 1001), (1, 4, 1, 1001), (5, 1, 1, 1001), (5, 1, 1, 1001))
    assert say_record_differences(ours, theirs) == (
        "plate 2 visit 0 subject 1001: production final at level 4, standby pending at level 4",
        "plate 2 visit 1 subject 1001: production nothing, standby secondary incomplete at level 1",
    )
    assert say_record_differences(ours, ours) == ()
    assert say_record_differences(partial_of(), partial_of()) == ()
    assert say_record_differences(partial_of((1, 4, 0, 1001)), partial_of()) == (
        "plate 2 visit 0 subject 1001: production final at level 4, standby nothing",
    )


def test_of_many_records_the_first_are_named_and_the_others_counted() -> None:
    many = partial_of(*((1, 4, 0, 1000 + number) for number in range(NAMED_AT_MOST + 1_500)))
    said = say_record_differences(many, partial_of())
    assert len(said) == NAMED_AT_MOST + 1
    assert said[-1] == "plate 2: 1,500 more records stand otherwise"

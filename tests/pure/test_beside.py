"""A vendor's number beside the native one: read strictly or not at all, and compared on each side by itself."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_config_reading import FILE, PULL
from test_statement import TIES, statement_of

from dfwarm.config.mistake import MistakesFound
from dfwarm.config.reading import parse_config
from dfwarm.datafax.reports.census import ImageCensus
from dfwarm.datafax.reports.dfstatus import examine_status
from dfwarm.datafax.reports.figure import SUMS, Figure, figure_of
from dfwarm.datafax.reports.ic_records import examine_records
from dfwarm.datafax.reports.images import examine_images
from dfwarm.datafax.reports.labelled import LabelUnreadable, read_labelled
from dfwarm.datafax.reports.partial import FileKind
from dfwarm.datafax.reports.queries import QueryRules, examine_queries
from dfwarm.datafax.reports.report import Mode, Report, TimePoint
from dfwarm.datafax.reports.rule import ReportName
from dfwarm.datafax.setup import infer_setup
from dfwarm.evidence.account import say_comparison
from dfwarm.evidence.beside import NOTHING, BesideRecord, Printed
from dfwarm.evidence.certificate.content import Mark
from dfwarm.evidence.certificate.results import results
from dfwarm.evidence.claim import read_claim, read_statement
from dfwarm.evidence.consistency import contradictions
from dfwarm.evidence.statement import build_statement
from dfwarm.plan.beside import Label
from partial_maker import arrived, plate_partial, query, record
from partial_maker import partial_of as partial
from record_maker import GOOD

TEXT = b"DFstatus: Study Status  PAGE 1\n\nLevel  final\n    1     12\nNew records: 8\nall: 1,234 of them\n"
AGREED = BesideRecord("DFstatus", "New records:", "new records", Printed(8, 8), Printed(8, 8))
OTHER = replace(AGREED, standby=Printed(9, 8))
UNREAD = replace(AGREED, production=Printed(NOTHING, 8, "no line begins so"))
TWICE = replace(AGREED, production=Printed(7, 8), standby=Printed(NOTHING, 8, "2 lines begin so"))


@pytest.mark.parametrize(("label", "number"), [(b"New records:", 8), (b"New records: ", 8), (b"all:", 1234)])
def test_one_whole_number_behind_one_label_is_read(label: bytes, number: int) -> None:
    assert read_labelled(TEXT, label) == number


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "no line begins so"),
        (b" New: 8\n", "no line begins so"),
        (b"New: 8\nNew: 8\n", "2 lines begin so"),
        (b"New: 8\nNew: none\n", "2 lines begin so"),
        (b"New:\n", "no single whole number follows in its line"),
        (b"New: none\n", "no single whole number follows in its line"),
        (b"New: none 8\n", "no single whole number follows in its line"),
        (b"New: 8 of 9\n", "no single whole number follows in its line"),
        (b"New: 8.5\n", "no single whole number follows in its line"),
        (b"New: -8\n", "no single whole number follows in its line"),
        (b"New: 8%\n", "no single whole number follows in its line"),
        (b"New: 1,23\n", "no single whole number follows in its line"),
        (b"New: " + b"8" * 16 + b"\n", "no single whole number follows in its line"),
    ],
)
def test_anything_else_is_said_and_is_no_number(text: bytes, problem: str) -> None:
    with pytest.raises(LabelUnreadable, match=problem):
        read_labelled(text, b"New:")


def test_a_digit_at_the_end_of_a_label_is_never_taken_for_part_of_the_number() -> None:
    assert read_labelled(b"level 1 12\n", b"level 1") == 12
    with pytest.raises(LabelUnreadable):
        read_labelled(b"level 12\n", b"level 1")


@given(st.binary(max_size=60), st.integers(0, 10**15 - 1), st.binary(max_size=60))
def test_whatever_stands_around_it_a_number_is_that_of_its_line_or_none(
    before: bytes, number: int, after: bytes
) -> None:
    text = before + b"\nNew: %d\n" % number + after
    try:
        assert read_labelled(text, b"New:") == number
    except LabelUnreadable:
        assert text.count(b"\nNew:") > 1 or before.startswith(b"New:")


def reports_of_a_study() -> dict[ReportName, Report]:
    """Two plates, one new record, and each fault that a figure counts, once or twice."""
    image = b"2510/0001001"
    plates = [
        plate_partial(1, [record(1, image, 1, 0, 1001), record(1, b"0000/0000000", 1, 0, 1001, level=3)]),
        plate_partial(
            2,
            [
                record(0, b"0000/0000000", 2, 0, 1001),
                record(2, b"2510/0002001", 2, 1, 1001),
                record(3, b"0000/0000000", 2, 2, 1001),
                record(5, b"0000/0000000", 2, 2, 1001),
                record(6, b"0000/0000000", 2, 9, 1001),
            ],
        ),
    ]
    queue = partial(b"DFin.dat", FileKind.NEW_QUEUE, [arrived(b"2510/0003001", 1, 5, 1001)])
    asked = [query(1, 1, 0, 1001), query(5, 2, 1, 1001), query(5, 2, 1, 1001), query(3, 9, 1, 1001)]
    queries = partial(b"DFqc.dat", FileKind.QUERIES, [*asked, query(1, 9, 1, 1001, code=22)])
    parts, at = [*plates, queue, queries], TimePoint()
    made = (
        examine_status(253, Mode.QUIESCED, parts, at),
        examine_images(253, Mode.QUIESCED, parts, ImageCensus((), (), is_listed=True), at),
        examine_queries(QueryRules(253, Mode.QUIESCED, has_multiple_queries=False), parts, at),
        examine_records(253, Mode.QUIESCED, parts, infer_setup({}), at),
    )
    return {report.name: report for report in made}


def test_each_figure_is_the_number_that_its_name_says() -> None:
    reports = reports_of_a_study()
    assert {figure: figure_of(figure, reports[SUMS[figure].report]) for figure in Figure} == {
        Figure.RECORDS: 7,
        Figure.FINAL: 2,
        Figure.INCOMPLETE: 1,
        Figure.PENDING: 1,
        Figure.MISSED: 1,
        Figure.SECONDARY: 2,
        Figure.NEW: 1,
        Figure.ASKED_FOR: 3,
        Figure.IMAGES: 0,
        Figure.MISSING: 3,
        Figure.ORPHAN: 0,
        Figure.QUERIES: 5,
        Figure.FREE_FLOATING: 1,
        Figure.DUPLICATE_QUERIES: 1,
        Figure.UNRESOLVED: 1,
        Figure.DUPLICATE_PRIMARIES: 1,
        Figure.ORPHAN_SECONDARIES: 1,
    }


def test_a_record_says_for_each_side_what_disagrees_and_what_was_not_read() -> None:
    assert (AGREED.is_agreed, AGREED.differences, AGREED.gaps) == (True, (), ())
    assert OTHER.differences == (
        "DFstatus on the standby prints 9 after 'New records:', the native report counts 8 new records",
    )
    assert UNREAD.gaps == ("DFstatus on the production, label 'New records:': no line begins so",)
    assert not any(each.is_agreed for each in (OTHER, UNREAD, TWICE))
    assert (len(TWICE.differences), len(TWICE.gaps)) == (1, 1)
    assert not replace(AGREED, standby=Printed(NOTHING, NOTHING)).is_agreed


def test_numbers_that_agree_share_a_row_of_the_certificate_and_no_other_hides_in_it() -> None:
    def shown(*records: BesideRecord) -> list[tuple[str, str, Mark]]:
        statement = build_statement(replace(GOOD, beside=records), TIES, "5" * 64)
        found = results(json.loads(statement)["predicate"]).results
        return [(row.what, row.production, row.mark) for row in found if "vendor" in row.what and "|" in row.what]

    by_itself = "DFstatus 'New records:': vendor | native"
    assert shown(AGREED) == [(by_itself, "8 | 8", Mark.YES)]
    together = "numbers of the vendor's | native"
    assert shown(AGREED, AGREED) == [(together, "2 of 2 agree", Mark.YES)]
    assert shown(AGREED, OTHER, AGREED, UNREAD) == [
        (by_itself, "8 | 8", Mark.NO),
        (by_itself, "not known", Mark.UNKNOWN),
        (together, "2 of 4 agree", Mark.YES),
    ]
    assert shown(OTHER) == [(by_itself, "8 | 8", Mark.NO)]


@pytest.mark.parametrize(
    ("record", "mark", "said"),
    [
        (
            AGREED,
            Mark.YES,
            "'New records:' is new records: the same (vendor | native: production 8 | 8, standby 8 | 8)",
        ),
        (OTHER, Mark.NO, "NOT the same (vendor | native: production 8 | 8, standby 9 | 8)"),
        (UNREAD, Mark.UNKNOWN, "not examined (vendor | native: production no line begins so, standby 8 | 8)"),
        (TWICE, Mark.NO, "NOT the same (vendor | native: production 7 | 8, standby 2 lines begin so)"),
    ],
)
def test_certificate_letter_and_claim_say_the_numbers(record: BesideRecord, mark: Mark, said: str) -> None:
    whole = replace(GOOD, beside=(record,))
    statement = build_statement(whole, TIES, "5" * 64)
    row = results(json.loads(statement)["predicate"]).results[-2]
    assert (row.what, row.mark) == ("DFstatus 'New records:': vendor | native", mark)
    assert any(said in str(line) for line in say_comparison(whole))
    found = contradictions(read_claim(read_statement(statement)))
    lie = "it says EQUIVALENT though DFstatus does not print after 'New records:' what was counted"
    assert (lie in found) == (mark is not Mark.YES)


def test_a_statement_of_an_earlier_release_names_no_labels() -> None:
    statement = json.loads(statement_of())
    del statement["predicate"]["beside"]
    assert read_claim(statement).beside == ()
    assert [row for row in results(statement["predicate"]).results if "vendor |" in row.what] == []


LABEL = '[[reports.beside]]\nreport = "DFstatus"\nlabel = "New records:"\nfigure = "new records"\n'


def test_labels_become_values() -> None:
    assert parse_config((PULL + LABEL).encode(), FILE).labels == (Label("DFstatus", "New records:", Figure.NEW),)
    assert parse_config(PULL.encode(), FILE).labels == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LABEL + LABEL, "reports.beside[1].label: is named twice for this report"),
        (LABEL.replace("records:", "level 1"), "reports.beside[0].label: ends with a digit"),
        (LABEL.replace("records:", "records: "), "reports.beside[0].label: is no label"),
        (LABEL.replace("New records:", " "), "reports.beside[0].label: is no label"),
        (LABEL.replace("New records:", "x" * 61), "reports.beside[0].label: is no label"),
        (LABEL.replace('"new records"', '"new"'), "reports.beside[0].figure"),
        (LABEL.replace("label", "line"), "reports.beside[0].line"),
        ("[reports]\nbeside = [1]\n", "reports.beside[0]"),
        ("[reports]\nbeside = 1\n", "reports.beside"),
    ],
)
def test_a_label_that_could_be_misread_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(MistakesFound) as refused:
        parse_config((PULL + text).encode(), FILE)
    assert message in str(refused.value)

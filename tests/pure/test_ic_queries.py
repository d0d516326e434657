from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.partial import FileKind, Partial
from dfwarm.datafax.reports.queries import QueryRules, examine_queries
from dfwarm.datafax.reports.report import Mode, Report, TimePoint
from dfwarm.datafax.reports.rule import Rule
from obvious_reports import numbered, query_findings
from partial_maker import STUDY, partial_of, plate_partial, query, record

NONE = b"0000/0000000"


def queries(*lines: bytes) -> Partial:
    return partial_of(b"DFqc.dat", FileKind.QUERIES, lines)


def examine(
    partials: Sequence[Partial],
    *,
    mode: Mode = Mode.QUIESCED,
    several: bool = False,
    unread: frozenset[int] = frozenset(),
) -> Report:
    return examine_queries(QueryRules(STUDY, mode, several, unread), partials, TimePoint())


def found(report: Report) -> list[tuple[Rule, int, str]]:
    return [(each.rule, each.line, each.text) for each in report.findings]


def test_a_query_about_a_record_that_is_not_there_floats_freely_and_one_about_a_page_does_not() -> None:
    plate = plate_partial(2, [record(2, NONE, 2, 1, 1003)])
    asked = queries(
        *(query(1, 2, 1, subject, code=code) for subject, code in ((1003, 2), (9, 2), (9, 21), (9, 22), (9, 23)))
    )
    report = examine([plate, asked])
    assert found(report) == [(Rule.FREE_FLOATING_QUERY, 2, "field 12, new")]
    (finding,) = report.findings
    assert (finding.file, finding.key, finding.offset) == (
        b"data/DFqc.dat",
        Key(9, 1, 2),
        len(query(1, 2, 1, 1003)) + 1,
    )


def test_a_missed_and_a_secondary_record_answer_for_a_query() -> None:
    plate = plate_partial(2, [record(0, NONE, 2, 1, 1003), record(5, NONE, 2, 1, 1004)])
    assert found(examine([plate, queries(query(5, 2, 1, 1003), query(5, 2, 1, 1004))])) == []


def test_the_second_query_about_a_field_is_a_duplicate_and_names_the_first() -> None:
    plate = plate_partial(2, [record(2, NONE, 2, 1, 1003)])
    asked = [query(5, 2, 1, 1003), query(5, 2, 1, 1003, field=10), query(1, 2, 1, 1003), query(7, 2, 1, 1003)]
    assert found(examine([plate, queries(*asked)])) == [(Rule.DUPLICATE_QUERY, 3, "field 12, new, asked in line 1")]


def test_several_queries_about_a_field_are_legal_where_the_setup_says_so_and_are_told() -> None:
    plate = plate_partial(2, [record(2, NONE, 2, 1, 1003)])
    report = examine([plate, queries(query(5, 2, 1, 1003), query(1, 2, 1, 1003))], several=True)
    assert found(report) == []
    assert report.notes == ("1 queries ask again about a field, which the setup allows (multipleQC)",)


def test_an_open_query_on_a_final_record_is_told_in_each_open_status() -> None:
    plate = plate_partial(2, [record(1, NONE, 2, 1, 1003)])
    asked = queries(*(query(status, 2, 1, 1003, field=status) for status in range(8)))
    assert [(line, text) for _, line, text in found(examine([plate, asked]))] == [
        (1, "field 3, pending review"),
        (2, "field 4, new"),
        (3, "field 5, in an unsent report"),
        (7, "field 9, in a sent report"),
    ]


def test_a_final_secondary_is_no_final_record() -> None:
    plate = plate_partial(2, [record(2, NONE, 2, 1, 1003), record(4, NONE, 2, 1, 1003)])
    assert found(examine([plate, queries(query(1, 2, 1, 1003))])) == []


def test_a_plate_that_could_not_be_read_is_a_gap_and_no_finding() -> None:
    report = examine([queries(query(1, 2, 1, 1003), query(1, 3, 1, 1003))], unread=frozenset({2}))
    assert found(report) == [(Rule.FREE_FLOATING_QUERY, 2, "field 12, new")]
    assert report.gaps == ("1 queries ask about plates that could not be read: 2",)


def test_queries_are_counted_by_status_by_what_they_ask_about_and_by_plate() -> None:
    asked = queries(query(1, 2, 1, 1003), query(5, 3, 1, 1003, code=21), query(5, 3, 1, 1003))
    counts = {(count.group, count.what): count.number for count in examine([asked]).counts}
    assert counts["study", "queries"] == 3
    assert counts["study", "queries about a page (codes 21, 22, 23)"] == 1
    assert (counts["study", "queries new"], counts["study", "queries resolved, corrected"]) == (1, 2)
    assert (counts["plate 2", "queries"], counts["plate 3", "queries"]) == (1, 2)


def test_a_study_without_a_file_of_queries_has_none_and_says_so() -> None:
    report = examine([plate_partial(2, [record(1, NONE, 2, 1, 1003)])])
    assert (report.records, report.notes) == (0, ("there is no data/DFqc.dat, so the study has no queries",))


def test_while_the_server_is_up_the_last_version_of_a_query_and_of_a_record_holds() -> None:
    plate = plate_partial(2, [record(1, NONE, 2, 1, 1003), record(2, NONE, 2, 1, 1003)])
    asked = queries(query(1, 2, 1, 1003), query(5, 2, 1, 1003), query(1, 2, 1, 1003, field=10))
    report = examine([plate, asked], mode=Mode.LIVE)
    assert found(report) == []
    assert report.notes == ("1 queries were superseded by a later line on the same field",)
    assert [rule for rule, *_ in found(examine([plate, asked]))] == [
        Rule.UNRESOLVED_ON_FINAL,
        Rule.DUPLICATE_QUERY,
        Rule.UNRESOLVED_ON_FINAL,
    ]


KEYS = st.tuples(st.integers(0, 1), st.integers(1001, 1002))
QUERIES = st.lists(
    st.tuples(st.integers(0, 7), st.integers(1, 3), KEYS, st.integers(4, 5), st.sampled_from([1, 2, 21, 22, 23, 30])),
    max_size=10,
)


@settings(max_examples=150, deadline=None)
@given(
    plates=st.dictionaries(st.integers(1, 2), st.lists(st.tuples(st.integers(0, 6), KEYS), max_size=5), max_size=2),
    asked=QUERIES,
    live=st.booleans(),
    several=st.booleans(),
)
def test_the_report_finds_what_a_plain_reading_finds(
    plates: dict[int, list[tuple[int, tuple[int, int]]]],
    asked: list[tuple[int, int, tuple[int, int], int, int]],
    live: bool,
    several: bool,
) -> None:
    texts = {p: [record(status, NONE, p, *key) for status, key in rows] for p, rows in sorted(plates.items())}
    lines = [query(status, p, *key, field=field, code=code) for status, p, key, field, code in asked] + [b"no query"]
    partials = [*(plate_partial(plate, rows) for plate, rows in texts.items()), queries(*lines)]
    report = examine(partials, mode=Mode.LIVE if live else Mode.QUIESCED, several=several)
    expected = query_findings(
        {plate: numbered(rows) for plate, rows in texts.items()}, numbered(lines), live=live, several=several
    )
    assert Counter((str(each.rule), each.file, each.line) for each in report.findings) == expected

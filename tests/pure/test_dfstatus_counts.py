"""`dfstatus` counts queries by what they are, whatever numbers stand in them."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.reports.dfstatus import QUERIES, USAGES, examine_status
from dfwarm.datafax.reports.partial import FileKind
from dfwarm.datafax.reports.report import Mode, TimePoint
from partial_maker import STUDY, partial_of, query

ASKED = st.tuples(
    st.integers(0, 7), st.sampled_from([1, 2, 500, 65_535]), st.sampled_from([0, 2, 21, 999_999_999]), st.integers(1, 2)
)


@given(st.lists(ASKED, max_size=20))
def test_queries_are_counted_by_plate_status_code_and_usage_as_one_would_count_them(
    asked: list[tuple[int, int, int, int]],
) -> None:
    lines = [query(status, plate, 1, 1003, code=code, usage=usage) for status, plate, code, usage in asked]
    queries = partial_of(b"DFqc.dat", FileKind.QUERIES, lines)
    counts = examine_status(STUDY, Mode.QUIESCED, [queries], TimePoint()).counts
    expected = Counter(
        (f"plate {plate}", f"queries {QUERIES[status]}, code {code}, {USAGES[usage]}")
        for status, plate, code, usage in asked
    )
    assert {(each.group, each.what): each.number for each in counts if each.group != "study"} == expected

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.mapfile import LINE_AT_MOST, MapFault
from dfwarm.datafax.maps import (
    Code,
    PlateLabel,
    page_label,
    parse_file_map,
    parse_missing_map,
    parse_page_map,
    parse_problem_map,
)
from dfwarm.datafax.ranges import EVERYTHING, NOTHING, parse_ranges
from dfwarm.datafax.sites import parse_sites
from dfwarm.datafax.visit_map import parse_visit_map
from spoken_study import spoken


def test_codes_keep_the_order_and_the_labels_of_their_map() -> None:
    assert parse_missing_map(spoken("DFmissing_map")).rows == (
        Code(b"*", b"Missing Value"),
        Code(b".", b"Not applicable", (b"x",)),
    )
    problems = parse_problem_map(spoken("DFqcproblem_map"))
    assert problems.faults == ()
    assert problems.rows[4] == Code(b"23", b"EC missing page", (b"1", b"5"))


def test_a_line_that_is_no_code_is_told_with_its_place_and_stops_nothing() -> None:
    read = parse_problem_map(b"1|Missing\none|Illegal\n\n3\n1|Again\n6|Other\r\n|x\n4|a\0b\n")
    assert [row.code for row in read.rows] == [b"1", b"6", b"4"]
    assert read.faults == (
        MapFault(2, 10, "a problem code is no number up to 9999: b'one'"),
        MapFault(4, 23, "not a code and its label"),
        MapFault(5, 25, "the code b'1' comes twice"),
        MapFault(6, 33, "ends with a carriage return"),
        MapFault(7, 42, "a problem code is no number up to 9999: b''"),
        MapFault(8, 45, "holds a NUL byte"),
    )


def test_a_line_that_never_ends_is_a_fault_and_no_row() -> None:
    read = parse_missing_map(b"x|" + b"y" * LINE_AT_MOST)
    assert (read.rows, len(read.faults)) == ((), 1)


def test_plates_have_the_labels_of_the_file_map() -> None:
    read = parse_file_map(spoken("DFfile_map") + b"512|Too high\n9\n")
    assert read.rows == (
        PlateLabel(2, b"Vital signs", (b"3", b"x")),
        PlateLabel(7, b"End of study"),
        PlateLabel(9, b""),
    )
    assert [fault.line for fault in read.faults] == [3]


def test_a_page_is_called_by_the_first_line_that_fits() -> None:
    read = parse_page_map(spoken("DFpage_map") + b"1|2\n5-2|1|x\n")
    assert page_label(read, 2, 0) == b"Baseline, 2 of visit 0"
    assert page_label(read, 9, 7) == b"Plate 9 %{3.S}"
    assert page_label(parse_page_map(b"1|1|x"), 2, 1) == b""
    assert [fault.line for fault in read.faults] == [4, 5]
    assert [row.is_setting for row in read.rows] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        (b"1", ((1, 1),)),
        (b"1,5-9 20~29", ((1, 1), (5, 9), (20, 29))),
        (b"7 - 9, 1-8", ((1, 9),)),
        (b"3,2,1", ((1, 3),)),
        (b"", ()),
        (b"all", EVERYTHING.spans),
        (b"4 *", EVERYTHING.spans),
    ],
)
def test_a_range_list_is_read(text: bytes, spans: tuple[tuple[int, int], ...]) -> None:
    assert parse_ranges(text).spans == spans


@pytest.mark.parametrize("text", [b"x", b"1-", b"9-1", b"1-2-3", b"-4", b"9" * 15, b"9" * 16])
def test_what_is_no_range_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="range"):
        parse_ranges(text)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=6), st.integers(0, 80))
def test_a_range_list_holds_what_its_items_hold(items: list[tuple[int, int]], number: int) -> None:
    text = b",".join(b"%d-%d" % (low, low + more) for low, more in items)
    assert (number in parse_ranges(text)) == any(low <= number <= low + more for low, more in items)


def test_a_subject_belongs_to_the_first_site_that_has_its_number_else_to_the_error_monitor() -> None:
    sites = parse_sites(spoken("DFcenters"))
    assert [sites.site_of(subject) for subject in (3001, 5050, 4999, 99)] == [3, 3, 4, 0]
    assert sites.rows[1].attributes[:2] == ((b"country", b"CAN"), (b"beginDate", b"2021/01/01"))
    assert [site.is_error_monitor for site in sites.rows] == [True, False, False]
    assert sites.rows[2].attributes == ()
    assert sites.faults == ()


def test_the_error_monitor_may_be_any_site_and_without_one_it_is_0() -> None:
    line = b"7|a|b|c|d||||||ERROR MONITOR"
    assert parse_sites(line).site_of(1) == 7
    assert parse_sites(b"").site_of(1) == 0


@pytest.mark.parametrize("wrong", [b"7|a|b", b"x|a|b|c|d||||||1 2", b"7|a|b|c|d||||||1-2", b"7|a|b|c|d||||||2 1"])
def test_a_line_that_is_no_site_is_told(wrong: bytes) -> None:
    sites = parse_sites(spoken("DFcenters") + wrong)
    assert (len(sites.rows), [fault.line for fault in sites.faults]) == (3, [4])


def test_visits_old_and_new_and_cycles_are_read_and_what_is_none_is_told() -> None:
    read = parse_visit_map(spoken("DFvisit_map") + b"1|B|x\n2|BB|x|1|9|0|14\n3|S|x|1|9|soon|14\n")
    baseline, month, old, end, cycle = read.rows
    assert (baseline.label, baseline.required.spans, 4 in baseline.optional, baseline.rest) == (
        b"Baseline",
        ((1, 3),),
        True,
        (b"5", b"", b"1"),
    )
    assert (11 in month.visits, 2 in month.required) == (True, True)
    assert (old.due_day, old.late_days, old.required) == (b"14", b"1", NOTHING)
    assert end.required == EVERYTHING
    assert (cycle.is_cycle, cycle.label, cycle.due_day, cycle.rest) == (True, b"First cycle", b"28", (b"0",))
    assert [fault.line for fault in read.faults] == [4, 7, 8, 9]


@pytest.mark.parametrize(
    "parse", [parse_missing_map, parse_problem_map, parse_file_map, parse_page_map, parse_sites, parse_visit_map]
)
@given(text=st.lists(st.sampled_from([b"1", b"|", b"\n", b"-", b"B", b"*", b" ", b"\0", b"\r", b"x"])).map(b"".join))
def test_any_bytes_are_read_and_every_line_becomes_a_row_or_a_fault(parse: object, text: bytes) -> None:
    read = parse(text)  # type: ignore[operator]
    said = sum(bool(line.strip()) for line in text.split(b"\n"))
    assert len(read.rows) + len({fault.line for fault in read.faults}) >= said
    assert len(read.rows) <= said

"""The table of hazards says no more than the tests do."""

import re

from hazard_table import HAZARDS, OPEN, PAGE, PARTLY, marked_tests, render

NAMED = re.compile(r"`([^`]+::[^`]+)`")


def rows() -> dict[int, str]:
    lines = (line for line in PAGE.read_text().splitlines() if re.match(r"\| H\d\d ", line))
    return {int(line[3:5]): line for line in lines}


def test_each_of_the_72_hazards_has_a_test_or_a_reason() -> None:
    assert len(HAZARDS) == 72
    for number in range(1, 73):
        assert marked_tests().get(number) or OPEN[number], number


def test_no_test_carries_a_number_that_is_no_hazard() -> None:
    assert set(marked_tests()) <= set(range(1, 73))


def test_the_page_has_a_row_for_each_and_names_no_test_that_is_not_there() -> None:
    assert sorted(rows()) == list(range(1, 73))
    for number, row in rows().items():
        named = NAMED.findall(row)
        assert set(named) <= set(marked_tests().get(number, ())), number
        assert bool(named) != ("open:" in row), number


def test_a_page_written_now_holds_what_is_still_missing() -> None:
    page = render()
    assert all(text in page for number, text in PARTLY.items() if marked_tests().get(number))
    assert all(text in page for number, text in OPEN.items() if not marked_tests().get(number))

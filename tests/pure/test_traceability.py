"""The table of requirements and tests is made from the markers, and leaves none of them out."""

import csv
import io
import re

from traceability import COLUMNS, TESTS, render, trace

EVIDENCE = {f"URS-EVD-{number:02d}" for number in (1, 2, 4, 5, 6, 7, 10, 11)}


def test_every_requirement_that_a_marker_names_is_in_the_table_with_a_test_that_is_there() -> None:
    lines = trace()
    named = {
        name
        for path in TESTS.rglob("test_*.py")
        for name in re.findall(r"mark\.requirement\(\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {requirement for requirement, _, _ in lines} == named
    assert named >= EVIDENCE
    assert all(re.fullmatch(r"URS-[A-Z]{3}-\d\d", name) for name in named)
    for _, place, _ in lines:
        path, _, test = place.partition("::")
        assert f"def {test}(" in (TESTS.parent / path).read_text(encoding="utf-8")


def test_the_table_is_read_back_as_it_was_written() -> None:
    read = list(csv.reader(io.StringIO(render(trace()))))
    assert (tuple(read[0]), [tuple(line) for line in read[1:]]) == (COLUMNS, trace())
    assert len(read) > 100

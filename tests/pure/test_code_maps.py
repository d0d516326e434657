import pytest

from dfwarm.datafax.maps import Code, parse_missing_map, parse_problem_map
from dfwarm.errors import LineUnreadable


def test_codes_keep_the_order_and_the_labels_of_their_map() -> None:
    assert parse_missing_map(b"*|Missing Value\n\nNA|Not applicable|x\r\n") == (
        Code(b"*", b"Missing Value"),
        Code(b"NA", b"Not applicable"),
    )
    assert parse_problem_map(b"1|Missing|0|1\n23|EC missing page|1|9\n")[1] == Code(b"23", b"EC missing page")


@pytest.mark.parametrize("text", [b"1", b"one|Missing", b"1|Missing\n1|Illegal", b"|Missing"])
def test_a_line_that_is_no_code_stops_the_reading(text: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_problem_map(text)

import pytest

from dfwarm.datafax.reason import Reason, read_reason
from dfwarm.datafax.record import FaultyLine, Key, Line, LineFault

REASON = b"3|2|1525/0016001|253|2|1|1003|0|1|Keys changed|jack 16/07/25 13:52:55|jack 16/07/25 13:52:55"


def line(text: bytes) -> Line:
    return Line(1, 0, text, is_ended=True)


@pytest.mark.parametrize("text", [REASON, REASON + b"|"])
def test_a_reason_gives_its_status_key_and_field(text: bytes) -> None:
    found = read_reason(line(text))
    assert isinstance(found, Reason)
    assert (found.status, found.level, found.key, found.field) == (3, 2, Key(1003, 1, 2), 0)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (b"5" + REASON[1:], (LineFault.STATUS,)),
        (b"9" + REASON[1:], (LineFault.STATUS,)),
        (REASON.replace(b"|0|1|", b"|a|1|"), (LineFault.KEY,)),
        (REASON.replace(b"|1003|0|", b"||a|"), (LineFault.KEY,)),
        (REASON + b"|x", (LineFault.FIELD_COUNT,)),
        (REASON.replace(b"Keys", b"Ke\0ys"), (LineFault.NUL,)),
    ],
)
def test_a_line_that_is_no_reason_says_why(text: bytes, faults: tuple[LineFault, ...]) -> None:
    found = read_reason(line(text))
    assert isinstance(found, FaultyLine)
    assert found.faults == faults

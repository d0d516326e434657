"""What the normaliser takes out of a vendor's report, and what it must leave in."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dfwarm.datafax.reports.normalise import normalise, restore

NAMES = (b"dfprod.example.org", b"dfprod")
PATHS = (b"/opt/studies/val254", b"/opt/datafax")
HEADER = b"DF_ATmods: Database Changes For Study 253  Jul 25,2016 16:56           PAGE 1\n"

tokens = st.from_regex(rb"[A-Za-z0-9./:,*-]{1,12}", fullmatch=True)


def clean(raw: bytes) -> bytes:
    return normalise(raw, server_names=NAMES, paths=PATHS).text


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from((HEADER, b"\x0c", b"split.123/", *PATHS, b" ", b"\n"))).map(b"".join)
)
@settings(max_examples=100)
def test_the_raw_text_can_be_put_together_again(raw: bytes) -> None:
    assert restore(normalise(raw, server_names=NAMES, paths=PATHS)) == raw


@pytest.mark.hazard("H35")
@given(st.lists(tokens, min_size=1, max_size=6), st.data())
@settings(max_examples=150)
def test_a_change_in_any_data_token_survives(row: list[bytes], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(row) - 1))
    other = data.draw(tokens.filter(lambda token: token != row[place]))
    changed = [*row[:place], other, *row[place + 1 :]]
    assert clean(HEADER + b"|".join(row) + b"\n") != clean(HEADER + b"|".join(changed) + b"\n")


@pytest.mark.hazard("H35")
@pytest.mark.parametrize(
    "line",
    [
        b"Jul 25,2016 16:56 42 records",
        b"see PAGE 12",
        b"dfprod 17",
        b"backup/opt/studies/val254 3",
        b"/opt/studies/val2540 3",
        b"x|dfprod|4",
    ],
)
def test_a_data_line_that_looks_like_a_header_is_left_alone(line: bytes) -> None:
    assert clean(line) == line


def test_the_header_loses_its_time_and_its_page_and_each_span_names_its_rule() -> None:
    normalised = normalise(b"\x0c" + HEADER, server_names=NAMES, paths=PATHS)
    assert normalised.text.rstrip() == b"DF_ATmods: Database Changes For Study 253"
    assert [span.rule for span in normalised.removed] == ["form feed", "time", "page"]


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        (b"/opt/studies/val254/work/split.4711/plt001.bad", b"/work/split./plt001.bad"),
        (b"wrote qcfree.20160725.165612", b"wrote qcfree."),
        (b"Server: dfprod.example.org", b"Server: "),
    ],
)
def test_what_belongs_to_the_host_or_the_moment_goes(raw: bytes, kept: bytes) -> None:
    assert clean(raw) == kept

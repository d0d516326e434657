from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.serverconf import ServerConf, compare_server_conf, parse_server_conf
from dfwarm.errors import LineUnreadable

DECK = b"""# written by DFadmin
STUDY_NAME=Acceptance = Test Study
STUDY_NUMBER=254

STUDY_DIR=/opt/studies/val254
PAGE_DIR=$(STUDY_DIR)/pages
  PRINTER = laser1
"""


def conf(**values: str) -> ServerConf:
    return ServerConf(tuple((key, value.encode()) for key, value in values.items()))


def test_every_key_is_kept_also_one_nobody_knows() -> None:
    read = parse_server_conf(DECK)
    assert read.expand("PAGE_DIR") == b"/opt/studies/val254/pages"
    assert read.expand("STUDY_NAME") == b"Acceptance = Test Study"
    assert read.expand("PRINTER") == b"laser1"
    assert read.expand("NO_SUCH_KEY") == b""
    assert [key for key, _ in read.values] == ["STUDY_NAME", "STUDY_NUMBER", "STUDY_DIR", "PAGE_DIR", "PRINTER"]


@pytest.mark.parametrize("line", [b"STUDY_DIR", b"=x", b"A B=x", b"1A=x", b"A=\0", b"\xe9=x"])
def test_a_line_that_is_no_key_and_value_is_an_error_with_its_number(line: bytes) -> None:
    with pytest.raises(LineUnreadable, match="line 3"):
        parse_server_conf(b"A=1\n\n" + line)


def test_a_key_written_twice_is_told() -> None:
    read = parse_server_conf(b"A=1\nB=2\nA=3\n")
    assert read.repeated == ("A",)
    assert read.expand("A") == b"3"


@pytest.mark.parametrize("text", [b"A=$(A)", b"A=$(B)\nB=$(C)\nC=x$(A)", b"A=" + b"$(B)" * 65 + b"\nB="])
def test_a_value_that_goes_in_a_circle_or_out_of_bounds_is_an_error(text: bytes) -> None:
    with pytest.raises(LineUnreadable):
        parse_server_conf(text).expand("A")


def test_a_file_made_to_grow_without_end_is_refused_quickly() -> None:
    names = [f"K{number}" for number in range(30)]
    bomb = conf(**{name: f"$({after})" * 60 for name, after in pairwise(names)}, K29="x" * 60)
    with pytest.raises(LineUnreadable):
        bomb.expand("K0")
    hollow = conf(**{name: f"$({after})" * 60 for name, after in pairwise(names)}, K29="")
    assert hollow.expand("K0") == b""
    deep = conf(**{f"D{number}": f"$(D{number + 1})" for number in range(50)})
    with pytest.raises(LineUnreadable):
        deep.expand("D0")


def test_a_directory_outside_the_study_is_a_root_of_its_own() -> None:
    roots = conf(
        STUDY_DIR="/opt/studies//035/",
        PAGE_DIR="/images/035",
        WORKING_DIR="$(STUDY_DIR)/work",
        DATABASE_DIR="/images/035/data",
        REPORTS_DIR="reports",
        ARCHIVE_DIR="",
        PRINTER="/dev/lp0",
    ).roots()
    assert roots == (("STUDY_DIR", b"/opt/studies/035"), ("PAGE_DIR", b"/images/035"))


def test_of_two_roots_in_one_another_the_outer_one_is_told_whatever_their_order() -> None:
    roots = conf(STUDY_DIR="/s", DATABASE_DIR="/images/035/data", PAGE_DIR="/images/035", X_DIR="/images/035").roots()
    assert roots == (("STUDY_DIR", b"/s"), ("PAGE_DIR", b"/images/035"))


@pytest.mark.hazard("H04")
@pytest.mark.parametrize(
    "values",
    [
        {"STUDY_DIR": ""},
        {"STUDY_DIR": "/"},
        {"STUDY_DIR": "studies/035"},
        {"PAGE_DIR": "/images"},
        {"STUDY_DIR": "/s/035", "PAGE_DIR": "$(NOWHERE)/pages"},
        {"STUDY_DIR": "/s/035", "PAGE_DIR": "/s/../etc"},
        {"STUDY_DIR": "/s/035", "PAGE_DIR": "//"},
        {"STUDY_DIR": "/s/035", "WORKING_DIR": "/s"},
    ],
)
def test_a_directory_that_is_not_known_or_too_wide_is_never_left_out_in_silence(values: dict[str, str]) -> None:
    with pytest.raises(LineUnreadable, match=r"DFserver\.cf"):
        conf(**values).roots()


def test_two_sides_are_equal_where_only_their_folder_and_host_differ() -> None:
    production = conf(STUDY_DIR="/opt/studies/035", PAGE_DIR="$(STUDY_DIR)/pages", SERVER="dfprod1.example", X="1")
    standby = conf(STUDY_DIR="/data/035", PAGE_DIR="/data/035/pages", SERVER="DFDR1.example", X="1")
    hosts = ((b"dfprod1.example", b"dfdr1.example"),)
    assert compare_server_conf(production, standby, hosts) == ()
    assert [each.key for each in compare_server_conf(production, standby)] == ["SERVER"]


def test_a_differing_and_a_missing_key_are_told_with_both_values() -> None:
    production = conf(STUDY_DIR="/s", PRINTER="laser1", AUTO_LOGOUT="5,10")
    standby = conf(STUDY_DIR="/s", PRINTER="laser2", NEW="1")
    found = {each.key: each for each in compare_server_conf(production, standby)}
    assert list(found) == ["PRINTER", "AUTO_LOGOUT", "NEW"]
    assert (found["PRINTER"].production, found["PRINTER"].standby) == (b"laser1", b"laser2")
    assert [each.is_missing for each in found.values()] == [False, True, True]


def test_a_folder_whose_name_only_begins_alike_is_not_the_study_directory() -> None:
    production = conf(STUDY_DIR="/s/035", X="/s/0351")
    standby = conf(STUDY_DIR="/t/035", X="/t/0351")
    assert [each.key for each in compare_server_conf(production, standby)] == ["X"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    try:
        read = parse_server_conf(text)
    except LineUnreadable:
        return
    lines = [line for line in text.split(b"\n") if line.strip() and not line.strip().startswith(b"#")]
    assert len(read.values) == len(lines)


@given(st.lists(st.lists(st.integers(1, 3) | st.sampled_from(["x", "/", "$"]), max_size=4), min_size=1, max_size=6))
def test_a_value_is_the_same_as_its_parts_put_in_by_hand(parts: list[list[int | str]]) -> None:
    values: dict[str, str] = {}
    by_hand: dict[str, str] = {}
    for number, items in enumerate(parts):
        names = [f"K{number - item}" if isinstance(item, int) else item for item in items]
        values[f"K{number}"] = "".join(f"$({name})" if name.startswith("K") else name for name in names)
        by_hand[f"K{number}"] = "".join(
            by_hand.get(name, f"$({name})") if name.startswith("K") else name for name in names
        )
    assert {key: conf(**values).expand(key).decode() for key in values} == by_hand


@given(st.dictionaries(st.sampled_from(["STUDY_DIR", "A", "B"]), st.text(st.sampled_from("ab/"), max_size=8)))
def test_a_side_never_differs_from_itself(values: dict[str, str]) -> None:
    assert compare_server_conf(conf(**values), conf(**values)) == ()

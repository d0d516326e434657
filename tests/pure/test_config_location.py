"""Where the keys of a TOML file stand."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.config.location import locate, nearest_place
from dfwarm.config.mistake import KeyPath, Place

DOCUMENT = """\
# a comment
top = 1
[pair]
name = "x" # another
"quoted key".'other' = 2
studies = [
    "035", # why
    "254",
]
[production.reports]
DFstatus = ["a", ["b"]]
[transfer]
exclude = [{path = "/ü", reason = "r"}, { path = "/b" }]
[[s]]
k = 1
[[s]]
k = 2
[s.inner]
k = 3
[[s.t]]
k = 4
[[s.t]]
k = 5
"""


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (("top",), Place(2, 1)),
        (("pair",), Place(3, 1)),
        (("pair", "name"), Place(4, 1)),
        (("pair", "quoted key", "other"), Place(5, 1)),
        (("pair", "studies", 1), Place(8, 5)),
        (("production", "reports", "DFstatus", 1, 0), Place(11, 19)),
        (("transfer", "exclude", 0, "path"), Place(13, 13)),
        (("transfer", "exclude", 0, "reason"), Place(13, 26)),
        (("transfer", "exclude", 1, "path"), Place(13, 43)),
        (("s", 0, "k"), Place(15, 1)),
        (("s", 1, "k"), Place(17, 1)),
        (("s", 1, "inner", "k"), Place(19, 1)),
        (("s", 1, "t", 0, "k"), Place(21, 1)),
        (("s", 1, "t", 1, "k"), Place(23, 1)),
    ],
)
def test_keys_of_every_form_are_found_with_the_column_counted_in_characters(key: KeyPath, place: Place) -> None:
    assert locate(DOCUMENT.encode())[key] == place


def test_a_key_that_is_not_written_takes_the_place_of_the_table_around_it() -> None:
    places = locate(b"\n[pair]\nname = 1\n")
    assert nearest_place(places, ("pair", "hold")) == Place(2, 1)
    assert nearest_place(places, ("standby", "reach")) == Place(1, 1)


def _leaves(value: object, key: KeyPath = ()) -> list[KeyPath]:
    if isinstance(value, dict):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, (*key, name))]
    if isinstance(value, list):
        return [key, *(leaf for index, inner in enumerate(value) for leaf in _leaves(inner, (*key, index)))]
    return [key]


NAME = st.sampled_from(["a", "b-c", "d_1", "é key"])
VALUE = st.recursive(
    st.sampled_from(["1", '"x"', "true", '"""a\nb"""', "1979-05-27"]),
    lambda inner: st.lists(inner, max_size=3).map(lambda items: f"[ {', '.join(items)} ] # c"),
    max_leaves=4,
)


def _quote(name: str) -> str:
    return name if name.isascii() else f'"{name}"'


@given(st.dictionaries(NAME, st.dictionaries(NAME, VALUE.map(lambda text: text.replace(" # c", "")), max_size=3)))
def test_every_key_that_tomllib_reads_has_a_place(tables: dict[str, dict[str, str]]) -> None:
    lines: list[str] = []
    for table, keys in tables.items():
        lines += [f"[{_quote(table)}]", *(f"{_quote(key)} = {value} # c" for key, value in keys.items())]
    text = "\n".join(lines)
    places = locate(text.encode())
    assert [key for key in _leaves(tomllib.loads(text)) if key not in places] == []

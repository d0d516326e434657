import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.setup import PlateSetup, Setup, SetupSource, infer_setup
from dfwarm.datafax.setup_json import BYTES_AT_MOST, is_json, parse_setup
from dfwarm.errors import SetupUnreadable
from dfwarm.simulator.plan import DECK
from dfwarm.simulator.setup import setup
from spoken_study import spoken

SYSTEM = {"name": "DFSYSTEM", "fieldRefs": [{"fieldId": place} for place in range(1, 11)]}


def read(**study: object) -> Setup:
    return parse_setup(json.dumps({"study": {"number": 253, **study}}).encode())


def test_the_field_count_of_a_plate_is_that_of_all_its_module_references() -> None:
    found = parse_setup(spoken("DFsetup.json"))
    assert (found.number, found.name, found.source, found.has_multiple_queries) == (
        253,
        "Example Trial",
        SetupSource.SETUP,
        False,
    )
    assert found.levels == ((1, "First look"), (2, "Second look"))
    assert (found.by_number[2].field_count, found.by_number[2].description) == (13, "Vital signs")
    assert {plate.field_count for plate in parse_setup(setup(DECK, version=3)).plates} == {15}


def test_a_plate_without_its_system_fields_has_no_known_count_and_is_told() -> None:
    found = parse_setup(spoken("DFsetup.json"))
    assert found.by_number[9] == PlateSetup(9, "Not finished", 0)
    assert found.faults == ("study.plates[1]: plate 9 lacks fields of DFSYSTEM, so its field count is not known",)


def test_a_field_has_what_its_reference_says_then_its_module_then_its_style() -> None:
    plate = parse_setup(spoken("DFsetup.json")).by_number[2]
    consent, initials, grade = plate.fields[7:10]
    assert (consent.place, consent.name, consent.codes) == (8, "CONSENT", ("0", "1", "2"))
    assert (initials.kind, initials.is_required, initials.codes) == ("String", True, ())
    assert (grade.name, grade.codes) == ("GRADE", ("1", "10"))


def test_a_choice_permits_its_codes_padded_or_not_and_no_others() -> None:
    (_, consent), (_, grade) = parse_setup(spoken("DFsetup.json")).choices()
    assert [grade.permits(value) for value in (b"1", b"01", b"10", b"", b"2", b"1x")] == [True] * 4 + [False] * 2
    assert consent.permits(b"00")
    assert parse_setup(spoken("DFsetup.json")).by_number[2].fields[8].permits(b"any text")


@pytest.mark.parametrize(
    ("flag", "answer", "faults"),
    [(True, True, 0), ("Yes", True, 0), (1, True, 0), (None, False, 0), ("No", False, 0), ("perhaps", False, 1)],
)
def test_several_queries_a_field_are_legal_where_the_setup_says_so(flag: object, answer: bool, faults: int) -> None:
    found = read(multipleQC=flag, plates=[{"number": 1, "moduleRefs": [SYSTEM]}])
    assert found.has_multiple_queries is answer
    assert len(found.faults) == faults


@pytest.mark.parametrize(
    ("study", "fault"),
    [
        ({"plates": {}}, "study.plates: not a list"),
        ({"plates": [7]}, "study.plates[0]: not an object"),
        ({"plates": [{"number": "x"}]}, "study.plates[0].number: not a number"),
        ({"plates": [{"number": True}]}, "study.plates[0].number: not a number"),
        ({"plates": [{"number": 9, "moduleRefs": [SYSTEM]}] * 2}, "plate number 9 is illegal or comes twice"),
        ({"plates": [{"number": 512}]}, "plate number 512 is illegal"),
        ({"levels": [{"label": "x"}]}, "study.levels[0].level: not a number"),
        ({}, "study: no plates"),
        ({"plates": [1] * 200}, "and more"),
    ],
)
def test_a_part_of_another_shape_is_told_with_its_place(study: dict[str, object], fault: str) -> None:
    assert any(fault in said for said in read(**study).faults)


def test_codes_that_are_no_list_of_codes_permit_everything() -> None:
    reference = {"name": "X", "type": "Choice", "codes": "none", "fieldId": {}}
    found = read(plates=[{"number": 1, "moduleRefs": [SYSTEM, {"name": "M", "fieldRefs": [reference]}]}])
    assert found.by_number[1].fields[10].permits(b"9")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "not JSON"),
        (b"%S 1\n%P 1\n", "not JSON"),
        (b"[]", "no object"),
        (b"{}", 'no object "study"'),
        (b'{"study": []}', 'no object "study"'),
        (b'{"study":' + b"[" * 100_000, "nested too deeply"),
        (b'{"study": {"number": ' + b"9" * 10_000 + b"}}", "not JSON"),
        (b'{"study": "' + b"x" * BYTES_AT_MOST, "more than 64 MB"),
    ],
    ids=lambda value: str(value[:20]),
)
def test_a_setup_that_is_none_is_refused_with_the_reason(text: bytes, why: str) -> None:
    with pytest.raises(SetupUnreadable, match=why):
        parse_setup(text)


def test_the_kind_of_a_setup_is_told_by_its_first_byte() -> None:
    assert [is_json(text) for text in (b"\xef\xbb\xbf\n {", b"%S 1", b"")] == [True, False, False]


def test_a_setup_in_latin_letters_is_read() -> None:
    found = parse_setup(b'{"study": {"number": 1, "name": "\xc9tude", "plates": []}}')
    assert found.name == "Étude"


def test_without_a_setup_the_commonest_field_count_is_inferred_and_says_so() -> None:
    found = infer_setup({3: {17: 5, 18: 5, 12: 1}, 4: {}, 1: {15: 9}})
    assert found.source is SetupSource.INFERRED
    assert [(plate.number, plate.field_count) for plate in found.plates] == [(1, 15), (3, 18)]


SHAPES = st.recursive(
    st.sampled_from([None, True, -1, 7, 10**12, "", "Choice", "DFSYSTEM", "12", 1.5]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["number", "plates", "moduleRefs", "fieldRefs", "modules", "fields", "levels", "styles"])
            | st.sampled_from(["name", "multipleQC", "codes", "type", "fieldId", "styleName", "id"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["number", "plates", "modules", "levels", "styles", "multipleQC"]), SHAPES))
def test_any_shape_is_read_and_every_plate_counts_its_fields(study: dict[str, object]) -> None:
    found = parse_setup(json.dumps({"study": study}).encode())
    assert all(plate.field_count == len(plate.fields) for plate in found.plates)
    assert len(found.faults) <= 101

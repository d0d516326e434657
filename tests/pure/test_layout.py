import pytest
from hypothesis import given
from hypothesis import strategies as st

from dfwarm.datafax.layout import (
    LAYOUT,
    Treatment,
    area_of,
    image_identifier,
    is_deleted_image,
    is_image,
    live_image_of,
    place_of,
    within_study,
)
from dfwarm.terms import Area

identifiers = st.from_regex(rb"[0-9]{4}/[0-9A-Z]{4}[0-9]{3}", fullmatch=True).filter(lambda name: name[5:6] != b"X")


@pytest.mark.parametrize(
    ("path", "area"),
    [
        (b"data/plt001.dat", Area.DATA),
        (b"data/DFqc.dat", Area.DATA),
        (b"data/plt001.idx", Area.DATA),
        (b"data", Area.DATA),
        (b"data/1111.jnl", Area.JOURNAL),
        (b"pages/0842/0060002", Area.PAGE_IMAGE),
        (b"pages/0842/X0060002", Area.PAGE_IMAGE),
        (b"pages_hd/0842/0060002", Area.PAGE_IMAGE),
        (b"pages/0842/", Area.PAGE_IMAGE),
        (b"lib/DFschema", Area.SETUP),
        (b"./lib/DFserver.cf", Area.SETUP),
        (b"bkgd/plt001", Area.SETUP),
        (b"lib/DFedits.bin", Area.EDIT_CHECK),
        (b"ecsrc/DFedits", Area.EDIT_CHECK),
        (b"ecbin/a/b", Area.EDIT_CHECK),
        (b"lib/batch_edits_test_output.xml", Area.EDIT_CHECK),
        (b"lib/batch_edits_test.xml", Area.SETUP),
        (b"dfschema/111115-163212", Area.SCHEMA_HISTORY),
        (b"df/DFIllegal.drf", Area.RETRIEVAL),
        (b"drf/DFincon.drf", Area.RETRIEVAL),
        (b"reports/x.info", Area.REPORT),
        (b"QC/sent/1", Area.REPORT),
        (b"work/DFX_keys", Area.WORK),
        (b"dfsas/a.sas", Area.WORK),
        (b"database.tar", Area.OTHER),
        (b"", Area.OTHER),
        (b".", Area.OTHER),
        (b"pagesx/0842", Area.OTHER),
        (b"lib\nx/y", Area.OTHER),
    ],
)
def test_each_path_of_a_study_has_its_area(path: bytes, area: Area) -> None:
    assert area_of(path) is area


@given(st.binary(max_size=60))
def test_every_path_has_a_place_and_an_unknown_one_is_compared(path: bytes) -> None:
    place = place_of(path)
    assert place in LAYOUT
    assert place.area is not Area.OTHER or place.treatment is Treatment.COMPARE


def test_only_the_hosts_own_configuration_is_excluded_by_default() -> None:
    assert [place.pattern.pattern for place in LAYOUT if place.treatment is Treatment.EXCLUDE] == [rb"lib/DFserver\.cf"]


def test_what_reports_write_is_replicated_and_not_compared() -> None:
    paths = (b"work/DFX_keys", b"drf/DFIllegal.drf", b"data/plt001.idx", b"lib/batch_edits_test_output.html")
    assert {place_of(path).treatment for path in paths} == {Treatment.REPLICATE}


def test_no_data_journal_or_image_escapes_the_comparison() -> None:
    paths = (b"data/2611.jnl", b"data/odd", b"pages/0842/0060002", b"pages/x")
    assert {place_of(path).treatment for path in paths} == {Treatment.COMPARE}
    records = (b"data/plt001.dat", b"data/DFin.dat", b"data/DFqc.dat", b"data/any.dat")
    assert {place_of(path).treatment for path in records} == {Treatment.BY_RECORDS}


@given(identifiers)
def test_a_deleted_image_leads_back_to_the_live_one(identifier: bytes) -> None:
    week, name = identifier.split(b"/")
    live, deleted = b"pages/" + identifier, b"pages/" + week + b"/X" + name
    assert live_image_of(deleted) == live
    assert live_image_of(live) == b""
    assert is_image(live)
    assert not is_image(deleted)
    assert is_deleted_image(b"X" + name)
    assert image_identifier(live) == image_identifier(deleted) == identifier


@pytest.mark.parametrize("path", [b"pages/0842/X006", b"pages/084/X0060002", b"lib/X0060002", b"pages/0842/X0060002/x"])
def test_what_only_looks_like_an_image_is_none(path: bytes) -> None:
    assert live_image_of(path) == image_identifier(path) == b""
    assert not is_image(path)


def test_an_image_whose_sequence_begins_with_x_is_not_deleted() -> None:
    assert is_image(b"pages/0842/X060002")
    assert live_image_of(b"pages/0842/X060002") == b""
    assert not is_deleted_image(b"X060002")


@pytest.mark.parametrize(
    ("key", "path", "area"),
    [
        ("STUDY_DIR", b"data/plt001.dat", Area.DATA),
        ("DATABASE_DIR", b"plt001.dat", Area.DATA),
        ("DATABASE_DIR", b"2611.jnl", Area.JOURNAL),
        ("PAGE_DIR", b"0842/0060002", Area.PAGE_IMAGE),
        ("WORKING_DIR", b"DFX_keys", Area.WORK),
        ("REPORTS_DIR", b"QC/1", Area.REPORT),
        ("LUT_DIR", b"plt001.dat", Area.OTHER),
    ],
)
def test_a_root_that_lies_elsewhere_keeps_its_area(key: str, path: bytes, area: Area) -> None:
    assert area_of(within_study(key) + path) is area

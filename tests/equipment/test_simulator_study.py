from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.datafax.maps import parse_file_map, parse_missing_map, parse_page_map, parse_problem_map
from dfwarm.datafax.setup_json import parse_setup
from dfwarm.datafax.sites import parse_sites
from dfwarm.datafax.visit_map import parse_visit_map
from dfwarm.simulator.day import let_a_day_pass
from dfwarm.simulator.finding import Finding
from dfwarm.simulator.installation import Installation
from dfwarm.simulator.plan import DECK, ENTRY, SMALL, StudyPlan, Style
from dfwarm.simulator.records import secondaries_of
from dfwarm.simulator.study import all_images_of, visible_images_of, write_study
from obvious_study import examine, lines_of
from stage_play import picture

CLEAN = (
    Finding.MISSING_IMAGE,
    Finding.ORPHAN_IMAGE,
    Finding.SHARED_IMAGE,
    Finding.BAD_IMAGE_NAME,
    Finding.EMPTY_IMAGE,
    Finding.UNKNOWN_IMAGE_KIND,
    Finding.FIELD_COUNT,
    Finding.WRONG_STUDY,
    Finding.WRONG_PLATE,
    Finding.BAD_STAMP,
    Finding.DUPLICATE_PRIMARY,
    Finding.ORPHAN_SECONDARY,
    Finding.FREE_FLOATING_QUERY,
    Finding.DUPLICATE_QUERY,
    Finding.UNRESOLVED_ON_FINAL,
    Finding.UNREADABLE_FILE,
)


@pytest.mark.parametrize("plan", [DECK, ENTRY, SMALL], ids=["deck", "entry", "small"])
def test_a_new_study_is_whole(plan: StudyPlan, tmp_path: Path) -> None:
    write_study(tmp_path / "035", replace(plan, number=DECK.number))
    found = examine(tmp_path / "035", tmp_path / "035")
    assert {finding: found[finding] for finding in CLEAN} == dict.fromkeys(CLEAN, 0)


def test_the_same_plan_writes_the_same_bytes_and_times(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_study(tmp_path / name / "035", SMALL)
    assert picture(tmp_path / "one" / "035") == picture(tmp_path / "other" / "035")


def test_another_seed_writes_another_study(tmp_path: Path) -> None:
    write_study(tmp_path / "one", SMALL)
    write_study(tmp_path / "other", replace(SMALL, seed=SMALL.seed + 1))
    assert (tmp_path / "one/data/plt001.dat").read_bytes() != (tmp_path / "other/data/plt001.dat").read_bytes()


def test_statuses_are_spread_as_in_a_trial(tmp_path: Path) -> None:
    write_study(tmp_path / "study", replace(DECK, subjects=400))
    records = lines_of(tmp_path / "study", "plt*.dat")
    statuses = [fields[0] for _, fields in records]
    primaries = len(statuses) - statuses.count(b"5")
    shares = {status: statuses.count(status) / primaries for status in set(statuses)}
    assert 0.72 < shares[b"1"] < 0.80
    assert 0.17 < shares[b"2"] < 0.23
    assert 0.01 < shares[b"3"] < 0.05
    assert 0.01 < shares[b"0"] < 0.03
    assert 0.07 < shares[b"5"] < 0.13
    assert {fields[1] for _, fields in records} == {b"1", b"2", b"3", b"4", b"5", b"6", b"7"}


def test_queries_have_every_status_and_code(tmp_path: Path) -> None:
    write_study(tmp_path / "study", DECK)
    asked = [fields for _, fields in lines_of(tmp_path / "study", "DFqc.dat")]
    assert {int(fields[14]) for fields in asked} == {1, 2, 3, 4, 5, 6, 21, 22, 23}
    assert {int(fields[0]) for fields in asked} == set(range(8))


def test_page_queries_speak_of_pages_that_are_not_there(tmp_path: Path) -> None:
    write_study(tmp_path / "study", DECK)
    there = {tuple(fields[4:7]) for _, fields in lines_of(tmp_path / "study", "plt*.dat")}
    asked = [fields for _, fields in lines_of(tmp_path / "study", "DFqc.dat") if int(fields[14]) >= 21]
    assert asked
    assert not there.intersection(tuple(fields[4:7]) for fields in asked)


def test_some_bytes_are_latin(tmp_path: Path) -> None:
    write_study(tmp_path / "study", replace(DECK, subjects=100))
    text = b"".join(path.read_bytes() for path in (tmp_path / "study" / "data").glob("plt*.dat"))
    with pytest.raises(UnicodeDecodeError):
        text.decode()


def test_a_study_by_entry_speaks_utf_8_and_holds_what_people_uploaded(tmp_path: Path) -> None:
    write_study(tmp_path / "study", replace(ENTRY, subjects=200))
    text = b"".join(path.read_bytes() for path in (tmp_path / "study" / "data").glob("plt*.dat"))
    assert "après" in text.decode()
    kinds = {path.read_bytes()[:3] for path in (tmp_path / "study" / "pages").glob("*/*")}
    assert kinds == {b"%PD", b"\x89PN", b"\xff\xd8\xff"}


def test_a_third_of_the_records_by_fax_was_keyed_without_an_image_and_some_images_are_hidden(tmp_path: Path) -> None:
    write_study(tmp_path / "study", replace(DECK, subjects=100))
    rasters = [fields[2] for _, fields in lines_of(tmp_path / "study", "plt*.dat") if fields[0] in (b"1", b"2", b"3")]
    assert 0.25 < sum(raster[4:5] == b"R" for raster in rasters) / len(rasters) < 0.4
    images = list((tmp_path / "study" / "pages").glob("*/*"))
    assert 0.004 < sum(path.name.startswith("X") for path in images) / len(images) < 0.01


def test_every_subject_belongs_to_one_of_the_sites_and_its_queries_name_it(tmp_path: Path) -> None:
    write_study(tmp_path / "study", DECK)
    sites = parse_sites((tmp_path / "study" / "lib" / "DFcenters").read_bytes())
    asked = [fields for _, fields in lines_of(tmp_path / "study", "DFqc.dat")]
    assert {fields[8] for fields in asked} == {b"1", b"2", b"3"}
    assert all(sites.site_of(int(fields[6])) == int(fields[8]) for fields in asked)


def test_the_maps_of_a_study_are_read_without_a_fault(tmp_path: Path) -> None:
    write_study(tmp_path / "study", ENTRY)
    lib = tmp_path / "study" / "lib"
    read = {
        "DFmissing_map": parse_missing_map,
        "DFqcproblem_map": parse_problem_map,
        "DFfile_map": parse_file_map,
        "DFpage_map": parse_page_map,
        "DFvisit_map": parse_visit_map,
        "DFcenters": parse_sites,
        "DFsetup": parse_setup,
    }
    assert {name: parse((lib / name).read_bytes()).faults for name, parse in read.items()} == dict.fromkeys(read, ())


@pytest.mark.parametrize("style", list(Style))
def test_a_study_by_fax_keys_without_image_and_one_by_entry_has_none_at_all(style: Style, tmp_path: Path) -> None:
    write_study(tmp_path / "study", replace(DECK, style=style))
    rasters = {fields[2] for _, fields in lines_of(tmp_path / "study", "plt*.dat") if fields[0] == b"1"}
    assert any(raster[4:5] == b"R" for raster in rasters) == (style is Style.FAX)


def test_the_same_day_does_the_same_work(tmp_path: Path) -> None:
    logs = [pass_days(tmp_path / name) for name in ("one", "other")]
    assert logs[0] == logs[1]
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_a_day_does_what_its_log_says(tmp_path: Path) -> None:
    made = Installation(tmp_path, "dfprod1", "5", (SMALL,))
    study = made.study_dir(SMALL.number)
    write_study(study, SMALL)
    before = contents(tmp_path)
    queue, asked = len(lines_of(study, "DFin.dat")), lines_of(study, "DFqc.dat")
    log = let_a_day_pass(made, SMALL.number, day=1)
    after = contents(tmp_path)
    assert len(log.changed_plates) == len(set(log.changed_plates)) == 2
    assert all((study / image.decode()).is_file() for image in log.new_images)
    assert len(lines_of(study, "DFin.dat")) == queue + len(log.new_images)
    worked = lines_of(study, "DFqc.dat")
    assert len(worked) == len(asked) + 1
    assert [(old[0], new[0]) for (_, old), (_, new) in zip(asked, worked, strict=False) if old != new] == [(b"1", b"5")]
    folder, _, name = log.deleted_crf.decode().rpartition("/")
    assert not (study / folder / name).exists()
    assert (study / folder / f"X{name}").is_file()
    assert (study / "dfschema" / log.schema).read_bytes() == before["120/lib/DFsetup"]
    grown = [path for path in after if path.endswith(".jnl") and len(after[path]) > len(before.get(path, b""))]
    assert grown
    assert all(content.startswith(before.get(path, b"")) for path, content in after.items() if path.endswith(".jnl"))


def test_a_month_of_days_leaves_images_and_records_whole(tmp_path: Path) -> None:
    made = Installation(tmp_path, "dfprod1", "5", (DECK,))
    study = made.study_dir(DECK.number)
    write_study(study, DECK)
    for day in range(1, 31):
        let_a_day_pass(made, DECK.number, day=day)
    found = examine(study, study)
    whole = set(CLEAN) - {Finding.FREE_FLOATING_QUERY}  # queries about a CRF stay when it is deleted
    assert {finding: found[finding] for finding in whole} == dict.fromkeys(whole, 0)
    hidden = all_images_of(DECK) - visible_images_of(DECK)
    assert len(list((study / "pages").glob("*/X*"))) == 30 + hidden


def test_a_study_can_be_larger_than_one_process_writes(tmp_path: Path) -> None:
    plan = replace(DECK, plates=30, subjects=1_200, image_permille=100, image_bytes=(1, 2), queries=10)
    write_study(tmp_path / "study", plan)
    data, pages = tmp_path / "study" / "data", tmp_path / "study" / "pages"
    assert sum(path.read_bytes().count(b"\n") for path in data.glob("plt*.dat")) == (
        plan.records + secondaries_of(plan)
    )
    asked = {line.split(b"|")[2] for path in data.glob("*.dat") for line in path.read_bytes().splitlines()}
    there = {f"{path.parent.name}/{path.name}".encode() for path in pages.glob("*/[!X]*")}
    assert {raster for raster in asked if raster[4:5] == b"/" and raster != b"0000/0000000"} == there
    assert len(there) > 10_000


def pass_days(folder: Path) -> list[object]:
    made = Installation(folder, "dfprod1", "5", (SMALL,))
    write_study(made.study_dir(SMALL.number), SMALL)
    return [let_a_day_pass(made, SMALL.number, day=day) for day in (1, 2, 30)]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file's content below the studies, without the host's own file."""
    studies = folder / "studies"
    return {
        str(path.relative_to(studies)): path.read_bytes()
        for path in studies.rglob("*")
        if path.is_file() and path.name != "DFserver.cf"
    }

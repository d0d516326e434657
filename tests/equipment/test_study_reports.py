"""The four native reports, made from files as they come and from hostile ones."""

import hashlib
import os
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from dfwarm.datafax.record import Key
from dfwarm.datafax.reports.comparison import say_differences
from dfwarm.datafax.reports.finding import Finding
from dfwarm.datafax.reports.report import NO_LEVEL, Count, Mode, Report
from dfwarm.datafax.reports.rule import ReportName, Rule
from dfwarm.equipment import study_data
from dfwarm.equipment.image_kinds import NoKinds
from dfwarm.equipment.partial_shelf import KEPT_OF_A_FILE, PartialShelf
from dfwarm.equipment.remembered import Nothing
from dfwarm.equipment.scan import scan
from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports
from dfwarm.errors import SetupUnreadable
from dfwarm.simulator import finding as simulated
from dfwarm.simulator.faults import FAULTS, Fault
from dfwarm.simulator.plan import DECK, SMALL
from dfwarm.simulator.study import write_study
from obvious_study import examine

STAMPS = b"16/07/25 13:52:55|16/07/25 14:53:21|"
DATA = b"%s|%s|1525/0016001|253|%s|1|1003|CCC|1|" + STAMPS
MISSED = b"0|2|0000/0000000|253|7|10|1003|4|declined|" + STAMPS
QUERY = (
    b"1|2|1525/0016001|253|2|1|1003|9|12||1||Weight in kg|075.3|2|1|Please verify||jack 16/07/25 13:52:55|"
    b"jack 16/07/25 13:52:55||1"
)
REASON = b"1|2|1525/0016001|253|2|1|1003|9|1|why|jack 16/07/25 13:52:55|jack 16/07/25 13:52:55"
GOOD = DATA % (b"1", b"3", b"2") + b"\n"


def study_of(root: Path, **files: bytes) -> Path:
    (root / "data").mkdir(parents=True)
    for name, content in files.items():
        (root / "data" / f"{name}.dat").write_bytes(content)
    return root


def made(
    study: Path, *, number: int = 253, names: tuple[ReportName, ...] = tuple(ReportName), mode: Mode = Mode.QUIESCED,
    shelf: Path | None = None, workers: int = 1, proven: dict[bytes, bytes] | None = None,
) -> dict[ReportName, Report]:  # fmt: skip
    known = Known(PartialShelf(shelf or study.parent / "shelf"), NoKinds(), workers, proven or {})
    reports = make_reports(Places(os.fsencode(study)), Wanted(number, names, mode), known)
    return {report.name: report for report in reports}


def status_of(study: Path, **kind: object) -> Report:
    return made(study, names=(ReportName.DFSTATUS,), **kind)[ReportName.DFSTATUS]  # type: ignore[arg-type]


def records_of(study: Path, **kind: object) -> Report:
    return made(study, names=(ReportName.IC_RECORDS,), **kind)[ReportName.IC_RECORDS]  # type: ignore[arg-type]


def test_every_kind_of_record_is_counted_for_its_plate_and_the_study(tmp_path: Path) -> None:
    study = study_of(
        tmp_path / "study",
        plt002=GOOD + GOOD.replace(b"1003", b"1004") + DATA % (b"5", b"1", b"2") + b"\n",
        plt007=MISSED + b"\n",
        DFqc=QUERY + b"\n" + QUERY + b"|\n",
        DFreason=REASON + b"\n",
        DFin=DATA % (b"0", b"0", b"2") + b"\n",
    )
    report = status_of(study)
    assert report.counts == (
        Count("study", "missed", 2, 1),
        Count("study", "final", 3, 2),
        Count("study", "secondary incomplete", 1, 1),
        Count("study", "new", NO_LEVEL, 1),
        Count("study", "queries new, code 2, external", NO_LEVEL, 2),
        Count("study", "reasons approved", NO_LEVEL, 1),
        Count("plate 2", "final", 3, 2),
        Count("plate 2", "secondary incomplete", 1, 1),
        Count("plate 2", "new", NO_LEVEL, 1),
        Count("plate 2", "queries new, code 2, external", NO_LEVEL, 2),
        Count("plate 2", "reasons approved", NO_LEVEL, 1),
        Count("plate 7", "missed", 2, 1),
    )
    assert (report.records, report.gaps, report.tables) == (8, (), ())
    assert [(source.file, source.size) for source in report.sources][-1] == (b"data/plt007.dat", len(MISSED) + 1)
    assert report.sources[-1].digest == hashlib.sha256(MISSED + b"\n").hexdigest()


def test_a_line_that_is_no_record_is_counted_as_such_and_its_neighbours_as_records(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD + b"1|3|1525\n" + GOOD.replace(b"|254|", b"|253|"))
    report = status_of(study)
    assert Count("plate 2", "faulty lines of plt002.dat", NO_LEVEL, 1) in report.counts
    assert list(report.findings) == [
        Finding(b"data/plt002.dat", 2, len(GOOD), Rule.FIELD_COUNT, Key(0, 0, 0), "'1|3|1525'")
    ]
    assert report.records == 2


def test_field_counts_are_those_of_the_setup_or_else_inferred_and_said_to_be(tmp_path: Path) -> None:
    longer = GOOD.replace(b"CCC", b"CCC|x").replace(b"1003", b"1005")
    study = study_of(tmp_path / "study", plt002=GOOD + longer + GOOD.replace(b"1003", b"1004"))
    report = records_of(study)
    (found,) = report.findings
    assert found.say() == (
        f"wrong number of fields: plate 2 visit 1 subject 1005, data/plt002.dat line 2 at byte {len(GOOD)}: "
        "12 fields where 11 are expected"
    )
    assert report.notes == (
        "lib/DFsetup is not there, so field counts are inferred and no choice is checked",
        "plate 2: 11 fields are expected, inferred from most of its records",
    )
    fields = ", ".join(f'{{"name": "F{place}", "fieldId": {place}, "type": "Number"}}' for place in range(12))
    (study / "lib").mkdir()
    (study / "lib/DFsetup").write_text(
        '{"study": {"number": 253, "name": "x", "plates": [{"number": 2, "moduleRefs": '
        f'[{{"name": "DFSYSTEM", "fieldRefs": [{fields}]}}]}}]}}}}'
    )
    assert [each.line for each in records_of(study).findings] == [1, 3]
    assert not any("inferred" in note for note in records_of(study).notes)


def test_relations_between_records_are_found_in_quiesced_mode_and_superseded_in_live_mode(tmp_path: Path) -> None:
    orphan = DATA % (b"4", b"1", b"2") + b"\n"
    study = study_of(tmp_path / "study", plt002=GOOD + GOOD + orphan.replace(b"1003", b"1009") + orphan)
    report = records_of(study)
    assert [(each.line, each.rule, each.key, each.text) for each in report.findings] == [
        (2, Rule.DUPLICATE_PRIMARY, Key(1003, 1, 2), "first in line 1"),
        (3, Rule.ORPHAN_SECONDARY, Key(1009, 1, 2), ""),
    ]
    assert report.finding_counts == {Rule.DUPLICATE_PRIMARY: 1, Rule.ORPHAN_SECONDARY: 1}
    assert Count("plate 2", "duplicate primary", NO_LEVEL, 1) in report.counts
    live = records_of(study, mode=Mode.LIVE)
    assert live.finding_counts == {Rule.ORPHAN_SECONDARY: 1}
    assert Count("plate 2", "superseded", NO_LEVEL, 1) in live.counts
    assert Count("plate 2", "final", 3, 1) in status_of(study, mode=Mode.LIVE).counts
    assert Count("plate 2", "superseded", NO_LEVEL, 1) in status_of(study, mode=Mode.LIVE).counts
    assert Count("plate 2", "final", 3, 2) in status_of(study).counts


RULES = {
    simulated.Finding.FIELD_COUNT: (ReportName.IC_RECORDS, {Rule.FIELD_COUNT}),
    simulated.Finding.WRONG_STUDY: (ReportName.IC_RECORDS, {Rule.WRONG_STUDY}),
    simulated.Finding.WRONG_PLATE: (ReportName.IC_RECORDS, {Rule.WRONG_PLATE}),
    simulated.Finding.BAD_STAMP: (ReportName.IC_RECORDS, {Rule.CREATED, Rule.MODIFIED}),
    simulated.Finding.DUPLICATE_PRIMARY: (ReportName.IC_RECORDS, {Rule.DUPLICATE_PRIMARY}),
    simulated.Finding.ORPHAN_SECONDARY: (ReportName.IC_RECORDS, {Rule.ORPHAN_SECONDARY}),
    simulated.Finding.MISSING_IMAGE: (ReportName.IC_IMAGES, {Rule.MISSING_IMAGE}),
    simulated.Finding.ORPHAN_IMAGE: (ReportName.IC_IMAGES, {Rule.ORPHAN_IMAGE}),
    simulated.Finding.SHARED_IMAGE: (ReportName.IC_IMAGES, {Rule.SHARED_IMAGE}),
    simulated.Finding.BAD_IMAGE_NAME: (ReportName.IC_IMAGES, {Rule.BAD_IMAGE_NAME}),
    simulated.Finding.EMPTY_IMAGE: (ReportName.IC_IMAGES, {Rule.EMPTY_IMAGE}),
    simulated.Finding.UNKNOWN_IMAGE_KIND: (ReportName.IC_IMAGES, {Rule.UNKNOWN_IMAGE_KIND}),
    simulated.Finding.FREE_FLOATING_QUERY: (ReportName.IC_QUERIES, {Rule.FREE_FLOATING_QUERY}),
    simulated.Finding.DUPLICATE_QUERY: (ReportName.IC_QUERIES, {Rule.DUPLICATE_QUERY}),
    simulated.Finding.UNRESOLVED_ON_FINAL: (ReportName.IC_QUERIES, {Rule.UNRESOLVED_ON_FINAL}),
}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("healthy") / "035"
    write_study(folder, DECK)
    return folder


def lines_found(report: Report, rules: set[Rule]) -> Counter[tuple[bytes, int]]:
    return Counter({(each.file, each.line): 1 for each in report.findings if each.rule in rules})


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.expects in RULES], ids=lambda fault: fault.name)
def test_every_injected_fault_is_found_by_the_reports_and_by_the_obvious_way(
    fault: Fault, healthy: Path, tmp_path: Path
) -> None:
    study = Path(shutil.copytree(healthy, tmp_path / "035"))
    fault.inject(study, 7)
    name, rules = RULES[fault.expects]
    now, before = (made(path, number=35, names=(name,), shelf=tmp_path / "shelf")[name] for path in (study, healthy))
    appeared = lines_found(now, rules) - lines_found(before, rules)
    assert sum(appeared.values()) >= 1
    assert appeared.total() == (examine(study, healthy) - examine(healthy, healthy))[fault.expects]
    assert not now.gaps


def test_a_healthy_study_has_the_findings_of_the_obvious_way(healthy: Path, tmp_path: Path) -> None:
    reports = made(healthy, number=35, shelf=tmp_path)
    plainly = examine(healthy, healthy)
    for finding, (name, rules) in RULES.items():
        assert sum(reports[name].finding_counts.get(rule, 0) for rule in rules) == plainly[finding], finding
    latin = [count.number for count in reports[ReportName.DFSTATUS].counts if "no UTF-8" in count.what]
    assert latin[:1] == ([plainly[simulated.Finding.LATIN_RECORD]] if plainly[simulated.Finding.LATIN_RECORD] else [])
    assert not any(report.gaps for report in reports.values())
    assert [report.time_point.newest_journal_entry[:4] for report in reports.values()] == ["2025"] * 4


def test_what_is_remembered_and_how_many_processes_read_make_no_difference(
    healthy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = made(healthy, number=35, shelf=tmp_path / "one")
    assert made(healthy, number=35, shelf=tmp_path / "one") == alone
    monkeypatch.setattr(study_data, "SHARED_FROM_BYTES", 0)
    assert made(healthy, number=35, shelf=tmp_path / "two", workers=2) == alone
    monkeypatch.setattr(study_data, "ALONE_FROM_BYTES", 0)
    assert made(healthy, number=35, shelf=tmp_path / "three", workers=2) == alone


@pytest.mark.hazard("H16")
def test_a_stale_partial_can_not_be_used(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    path = study / "data/plt002.dat"
    before = path.stat()
    assert Count("plate 2", "final", 3, 1) in status_of(study).counts
    path.write_bytes(b"2" + GOOD[1:])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert Count("plate 2", "incomplete", 3, 1) in status_of(study).counts


def test_a_partial_that_was_tampered_with_is_made_again(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    first = status_of(study)
    (kept,) = (tmp_path / "shelf").iterdir()
    for damage in (b"", b"x", kept.read_bytes()[:-1], kept.read_bytes().replace(b"\1\3", b"\2\3")):
        kept.write_bytes(damage)
        assert status_of(study) == first


def test_only_the_newest_partials_of_a_file_stay(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    for subject in range(KEPT_OF_A_FILE + 3):
        (study / "data/plt002.dat").write_bytes(GOOD.replace(b"1003", b"%d" % (2000 + subject)))
        status_of(study)
    assert len(list((tmp_path / "shelf").iterdir())) == KEPT_OF_A_FILE


def test_a_report_follows_from_listed_digests_and_partials_without_a_look_at_the_files(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD, plt003=GOOD.replace(b"|2|1|", b"|3|1|"))
    first = status_of(study)
    listed = scan(os.fsencode(study), Nothing(), workers=1)
    (block,) = (block for block in listed.blocks if block.folder == b"data")
    proven = {name: block.digest_of(row) for row, name in enumerate(block.list_names())}
    (study / "data/plt002.dat").unlink()
    os.mkfifo(study / "data/plt002.dat")
    assert status_of(study, proven=proven) == first
    shutil.rmtree(tmp_path / "shelf")
    assert status_of(study, proven=proven).gaps == ("data/plt002.dat: not a regular file",)
    (study / "data/plt003.dat").write_bytes(GOOD)
    shutil.rmtree(tmp_path / "shelf")
    assert "data/plt003.dat: its bytes are not those that were listed" in status_of(study, proven=proven).gaps


def test_a_file_that_moved_since_it_was_listed_is_read_from_the_copy_that_was_put_aside(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    proven = {b"plt002.dat": hashlib.sha256(GOOD).digest()}
    (tmp_path / "aside").mkdir()
    (study / "data/plt002.dat").write_bytes(GOOD * 2)
    known = Known(PartialShelf(tmp_path / "shelf"), NoKinds(), 1, proven, copies=os.fsencode(tmp_path / "aside"))
    wanted = Wanted(253, (ReportName.DFSTATUS,), Mode.QUIESCED)
    gaps = ("data/plt002.dat: its bytes are not those that were listed",)
    for copy in (b"", GOOD * 3):
        if copy:
            (tmp_path / "aside/plt002.dat").write_bytes(copy)
        assert make_reports(Places(os.fsencode(study)), wanted, known)[0].gaps[:1] == gaps
    (tmp_path / "aside/plt002.dat").write_bytes(GOOD)
    (report,) = make_reports(Places(os.fsencode(study)), wanted, known)
    assert (report.gaps, report.records, report.sources[0].size) == ((), 1, len(GOOD))
    without = replace(known, copies=os.fsencode(tmp_path / "nowhere"), shelf=PartialShelf(tmp_path / "other"))
    assert make_reports(Places(os.fsencode(study)), wanted, without)[0].gaps[:1] == gaps


@pytest.mark.parametrize("shared_from", [0, 1 << 40], ids=["images are looked at in a process of their own", "not"])
def test_an_image_that_is_gone_since_it_was_listed_is_known_from_the_report_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared_from: int
) -> None:
    monkeypatch.setattr("dfwarm.equipment.study_reports.SHARED_FROM_BYTES", shared_from)
    study = tmp_path / "study"
    write_study(study, SMALL)
    listed = scan(os.fsencode(study), Nothing(), workers=1, within_days=30)
    known = Known(PartialShelf(tmp_path / "shelf"), NoKinds(), 2, blocks={each.folder: each for each in listed.blocks})
    asked = Places(os.fsencode(study)), Wanted(SMALL.number, (ReportName.IC_IMAGES,), Mode.LIVE), known
    (before,) = make_reports(*asked)
    gone = min(path for path in study.glob("pages/*/*") if path.is_file())
    gone.unlink()
    (after,) = make_reports(*asked)
    assert after == before
    assert not [gap for gap in after.gaps if gone.name in gap]


def test_a_fifo_a_link_and_a_folder_in_place_of_plates_are_gaps_and_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(GOOD)
    study = study_of(tmp_path / "study", plt001=GOOD.replace(b"|2|1|", b"|1|1|"), plt000=b"x\n")
    os.mkfifo(study / "data/plt002.dat")
    (study / "data/plt003.dat").symlink_to(tmp_path / "secret")
    (study / "data/plt004.dat").mkdir()
    (study / "data/plt0x5.dat").write_bytes(GOOD)
    gaps = {
        "data/plt000.dat: no known name of a data file, so it was not read",
        "data/plt0x5.dat: no known name of a data file, so it was not read",
        "data/plt002.dat: not a regular file",
        "data/plt003.dat: Too many levels of symbolic links",
        "data/plt004.dat: not a regular file",
    }
    for report in made(study).values():
        assert set(report.gaps) >= gaps
        assert b"data/plt003.dat" not in {source.file for source in report.sources}
    assert status_of(study).records == 1


def test_a_data_folder_that_is_a_link_out_of_the_study_is_not_followed(tmp_path: Path) -> None:
    study_of(tmp_path / "other", plt002=GOOD)
    (tmp_path / "study").mkdir()
    (tmp_path / "study/data").symlink_to(tmp_path / "other/data")
    assert status_of(tmp_path / "study").gaps[-1].startswith("data: ")


@pytest.mark.hazard("H38")
@pytest.mark.parametrize("files", [{}, {"plt002": b""}, {"DFqc": QUERY + b"\n"}])
def test_a_study_without_a_record_never_passes(tmp_path: Path, files: dict[str, bytes]) -> None:
    reports = made(study_of(tmp_path / "study", **files))
    for report in reports.values():
        assert "data: not one record of a plate was read, so nothing is shown" in report.gaps


@pytest.mark.hazard("H38")
def test_records_that_one_side_lacks_altogether_are_a_difference_and_a_gap_of_each_report(
    healthy: Path, tmp_path: Path
) -> None:
    emptied = Path(shutil.copytree(healthy, tmp_path / "035"))
    for plate in (emptied / "data").glob("plt*.dat"):
        plate.write_bytes(b"")
    production, standby = made(healthy, number=35, shelf=tmp_path / "one"), made(emptied, number=35)
    for name in ReportName:
        assert "data: not one record of a plate was read, so nothing is shown" in standby[name].gaps
        assert not production[name].gaps
    said = say_differences(production[ReportName.DFSTATUS], standby[ReportName.DFSTATUS])
    assert any(each.startswith("plate 1: production ") and each.endswith(", standby 0") for each in said)


def test_files_of_no_known_name_are_named_up_to_a_number_and_counted_beyond(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_data, "STRANGE_AT_MOST", 2)
    study = study_of(tmp_path / "study", plt002=GOOD, plta=b"", pltb=b"", pltc=b"", pltd=b"")
    gaps = status_of(study).gaps
    assert [gap.split(":")[0] for gap in gaps] == ["data/plta.dat", "data/pltb.dat", "data"]
    assert gaps[-1] == "data: 2 more files of no known name were not read"


def test_a_study_that_is_not_there_is_a_gap_of_every_report(tmp_path: Path) -> None:
    assert all("data: No such file or directory" in report.gaps for report in made(tmp_path / "study").values())


def test_a_line_without_an_end_in_sight_costs_neither_memory_nor_the_other_lines(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    with (study / "data/plt002.dat").open("r+b") as file:
        file.seek(len(GOOD) + (1 << 24))
        file.write(b"\n" + GOOD.replace(b"1003", b"1004") + b"x" * 70_000)
    report = records_of(study)
    assert [(each.line, each.offset, each.rule) for each in report.findings] == [
        (2, len(GOOD), Rule.CUT),
        (4, 2 * len(GOOD) + (1 << 24) + 1, Rule.CUT),
    ]
    assert report.records == 2


def test_a_file_that_moves_while_it_is_read_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    read = os.readv

    def grow(descriptor: int, buffers: object) -> int:
        with (study / "data/plt002.dat").open("ab") as file:
            file.write(GOOD)
        return read(descriptor, buffers)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "readv", grow)
    assert status_of(study).gaps[0] == "data/plt002.dat: it changed while it was read"


def test_a_broken_setup_is_an_error_with_the_file_or_a_gap_of_the_reports_that_need_it(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    (study / "lib").mkdir()
    (study / "lib/DFsetup").write_bytes(b'{"study": ')
    with pytest.raises(SetupUnreadable, match="study/lib/DFsetup"):
        records_of(study)
    reports = made(study)
    assert not reports[ReportName.DFSTATUS].gaps
    assert "rules of the setup" in reports[ReportName.IC_RECORDS].gaps[-1]
    assert "rules of the setup" in reports[ReportName.IC_QUERIES].gaps[-1]


def test_more_lines_than_are_kept_make_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dfwarm.datafax.reports.gathering.RECORDS_AT_MOST", 1)
    study = study_of(tmp_path / "study", plt002=GOOD * 3)
    assert status_of(study).gaps == ("data/plt002.dat: 2 lines or faults more than are kept were only counted",)


def test_an_other_code_list_is_another_reading(healthy: Path, tmp_path: Path) -> None:
    study = Path(shutil.copytree(healthy, tmp_path / "035"))
    plate = study / "data/plt001.dat"
    line = next(row for row in plate.read_bytes().splitlines(keepends=True) if row.startswith(b"1|"))
    fields = line.split(b"|")
    fields[9] = b"7"
    plate.write_bytes(plate.read_bytes().replace(line, b"|".join(fields)))
    assert records_of(study, number=35).finding_counts[Rule.CHOICE] == 1
    setup = study / "lib/DFsetup"
    setup.write_text(setup.read_text().replace('"number": 3,', '"number": 7,'))
    assert Rule.CHOICE in records_of(study, number=35).finding_counts
    assert [each.text for each in records_of(study, number=35).findings if each.text == "field 10: '7'"] == []


def test_access_that_is_known_is_said(tmp_path: Path) -> None:
    study = study_of(tmp_path / "study", plt002=GOOD)
    assert status_of(study).time_point.say() == "no journal entry known; study access was not known"
    assert replace(status_of(study)).mode is Mode.QUIESCED

"""Native reports in a cycle and at the command line."""

import csv
import io
import json
import os
from pathlib import Path

import pytest

from dfwarm.simulator.stage import Stage
from stage_play import STUDY, dfwarm, outcome, play, record, record_folder, trees_are_equal

NATIVE = ["dfstatus", "ic_images", "ic_queries", "ic_records"]


def without_vendor(stage: Stage) -> None:
    text = stage.config.read_text().replace("server_status", "vendor_reports = false\nserver_status")
    stage.config.write_text(
        text.replace('stop = "study"\n\n[transfer]', 'stop = "study"\nvendor_reports = false\n\n[transfer]')
    )


def reports_of(stage: Stage, sequence: int) -> dict[str, dict[str, object]]:
    return {report["name"]: report for report in record(stage, sequence)["reports"]}  # type: ignore[attr-defined]


@pytest.mark.requirement("URS-VER-03")
def test_a_side_without_a_vendor_still_has_the_four_native_reports(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        without_vendor(stage)
        assert dfwarm(stage, "cycle", "120").code == 0
        told = reports_of(stage, 1)
        assert sorted(told) == NATIVE
        for report in told.values():
            assert report["engine"] == "native, rules 2"
            assert report["production"] == report["standby"] != ""
            assert report["lines"] > 5  # type: ignore[operator]
            assert report["gaps"] == report["differences"] == []
        names = sorted(path.name for path in (record_folder(stage, 1) / "reports").iterdir())
        assert len(names) == 16
        (text,) = (record_folder(stage, 1) / "reports").glob("dfstatus.standby.*.txt")
        assert text.read_text().startswith("dfstatus of study 120, ")


@pytest.mark.requirement("URS-VER-03")
@pytest.mark.hazard("H18")
def test_a_record_that_stands_otherwise_on_the_standby_is_said_in_study_language(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        without_vendor(stage)
        dfwarm(stage, "cycle", "120")
        plate = stage.standby.study_dir(STUDY) / "data/plt001.dat"
        before = plate.stat()
        line = next(row for row in plate.read_bytes().splitlines(keepends=True) if row.startswith(b"1|"))
        plate.write_bytes(plate.read_bytes().replace(line, b"3" + line[1:], 1))
        os.utime(plate, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert dfwarm(stage, "cycle", "120").code == 2
        said = reports_of(stage, 2)["dfstatus"]["differences"]
        _, level, _, _, _, visit, subject = line.decode().split("|")[:7]
        assert any(
            each.startswith("plate 1: production ") and f"final at level {level}, standby " in each for each in said
        )  # type: ignore[attr-defined]
        assert said[-1] == (  # type: ignore[index]
            f"plate 1 visit {visit} subject {subject}: production final at level {level}, "
            f"standby pending at level {level}"
        )


@pytest.mark.requirement("URS-VER-03")
def test_a_plate_that_can_not_be_read_as_records_is_a_gap_and_never_a_pass(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        without_vendor(stage)
        (stage.production.study_dir(STUDY) / "data/plt0x9.dat").write_bytes(b"1|2|\n")
        assert dfwarm(stage, "cycle", "120").code == 3
        gaps = reports_of(stage, 1)["ic_records"]["gaps"]
        assert "ic_records on the standby: data/plt0x9.dat: no known name of a data file, so it was not read" in gaps  # type: ignore[operator]


@pytest.mark.requirement("URS-VER-03")
@pytest.mark.hazard("H38")
def test_a_study_without_one_record_is_never_proven_however_equal_both_sides_are(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        without_vendor(stage)
        for plate in (stage.production.study_dir(STUDY) / "data").glob("plt*.dat"):
            plate.write_bytes(b"")
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 1)) == (3, "INCONCLUSIVE")
        assert trees_are_equal(stage)
        for name, report in reports_of(stage, 1).items():
            for side in ("production", "standby"):
                gap = f"{name} on the {side}: data: not one record of a plate was read, so nothing is shown"
                assert gap in report["gaps"]  # type: ignore[operator]


def test_a_report_is_printed_as_text_json_and_csv(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        text = dfwarm(stage, "report", "ic_records", "120", "--side", "production")
        assert text.code == 0
        assert text.out.startswith("ic_records of study 120, quiesced: ")
        assert all(len(line) <= 80 for line in text.out.splitlines())
        told = json.loads(dfwarm(stage, "report", "dfstatus", "120", "--side", "production", "--json").out)
        assert (told["name"], told["study"], told["mode"], told["gaps"]) == ("dfstatus", 120, "quiesced", [])
        live = dfwarm(stage, "report", "dfstatus", "120", "--side", "production", "--mode", "live", "--csv")
        rows = list(csv.DictReader(io.StringIO(live.out)))
        counted = sum(int(row["number"]) for row in rows if row["kind"] == "count" and row["group"] == "study")
        assert counted == sum(count["number"] for count in told["counts"] if count["group"] == "study")
        empty = dfwarm(stage, "report", "all", "120", "--side", "standby")
        assert empty.code == 3
        assert [line.split()[0] for line in empty.out.splitlines() if " of study 120" in line] == NATIVE
        unknown = dfwarm(stage, "report", "DFstatus", "120")
        assert (unknown.code, unknown.err.splitlines()[0]) == (43, "dfwarm: there is no report 'DFstatus'")
        assert dfwarm(stage, "report", "dfstatus", "999", "--side", "production").code == 13

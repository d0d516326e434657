"""Files that nobody should find in a study: the reports say what they are, and neither hang nor grow nor leave it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from dfwarm.datafax.reports.report import Mode, Report
from dfwarm.datafax.reports.rule import ReportName, Rule
from dfwarm.equipment.image_kinds import NoKinds
from dfwarm.equipment.partial_shelf import PartialShelf
from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports
from dfwarm.errors import SetupUnreadable
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.study import write_study

MEGABYTE = 1 << 20


@pytest.fixture
def study(tmp_path: Path) -> Path:
    write_study(tmp_path / "120", SMALL)
    return tmp_path / "120"


def made(study: Path, *names: ReportName) -> dict[ReportName, Report]:
    known = Known(PartialShelf(study.parent / "shelf"), NoKinds(), 1)
    wanted = Wanted(SMALL.number, names or tuple(ReportName), Mode.QUIESCED)
    return {report.name: report for report in make_reports(Places(os.fsencode(study)), wanted, known)}


@pytest.mark.hazard("H32")
@pytest.mark.parametrize("name", ["lib/DFsetup", "lib/DFmissing_map", "data/plt002.dat", "data/DFqc.dat", "pages"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link"])
def test_a_pipe_a_device_and_a_link_out_of_the_study_are_told_and_never_read(
    name: str, kind: str, study: Path, tmp_path: Path
) -> None:
    place = study / name
    place.rename(tmp_path / "moved")
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "link":
        place.symlink_to(tmp_path / "moved")
    else:
        os.mknod(place, 0o600 | 0o020000, os.makedev(1, 5))
    reports = made(study)
    told = [said for report in reports.values() for said in (*report.gaps, *report.notes)]
    assert any(Path(name).name in said or name in said for said in told) or name == "lib/DFmissing_map"
    read = {source.file for report in reports.values() for source in report.sources}
    assert os.fsencode(name) not in read


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"study":' + b"[" * 200_000, "nested too deeply"),
        (b'{"study": ' + b"[0," * 30_000_000, "more than 64 MB|not JSON|nested too deeply"),
        (b'{"study": "' + b"\xff" * 100 * MEGABYTE, "more than 64 MB"),
        (b'{"study": 7}', "no object"),
        (b'{"study": {"number": NaN', "not JSON"),
    ],
    ids=["deep", "broad", "large", "another", "cut"],
)
def test_a_setup_that_is_no_setup_is_an_error_with_the_file_and_the_way_out(text: bytes, why: str, study: Path) -> None:
    (study / "lib" / "DFsetup").write_bytes(text)
    with pytest.raises(SetupUnreadable, match=why) as refused:
        made(study, ReportName.IC_RECORDS)
    assert "120/lib/DFsetup" in str(refused.value)
    assert refused.value.hint
    assert refused.value.exit_code == 44


def test_a_line_of_a_gigabyte_is_one_finding_and_takes_no_memory(study: Path) -> None:
    with (study / "data" / "plt002.dat").open("r+b") as file:
        file.seek(1_024 * MEGABYTE)
        file.write(b"\n")
    script = (
        "import sys, resource\n"
        "from dfwarm.datafax.reports.report import Mode\n"
        "from dfwarm.datafax.reports.rule import ReportName\n"
        "from dfwarm.equipment.image_kinds import NoKinds\n"
        "from dfwarm.equipment.partial_shelf import PartialShelf\n"
        "from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports\n"
        "from pathlib import Path\n"
        "study = Path(sys.argv[1])\n"
        "known = Known(PartialShelf(study.parent / 'shelf'), NoKinds(), 1)\n"
        "wanted = Wanted(120, (ReportName.IC_RECORDS,), Mode.QUIESCED)\n"
        "(report,) = make_reports(Places(bytes(study)), wanted, known)\n"
        "print(dict(report.finding_counts)[sys.argv[2]])\n"
    )
    limit = 700 * MEGABYTE
    done = subprocess.run(
        [sys.executable, "-c", script, str(study), Rule.CUT.value],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
    )
    assert done.stdout == "1\n"


def test_thousands_of_folders_that_are_no_weeks_are_found_one_by_one(study: Path) -> None:
    for number in range(2_000):
        os.mkdir(study / "pages" / f"f{number}")
    report = made(study, ReportName.IC_IMAGES)[ReportName.IC_IMAGES]
    assert report.finding_counts == {Rule.BAD_IMAGE_NAME: 2_000}
    assert json.dumps([finding.text for finding in report.findings][:2]) == '["f0", "f1"]'

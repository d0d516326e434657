"""Numbers that the vendor prints beside those that the files hold, in whole cycles."""

import re
from pathlib import Path

import pytest

from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import BESIDE, LOCAL, Setting, Stage
from stage_play import ONE_STUDY, dfwarm, outcome, play, record

UNREADABLE = """
[[reports.beside]]
report = "DFstatus"
label = "Old records:"
figure = "new records"

[[reports.beside]]
report = "DFstatus"
label = "DFqc.dat status"
figure = "queries"

[[reports.beside]]
report = "DFstatus"
label = "Level"
figure = "records"

[[reports.beside]]
report = "DF_ICkeys"
label = "keys:"
figure = "records"
"""
OTHER_NUMBER = """
[[reports.beside]]
report = "DF_ICimages"
label = "Images that are there:"
figure = "new records"
"""


def beside(stage: Stage, sequence: int) -> list[dict[str, dict[str, object]]]:
    return record(stage, sequence)["beside"]  # type: ignore[return-value]


def reasons(stage: Stage, sequence: int) -> set[tuple[str, str]]:
    found = record(stage, sequence)["verdict"]["reasons"]  # type: ignore[index]
    return {(each["clause"], each["weight"]) for each in found}


@pytest.mark.requirement("URS-VER-03")
def test_a_label_whose_line_is_not_one_number_is_a_gap_and_never_a_pass(tmp_path: Path) -> None:
    with play(tmp_path, Setting(arrangement=LOCAL, plans=(SMALL,), labels=UNREADABLE)) as stage:
        assert dfwarm(stage, "cycle", "120").code == 3
        assert outcome(stage, 1) == "INCONCLUSIVE"
        assert reasons(stage, 1) == {("report reading", "gap")}
        problems = [each["standby"]["problem"] for each in beside(stage, 1)]
        assert problems == [
            "no line begins so",
            "8 lines begin so",
            "no single whole number follows in its line",
            "there is no text of it",
        ]


@pytest.mark.requirement("URS-VER-03")
def test_another_number_than_the_files_hold_is_a_difference_of_its_own_class(tmp_path: Path) -> None:
    with play(tmp_path, ONE_STUDY) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        assert any("no label ([[reports.beside]])" in remark for remark in record(stage, 1)["remarks"])  # type: ignore[attr-defined]
        stage.config.write_text(stage.config.read_text() + OTHER_NUMBER)
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 2)) == (2, "DISCREPANT")
        assert reasons(stage, 2) == {("beside", "difference")}
        (label,) = beside(stage, 2)
        assert label["production"] == {"vendor": 47, "native": 8, "problem": ""}
        where = "on the standby prints 47 after 'Images that are there:', the native report counts 8 new records"
        assert where in " ".join(said.out.split())
        row = re.search(r"DF_ICimages 'Images that +47 \| 8 +47 \| 8 +NO", said.out)
        assert row, said.out


@pytest.mark.requirement("URS-VER-03")
def test_the_simulators_own_programs_print_what_the_files_hold(tmp_path: Path) -> None:
    with play(tmp_path, Setting(arrangement=LOCAL, plans=(SMALL,), labels=BESIDE)) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        told = beside(stage, 1)
        assert [each["report"] for each in told] == ["DFstatus", *["DF_ICimages"] * 2, *["DF_ICqcs"] * 3]
        for each in told:
            assert each["production"] == each["standby"]
            assert each["production"]["vendor"] == each["production"]["native"]
        assert {each["production"]["vendor"] for each in told} == {0, 8, 47}
        assert not any("[[reports.beside]]" in remark for remark in record(stage, 1)["remarks"])  # type: ignore[attr-defined]

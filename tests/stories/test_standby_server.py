"""A study server sorts its data files when it stops: the same records are equal where it ran, and only there."""

import json
from pathlib import Path

import pytest

from dfwarm.simulator.stage import LOCAL, Setting, Stage
from stage_play import SMALL, STUDY, dfwarm, outcome, play, record, record_folder

PLATE = "data/plt001.dat"

TURN_OVER = """#!/bin/sh
case " $* " in
*" {act} "*)
    echo >>'{real}.count'
    if [ "$(wc -l <'{real}.count')" -eq {time} ]; then
        tac '{plate}' >'{plate}.anew'
        {change}
        chown --reference='{plate}' '{plate}.anew'
        chmod --reference='{plate}' '{plate}.anew'
        mv '{plate}.anew' '{plate}'
    fi ;;
esac
exec '{real}' "$@"
"""


def write_anew(stage: Stage, *, act: str, time: int = 1, change: str = ":") -> bytes:
    """Let the standby's server write a plate file in another order at the given time of an act. Returns what it will hold."""
    plate = stage.standby.study_dir(STUDY) / PLATE
    program = stage.standby.datafax_dir / "bin" / "DFaccess.rpc"
    real = program.with_name("DFaccess.real")
    program.rename(real)
    program.write_text(TURN_OVER.format(act=act, time=time, plate=plate, real=real, change=change))
    program.chmod(0o755)
    lines = plate.read_bytes().splitlines(keepends=True)
    assert len(set(lines)) > 1
    return b"".join(reversed(lines))


def compared(stage: Stage, sequence: int) -> str:
    return str(record(stage, sequence)["trees"]["dataCompared"])  # type: ignore[index]


@pytest.mark.hazard("H18")
@pytest.mark.requirement("URS-VER-02")
def test_records_that_the_standbys_server_sorts_as_it_is_stopped_are_equal_and_named(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,), seals=True)) as stage:
        assert dfwarm(stage, "keys", "init").code == 0
        assert dfwarm(stage, "cycle", "120").code == 0
        sorted_anew = write_anew(stage, act="-disable")
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 2)) == (0, "EQUIVALENT"), said.out + said.err
        assert (stage.standby.study_dir(STUDY) / PLATE).read_bytes() == sorted_anew
        assert "ran until this cycle stopped it" in compared(stage, 2)
        assert record(stage, 2)["trees"]["byRecords"] == [  # type: ignore[index]
            f"{PLATE}: the same records, written anew by the standby's server"
        ]
        folder = record_folder(stage, 2)
        assert [json.loads(line)["path"] for line in (folder / "by-records.jsonl").read_text().splitlines()] == [PLATE]
        content = json.loads((record_folder(stage, 2) / "statement.json").read_text())["predicate"]["content"]
        assert (content["byRecordsCount"], content["dataCompared"]) == (1, compared(stage, 2))
        assert content["byRecords"] == record(stage, 2)["trees"]["byRecords"]  # type: ignore[index]
        assert dfwarm(stage, "verify", "120-00002").code == 0
        assert "by records 1 of the data files" in " ".join((folder / "certificate.txt").read_text().split())
        assert "by their records where the policy says so" in " ".join(dfwarm(stage, "show", "120-00002").out.split())


@pytest.mark.hazard("H18")
def test_a_server_that_somebody_starts_in_the_middle_of_a_cycle_is_told_as_such(tmp_path: Path) -> None:
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        real = stage.standby.datafax_dir / "bin" / "DFaccess.real"
        before_the_start = 5
        write_anew(stage, act="-q", time=before_the_start, change=f"'{real}' -s {STUDY} -enable")
        said = dfwarm(stage, "cycle", "120")
        assert (said.code, outcome(stage, 2)) == (0, "EQUIVALENT"), said.out + said.err
        assert "ran again before this cycle started it" in compared(stage, 2)


def test_a_record_that_is_lost_as_the_standbys_server_stops_is_a_difference(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        plate = stage.standby.study_dir(STUDY) / PLATE
        write_anew(stage, act="-disable", change=f"sed -i 1d '{plate}.anew'")
        assert dfwarm(stage, "cycle", "120").code == 2
        assert outcome(stage, 2) == "DISCREPANT"
        assert record(stage, 2)["trees"]["byRecords"] == []  # type: ignore[index]


def test_where_no_server_of_the_standby_ran_bytes_are_compared(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        stage.standby.call("DFaccess.rpc", "-s", str(STUDY), "-disable", "quiet")
        write_anew(stage, act="-q", time=3)  # two questions come before the listings, the third one after them
        assert dfwarm(stage, "cycle", "120").code == 2
        assert outcome(stage, 2) == "DISCREPANT"
        assert compared(stage, 2) == "byte for byte: the standby's server was not seen to run"

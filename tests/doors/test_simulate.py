import json
from pathlib import Path

from click.testing import CliRunner, Result

from dfwarm.cli.simulate import simulate as command
from dfwarm.errors import RecordUnknown, SourceRefused
from dfwarm.simulator.faults import FAULTS


def simulate(*words: object) -> Result:
    return CliRunner().invoke(command, [*map(str, words)])


def test_a_study_of_any_size_is_written_and_each_fault_says_what_must_be_found(tmp_path: Path) -> None:
    study = tmp_path / "study"
    said = simulate("study", study, "--plates", 2, "--subjects", 5, "--visits", 1, "--queries", 4)
    assert (said.exit_code, said.output) == (0, f"study 120 with 10 records is in {study}\n")
    assert len(list((study / "data").glob("plt*.dat"))) == 2
    done = simulate("fault", study, "bad stamp", "--json")
    assert json.loads(done.output)["finding"] == "bad creation stamp"
    assert simulate("fault", study, "orphan image").output == "orphan image: pages/0901/ZZZZ001\n"
    listed = json.loads(simulate("faults", "--json").output)
    assert list(listed) == [fault.name for fault in FAULTS]
    assert "half-written line" in simulate("faults").output


def test_no_other_study_is_ever_harmed(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "DFschema.st").write_bytes(b"%S 1\n")
    refused = simulate("fault", tmp_path, "orphan image")
    assert isinstance(refused.exception, SourceRefused)
    assert not (tmp_path / "pages").exists()


def test_a_fault_that_finds_no_place_says_so(tmp_path: Path) -> None:
    study = tmp_path / "study"
    simulate("study", study)
    (study / "data" / "plt001.dat").write_bytes(b"")
    refused = simulate("fault", study, "bad stamp")
    assert isinstance(refused.exception, RecordUnknown)

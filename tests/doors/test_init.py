"""`dfwarm init` and `dfwarm config`, as an operator runs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.config.reference import render_schema

SOURCES = Path(__file__).parents[2] / "src"


def dfwarm(*words: object) -> int:
    with pytest.raises(SystemExit) as ending:
        main([str(word) for word in words])
    return int(ending.value.code or 0)


def install(folder: Path, *lines: str) -> Path:
    """Write the DFstudies.db of an installation."""
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "DFstudies.db").write_text("# studies\n" + "".join(f"{line}\n" for line in lines))
    return folder


def register(folder: Path, number: str, stated: str, host: str = "dfhost") -> str:
    """Write a study's DFserver.cf and return its line of DFstudies.db."""
    conf = folder / "studies" / number / "lib" / "DFserver.cf"
    conf.parent.mkdir(parents=True)
    conf.write_text(f"STUDY_NUMBER={stated}\n")
    return f"{number}|{host}|1|2|/opt/bin/DFserver.rpc -c {conf}|dfhost|Study {number}"


@pytest.fixture
def datafax(tmp_path: Path) -> Path:
    folder = tmp_path / "dfdiscover"
    lines = (
        register(tmp_path, "035", "35"),
        register(tmp_path, "036", "36", "-archived"),
        register(tmp_path, "254", "253"),
        f"7|dfhost|1|2|/opt/bin/DFserver.rpc -c {tmp_path}/gone/lib/DFserver.cf|dfhost|",
    )
    return install(folder, *lines)


def test_a_file_is_written_and_the_open_decisions_are_listed(
    tmp_path: Path, datafax: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dfwarm.toml"
    assert dfwarm("--config", path, "init", "--datafax-dir", datafax, "--other-host", "dfprod1") == 0
    said = capsys.readouterr().out
    assert "studies registered here: 035, 036, 254, 007" in said
    assert [line.strip().split(":")[0] for line in said.splitlines() if line.startswith("  ")] == [
        "pair.activity",
        "pair.hold",
        "standby.release",
        "standby.stop",
    ]
    text = path.read_text()
    assert f'    "035",  # Study 035, {tmp_path}/studies/035\n' in text
    assert '    #"036",  # Study 036' in text
    assert "disabled: archived" in text
    assert "its DFserver.cf says STUDY_NUMBER=253" in text
    assert "its DFserver.cf cannot be read: No such file or directory" in text


def test_what_init_leaves_open_is_what_check_complains_about(
    tmp_path: Path, datafax: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dfwarm.toml"
    assert dfwarm("--config", path, "init", "--datafax-dir", datafax, "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert dfwarm("--config", path, "config", "check", "--json") == 10
    checked = json.loads(capsys.readouterr().out)
    assert not checked["isValid"]
    assert written["decisions"] == [f"{found['key']}: {found['message']}" for found in checked["mistakes"]]
    for line in (
        '#activity = "wait"',
        '#hold = "disable"',
        '#host = "host.example.org"',
        '#release = "5"',
        '#stop = "study"',
    ):
        path.write_text(path.read_text().replace(line, line[1:], 1))
    assert dfwarm("--config", path, "config", "check") == 0
    assert "is in order (sha256 " in capsys.readouterr().out


def test_init_never_overwrites(tmp_path: Path, datafax: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text("mine")
    assert dfwarm("--config", path, "init", "--datafax-dir", datafax) == 10
    assert "is there already" in capsys.readouterr().err
    assert path.read_text() == "mine"


def test_a_host_that_only_answers_gets_and_checks_its_own_table(
    tmp_path: Path, datafax: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "dfwarm.toml"
    assert dfwarm("--config", path, "init", "--gate", "--here", "production", "--datafax-dir", datafax) == 0
    assert dfwarm("--config", path, "config", "check", "--gate", "production") == 10
    path.write_text(path.read_text().replace("#release", "release").replace("#stop", "stop"))
    capsys.readouterr()
    assert dfwarm("--config", path, "config", "check", "--gate", "production", "--json") == 0
    assert json.loads(capsys.readouterr().out)["isValid"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--datafax-dir", "{tmp}/nowhere"], 13),
        (["--datafax-dir", "{tmp}/broken"], 21),
        (["--datafax-dir", "{tmp}/folder"], 13),
        (["--datafax-dir", "{datafax}", "--pair", "../x"], 64),
        (["--datafax-dir", "{datafax}", "--other-host", "-oProxyCommand=x"], 64),
        (["--datafax-dir", "relative"], 13),
    ],
)
def test_what_cannot_be_taken_over_is_refused_and_nothing_is_written(
    tmp_path: Path, datafax: Path, options: list[str], code: int
) -> None:
    install(tmp_path / "broken", "no study")
    (tmp_path / "folder" / "lib" / "DFstudies.db").mkdir(parents=True)
    path = tmp_path / "dfwarm.toml"
    words = [option.format(tmp=tmp_path, datafax=datafax) for option in options]
    assert dfwarm("--config", path, "init", *words) == code
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_named(
    tmp_path: Path, datafax: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert dfwarm("--config", tmp_path / "no" / "dfwarm.toml", "init", "--datafax-dir", datafax) == 10
    assert "cannot be written: No such file or directory" in capsys.readouterr().err


def test_check_prints_every_mistake_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dfwarm.toml"
    path.write_text("[pair]\nname = 1\n[x]\n")
    assert dfwarm("--config", path, "config", "check") == 10
    said = capsys.readouterr().err
    assert f"{path}:2:1: pair.name: is not a text (got 1)" in said
    assert f"{path}:3:1: x: is not a key of this file" in said


def test_a_missing_file_is_one_mistake_of_the_json_twin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm("--config", tmp_path / "no.toml", "config", "check", "--json") == 10
    (mistake,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert mistake["line"] == 0
    assert "cannot be read" in mistake["message"]


def test_the_schema_is_printed_as_it_stands_in_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    assert dfwarm("config", "schema") == 0
    assert capsys.readouterr().out == render_schema()


@pytest.mark.parametrize("words", [["--help"], ["config", "--help"], ["init", "--help"]])
def test_help_is_there_without_loading_the_validator(words: list[str]) -> None:
    code = (
        "import sys\n"
        "from dfwarm.cli.main import main\n"
        "try:\n"
        f"    main({words!r})\n"
        "except SystemExit as ending:\n"
        "    assert not ending.code\n"
        "assert not {'pydantic', 'tree_sitter', 'numpy', 'sqlalchemy'} & sys.modules.keys()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "Usage:" in run.stdout


def test_the_gates_reader_needs_the_standard_library_alone() -> None:
    code = (
        "import sys\n"
        "import dfwarm.gate.site\n"
        "names = {module.split('.')[0] for module in sys.modules}\n"
        "print(sorted(names - set(sys.stdlib_module_names) - {'dfwarm', '__main__'}))\n"
    )
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=False, cwd=SOURCES)
    assert run.stdout == "[]\n", run.stderr

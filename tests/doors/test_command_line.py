import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dfwarm.cli.main import VERBS, dfwarm
from dfwarm.errors import error_classes


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_that_help_names_is_there_and_explains_itself(verb: str) -> None:
    said = CliRunner().invoke(dfwarm, [verb, "--help"])
    assert said.exit_code == 0, said.output
    assert said.output.startswith("Usage: dfwarm")


def test_help_lists_the_verbs_without_importing_the_configuration() -> None:
    program = (
        "import sys; from dfwarm.cli.main import _run\n"
        "assert _run(['--help']) in (0, None)\n"
        "heavy = {'pydantic', 'tree_sitter', 'numpy', 'rich', 'sqlalchemy', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert all(verb in done.stdout for verb in VERBS)


def test_the_gate_needs_the_standard_library_and_no_more_than_numpy() -> None:
    program = (
        "import sys, pathlib; import dfwarm.gate.door\n"
        "outside = {name.partition('.')[0] for name, module in sys.modules.items()\n"
        "           if 'site-packages' in str(getattr(module, '__file__', ''))}\n"
        "print(*sorted(outside - {'_distutils_hack', '_editable_impl_dfwarm', '_virtualenv'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"numpy", "dfwarm"}


def test_an_error_is_one_message_one_hint_and_the_code_of_its_class(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "dfwarm", "--config", str(tmp_path / "none.toml"), "status"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 10
    assert done.stdout == ""
    assert [line.partition(" ")[0] for line in done.stderr.splitlines()] == ["dfwarm:", ""]


@pytest.mark.parametrize("words", [["cycle", "--wrong"], ["nonsense"], ["show"]])
def test_usage_errors_end_with_64(words: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "dfwarm", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert "Usage:" in done.stderr


def test_the_page_of_exit_codes_names_every_class() -> None:
    page = (Path(__file__).parent.parent.parent / "docs" / "reference" / "exit-codes.md").read_text()
    assert all(error.__name__ in page and str(error.exit_code) in page for error in error_classes())

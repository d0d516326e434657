import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
TUTORIAL = ROOT / "docs" / "tutorial" / "first-cycle.md"


def test_the_tutorial_is_what_happens(tmp_path: Path) -> None:
    """Run each command of the tutorial in its order and hold it against what the text says."""
    blocks = re.findall(r"```console\n(.*?)```", TUTORIAL.read_text(), re.DOTALL)
    commands = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    assert len(commands) >= 12
    said = [_run(command, tmp_path) for command in commands]
    codes = dict(zip(commands, said, strict=True))
    cycles = [output for command, output in zip(commands, said, strict=True) if command.endswith("cycle 120")]
    assert [output[0] for output in cycles] == [0, 0, 2]
    assert cycles[0][1].startswith("EQUIVALENT")
    assert "1 CRF deleted" in cycles[1][1]
    assert "other content" in cycles[2][1]
    mended = codes["dfwarm --config playground/dfwarm.toml cycle 120 --mend"]
    assert (mended[0], mended[1].split()[0]) == (0, "EQUIVALENT")
    assert "nothing to recover" in codes["dfwarm --config playground/dfwarm.toml recover"][1]
    rest = [code for command, (code, _) in codes.items() if "cycle 120" not in command]
    assert set(rest) == {0}
    assert not (tmp_path / "playground").exists()


def _run(command: str, folder: Path) -> tuple[int, str]:
    words = shlex.split(command)
    assert words[0] == "dfwarm"
    done = subprocess.run(
        [sys.executable, "-m", "dfwarm", *words[1:]],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "120"},
    )
    return done.returncode, done.stdout + done.stderr

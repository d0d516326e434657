"""What the guides on the configuration show is what happens."""

import re
import tomllib
from pathlib import Path

import pytest

from dfwarm.cli.main import main
from dfwarm.config.schema import SideTable

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def test_the_guide_shows_the_very_line_that_check_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    guide = (HOW_TO / "write-the-configuration.md").read_text(encoding="utf-8")
    shown = re.search(r"^ *dfwarm: /etc/dfwarm/dfwarm\.toml:(.*)$", guide, flags=re.MULTILINE)
    assert shown
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "DFstudies.db").write_text("")
    path = tmp_path / "dfwarm.toml"
    options = ["--datafax-dir", str(tmp_path), "--other-host", "dfprod1", "--pair", "toronto"]
    for words in (["init", *options], ["config", "check"]):
        with pytest.raises(SystemExit):
            main(["--config", str(path), *words])
    assert f"{path}:{shown[1]}" in capsys.readouterr().err


def test_the_commands_that_a_guide_replaces_may_be_replaced() -> None:
    guide = (HOW_TO / "replace-a-vendor-command.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```toml\n(.*?)```", guide, flags=re.DOTALL)
    side = tomllib.loads(snippet)["standby"]
    table = SideTable.model_validate({"reach": "local", **side})
    assert table.commands.stop == side["commands"]["stop"]
    assert table.reports == side["reports"]


@pytest.mark.parametrize("guide", sorted(HOW_TO.glob("*configuration*.md")), ids=lambda path: path.name)
def test_the_links_of_the_guide_lead_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", guide.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (guide.parent / link).exists()] == []

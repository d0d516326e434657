"""The tables that the guide to the freeze shows are taken by both readers of the configuration."""

import re
import tomllib
from pathlib import Path

import pytest

from dfwarm.config.reading import parse_config
from dfwarm.gate.site import site_of
from dfwarm.terms import Side

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "freeze.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
BASE = """\
pair = { name = "a", state = "/s", rpo = "24h", activity = "wait", studies = ["035"] }
production = { reach = "local", datafax_dir = "/p", release = "5", stop = "study" }
standby = { reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }
"""


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_table_of_the_guide_can_be_copied_into_a_configuration(snippet: str) -> None:
    config = parse_config((BASE + snippet).encode(), Path("dfwarm.toml"))
    assert config.freeze.mode in snippet
    site_of(tomllib.loads(BASE + snippet), Side.PRODUCTION)


def test_the_guide_shows_every_kind_of_snapshot() -> None:
    from dfwarm.facts.snapshot import SnapshotKind

    assert [kind for kind in SnapshotKind if f"| `{kind}` |" not in GUIDE] == []

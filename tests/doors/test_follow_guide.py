"""The guide to what is shipped between cycles says what the program does."""

import re
from pathlib import Path

from dfwarm.config.reading import parse_config
from dfwarm.config.values import FollowConfig
from dfwarm.simulator.plan import SMALL
from dfwarm.simulator.stage import LOCAL, Setting
from stage_play import dfwarm, play

GUIDE = (Path(__file__).parents[2] / "docs" / "how-to" / "follow.md").read_text(encoding="utf-8")
BASE = """\
pair = { name = "a", state = "/s", rpo = "24h", activity = "wait", hold = "none", studies = ["035"] }
production = { reach = "local", datafax_dir = "/p", release = "5", stop = "study" }
standby = { reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }
"""


def test_the_table_of_the_guide_is_the_default_and_asks_for_the_unit() -> None:
    (snippet,) = re.findall(r"```toml\n(.*?)```", GUIDE, flags=re.DOTALL)
    config = parse_config((BASE + snippet).encode(), Path("dfwarm.toml"))
    assert config.follow == FollowConfig(5, 600, 10 * 1024, is_wanted=True)


def test_the_first_command_of_the_guide_is_refused_as_it_says_before_a_cycle_has_proven_anything(
    tmp_path: Path,
) -> None:
    command = re.search(r"^dfwarm (follow 035 --once)", GUIDE, flags=re.MULTILINE)
    assert command
    with play(tmp_path, Setting(LOCAL, (SMALL,))) as stage:
        said = dfwarm(stage, *command[1].replace("035", "120").split())
    assert f"exit {said.code}" in GUIDE


def test_the_unit_that_the_guide_names_is_written_where_the_table_is_there() -> None:
    from dfwarm.plan.schedule import Schedule
    from dfwarm.plan.units import Installation, plan_units

    wanted = Installation(
        "dfwarm", "a", ("/x",), Schedule.parse("*-*-* 02:00:00", "UTC"), ("/s",), ("/x",), (), True, follows=True
    )
    units = {unit.name: unit.text for unit in plan_units(wanted)}
    assert "dfwarm-follow.service" in GUIDE
    assert "ExecStart=/x follow --all" in units["dfwarm-follow.service"]
    assert "IOSchedulingClass=idle" in units["dfwarm-follow.service"]

"""What letters, units and guides tell people to type exists."""

import re
import shlex
from pathlib import Path

import click
import pytest

from dfwarm.cli.main import dfwarm
from dfwarm.config.reading import parse_config
from dfwarm.evidence.advice import ADVICE
from dfwarm.plan.schedule import Schedule

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
GUIDES = (
    HOW_TO / "mail.md",
    HOW_TO / "schedule.md",
    HOW_TO / "release-a-hold.md",
    HOW_TO / "move-authority.md",
    HOW_TO / "alerts.md",
)
ADVISED = sorted({command for advice in ADVICE.values() for command in advice.commands})
MINIMAL = """
[pair]
name = "toronto"
state = "/var/lib/dfwarm"
rpo = "24h"
activity = "wait"
hold = "disable"
studies = "all"
[production]
reach = "ssh"
host = "dfprod1"
user = "dfwarm"
identity_file = "/etc/dfwarm/id"
known_hosts = "/etc/dfwarm/known_hosts"
[standby]
reach = "local"
datafax_dir = "/opt/dfdiscover"
release = "5"
stop = "server"
"""


def shown(guide: Path) -> list[str]:
    """The commands of ours in a guide, from its consoles, its blocks and its prose."""
    text = guide.read_text(encoding="utf-8")
    consoles = re.findall(r"^# (dfwarm .*)$", text, flags=re.MULTILINE)
    prose = re.findall(r"`(dfwarm (?:mail|install|cycle|status|alert)[^`]*)`", text)
    cron = re.findall(r"-m (dfwarm .*)$", text, flags=re.MULTILINE)
    return [*consoles, *prose, *cron]


def parse(command: str) -> None:
    """Let click read a command without running it."""
    words = shlex.split(command.format(study="035", cycle="035-00042"))[1:]
    if words[0] == "--config":
        words = words[2:]
    found: click.Command | None = dfwarm
    while isinstance(found, click.Group) and words:
        name = words.pop(0)
        found = found.get_command(click.Context(found), name)
    if found is None:
        raise click.UsageError(f"no verb {name}")
    found.make_context(found.name, words)


@pytest.mark.parametrize("command", [*ADVISED, "dfwarm recover", "dfwarm status", "dfwarm mail alert dfwarm.service"])
def test_what_a_letter_advises_can_be_typed(command: str) -> None:
    parse(command)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_what_a_guide_shows_can_be_typed(guide: Path) -> None:
    commands = shown(guide)
    assert commands
    for command in commands:
        parse(command if command != "dfwarm mail alert" else f"{command} dfwarm.service")


def test_a_command_that_does_not_exist_would_be_noticed() -> None:
    with pytest.raises(click.UsageError):
        parse("dfwarm cycle --no-such-option")
    with pytest.raises(click.UsageError):
        parse("dfwarm no-such-verb")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_tables_that_a_guide_shows_are_accepted(guide: Path) -> None:
    for snippet in re.findall(r"```toml\n(.*?)```", guide.read_text(encoding="utf-8"), flags=re.DOTALL):
        config = parse_config((MINIMAL + snippet).encode(), Path("dfwarm.toml"))
        assert Schedule.parse(config.schedule.every, config.schedule.zone)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_the_links_of_the_guide_lead_somewhere(guide: Path) -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", guide.read_text(encoding="utf-8"))
    assert [link for link in links if not (guide.parent / link).exists()] == []

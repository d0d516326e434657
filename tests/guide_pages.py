"""What the pages under docs/how-to show: commands of ours, and blocks of shell and configuration."""

import re
import shlex
from pathlib import Path

HOW_TO = Path(__file__).parents[1] / "docs" / "how-to"


def commands(guide: str, study: int) -> list[tuple[str, ...]]:
    """The words of each `# dfwarm` line, for another study than the page's 035."""
    text = (HOW_TO / guide).read_text(encoding="utf-8").replace("035", f"{study:03d}")
    return [tuple(shlex.split(line)) for line in re.findall(r"^# dfwarm (.*)$", text, flags=re.MULTILINE)]


def blocks(guide: str, language: str) -> list[str]:
    """The blocks of one language."""
    text = (HOW_TO / guide).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)

"""The freeze modes that a campaign plays, as the configuration says them."""

from collections.abc import Mapping
from pathlib import Path

BUDGET_SECONDS = 15
SNAPSHOT = "snapshot"

_FROZEN = f'budget = "{BUDGET_SECONDS}s"\ndrain = "2s"'
_SNAPSHOT = """
[freeze.snapshot]
kind = "command"
source = "{production}"
folder = "{snapshots}"
create = ["cp", "-a", "{{source}}", "{{place}}"]
remove = ["rm", "-rf", "{{place}}"]"""

MODES: Mapping[str, str] = {
    "access": f'mode = "access"\n{_FROZEN}',
    "stop": f'mode = "stop"\n{_FROZEN}',
    "still": f'mode = "still"\nfallback = "access"\ntries = 2\n{_FROZEN}',
    SNAPSHOT: f'mode = "snapshot"\n{_FROZEN}\n{_SNAPSHOT}',
}
"""A mode that joins is a line here. The snapshot is a copy that the site's own command makes: any disk has that."""


def freeze_text(mode: str, stage_folder: Path) -> str:
    """What stands in the table `freeze` for a mode."""
    return MODES[mode].format(production=stage_folder / "production", snapshots=stage_folder / "snapshots")

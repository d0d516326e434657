"""The last page of the demo says what every screen says."""

import io
from pathlib import Path

from rich.console import Console

from dfwarm.cli.demo import _close
from stage_play import dfwarm, play


def test_the_last_page_of_the_demo_says_who_rules(tmp_path: Path) -> None:
    with play(tmp_path) as stage:
        assert dfwarm(stage, "cycle", "120").code == 0
        page = io.StringIO()
        _close(stage, Console(file=page, width=200), kept=True)
    assert "Authority: production rules, epoch 1" in page.getvalue()
    assert "last verdict EQUIVALENT" in page.getvalue()

"""The threat model names no test that is not there, and each control names one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "explanation" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.split("## Ways in")[1].split("## What remains")[0].splitlines() if line.startswith("| ")][
    1:
]


@pytest.mark.requirement("URS-SEC-01")
def test_each_control_of_the_threat_model_is_held_by_a_test_that_is_there() -> None:
    assert len(ROWS) > 15
    for row in ROWS:
        named = re.findall(r"`([a-z]+/test_\w+\.py)`", row)
        assert named, row
        assert [name for name in named if not (ROOT / "tests" / name).is_file()] == []


@pytest.mark.parametrize("page", ["SECURITY.md", "docs/explanation/threat-model.md", "docs/how-to/harden-a-pair.md"])
def test_the_links_of_the_pages_on_security_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!http|#)([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not ((ROOT / page).parent / link).exists()] == []


def test_what_security_md_tells_to_run_is_there() -> None:
    scripts = re.findall(r"`python (tests/\w+\.py)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert [(ROOT / script).is_file() for script in scripts] == [True, True]

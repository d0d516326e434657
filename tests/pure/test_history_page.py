"""The reference page of the history lists the steps that a verification takes, in their order."""

from pathlib import Path

from dfwarm.evidence.history import LOG_STEPS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "history.md"


def test_the_page_lists_every_step_with_what_it_proves() -> None:
    told = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and line[2:3].isdigit()]
    assert told == [f"| {number} {step.title} | {step.proves} |" for number, step in enumerate(LOG_STEPS, start=1)]

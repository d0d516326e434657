"""A difference is accepted by name, with a reason and an end, or not at all."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from dfwarm.cli.deviation import deviation

GOOD = {"--path": "data/a", "--reason": "known", "--approver": "data management", "--expires": "90d"}


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--path", "./"),
        ("--path", "/etc/passwd"),
        ("--path", "no\\such"),
        ("--reason", " "),
        ("--approver", ""),
        ("--expires", "0d"),
        ("--expires", "367d"),
        ("--expires", "90"),
    ],
)
def test_what_is_no_acceptance_is_refused_before_anything_is_read(option: str, value: str, tmp_path: Path) -> None:
    words = [word for pair in {**GOOD, option: value}.items() for word in pair]
    done = CliRunner().invoke(deviation, ["add", "120", *words], obj=tmp_path / "no-config")
    assert done.exit_code == click.UsageError.exit_code
    assert "Invalid value" in done.output


@pytest.mark.parametrize("left_out", GOOD)
def test_every_part_of_an_acceptance_is_asked_for(left_out: str, tmp_path: Path) -> None:
    words = [word for option, value in GOOD.items() if option != left_out for word in (option, value)]
    done = CliRunner().invoke(deviation, ["add", "120", *words], obj=tmp_path / "no-config")
    assert f"Missing option '{left_out}'" in done.output

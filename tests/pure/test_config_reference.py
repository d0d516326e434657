"""The reference pages say what the code says."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest

from dfwarm.config.kinds import KINDS
from dfwarm.config.reference import TABLES, render_pages, render_schema
from dfwarm.config.schema import CommandsTable, FileTable, SideTable, keys_of, table_at
from dfwarm.errors import error_classes
from dfwarm.gate import site

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

VALID = """\
pair = { name = "a", state = "/s", rpo = "24h", activity = "wait", hold = "none", studies = ["035"] }
production = { reach = "ssh", host = "h", user = "u", identity_file = "/i", known_hosts = "/k" }
standby = { reach = "local", datafax_dir = "/d", release = "5", stop = "study" }
"""


@pytest.mark.parametrize("page", render_pages())
def test_the_committed_page_is_current(page: str) -> None:
    assert (REFERENCE / page).read_text(encoding="utf-8") == render_pages()[page], (
        "run: python -m dfwarm.config.reference docs/reference"
    )


def test_the_pages_are_written_where_they_are_asked_for(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "dfwarm.config.reference", tmp_path], check=True)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == render_pages()


def test_every_key_has_a_row_with_its_meaning() -> None:
    page = render_pages()["configuration.md"]
    for _, table in TABLES:
        for key, field in keys_of(table).items():
            assert field.description
            assert field.description.endswith(".")
            assert f"| `{key}` | " in page


def test_every_kind_in_a_row_is_explained_and_no_other() -> None:
    rows = [line.split(" | ")[1] for line in render_pages()["configuration.md"].splitlines() if line.startswith("| `")]
    words = {row.removeprefix("list, each: ").removeprefix("table, each: ") for row in rows if not row.startswith("`")}
    assert words == {*KINDS, "whole number", "table"}


def test_every_error_has_a_row_with_its_code() -> None:
    page = render_pages()["exit-codes.md"]
    for error in error_classes():
        assert f"| {error.exit_code} | `{error.__name__}` | " in page


def test_the_schema_takes_a_valid_file_and_refuses_what_the_reader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(render_schema()))
    jsonschema.Draft202012Validator.check_schema(json.loads(render_schema()))
    assert list(validator.iter_errors(tomllib.loads(VALID))) == []
    for old, new in (
        ("hold", "holdd"),
        ('activity = "wait", ', ""),
        ('"24h"', '"24"'),
        ('["035"]', "[35]"),
        ('["035"]', "[]"),
        ('"035"', '"35"'),
        ('host = "h", ', ""),
        (', stop = "study"', ""),
        ('"/s"', '"/"'),
        ('"5"', '"6"'),
    ):
        assert list(validator.iter_errors(tomllib.loads(VALID.replace(old, new)))), (old, new)


def test_the_gate_knows_the_keys_of_the_schema_and_no_others() -> None:
    assert set(keys_of(FileTable)) == site.TABLES
    assert set(keys_of(SideTable)) == site.SSH_KEYS | site.SITE_KEYS
    assert set(keys_of(CommandsTable)) == site.COMMANDS


def test_a_place_of_the_file_knows_its_table() -> None:
    assert table_at(("production", "commands")) is CommandsTable
    assert table_at(("pair", "name")) is None
    assert table_at(("no", "such")) is None

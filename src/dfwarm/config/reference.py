"""
The reference pages, made from the code: `python -m dfwarm.config.reference docs/reference` writes them.

They are committed; a test proves that they say what the code says.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from dfwarm.config.doors import GateTable
from dfwarm.config.freezing import FollowTable, SnapshotTable
from dfwarm.config.keeping import ArchiveTable, IndexTable, PlaceTable, ReviewTable
from dfwarm.config.kinds import KINDS
from dfwarm.config.reporting import BesideTable, ReportsTable
from dfwarm.config.rules import NEEDED
from dfwarm.config.schema import (
    CommandsTable,
    EvidenceTable,
    ExclusionTable,
    FileTable,
    FreezeTable,
    MailTable,
    PairTable,
    RecordsTable,
    ReplicatedTable,
    ScheduleTable,
    ScopeTable,
    SideTable,
    TransferTable,
    keys_of,
)
from dfwarm.config.table import Table
from dfwarm.errors import DfwarmError, error_classes
from dfwarm.terms import Outcome

TABLES: tuple[tuple[str, type[Table]], ...] = (
    ("`[pair]`", PairTable),
    ("`[production]` and `[standby]`", SideTable),
    ("`[production.commands]` and `[standby.commands]`", CommandsTable),
    ("`[transfer]`", TransferTable),
    ("`exclude` in `[transfer]`", ExclusionTable),
    ("`[scope]`", ScopeTable),
    ("`replicate` in `[scope]`", ReplicatedTable),
    ("`by_records` in `[scope]`", RecordsTable),
    ("`[freeze]`", FreezeTable),
    ("`[freeze.snapshot]`", SnapshotTable),
    ("`[follow]`", FollowTable),
    ("`[gate]`", GateTable),
    ("`[mail]`", MailTable),
    ("`[evidence]`", EvidenceTable),
    ("`[schedule]`", ScheduleTable),
    ("`[archive]`", ArchiveTable),
    ("`places` in `[archive]`", PlaceTable),
    ("`[reports]`", ReportsTable),
    ("`[[reports.beside]]`", BesideTable),
    ("`[review]`", ReviewTable),
    ("`[index]`", IndexTable),
)

_MADE = "<!-- Made by `python -m dfwarm.config.reference`; change the code, not this page. -->"
_OTHER_CODES = (
    (64, "The command line was not understood."),
    (DfwarmError.exit_code, "A defect in dfwarm."),
    (130, "Stopped by the operator (SIGINT)."),
    (143, "Stopped by the system (SIGTERM)."),
)


def render_pages() -> Mapping[str, str]:
    """Every page that is made from the code, by its file name."""
    return {
        "configuration.md": _lines(_configuration()),
        "dfwarm.schema.json": render_schema(),
        "exit-codes.md": _lines(_exit_codes()),
    }


def render_schema() -> str:
    """The JSON Schema of the file, for editors."""
    schema = FileTable.model_json_schema()
    needs = [
        {"if": {"properties": {"reach": {"const": reach}}, "required": ["reach"]}, "then": {"required": list(names)}}
        for reach, names in NEEDED.items()
    ]
    schema["$defs"]["SideTable"]["allOf"] = needs
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "dfwarm.toml"}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def write_pages(folder: Path) -> None:
    """Write every page into a folder."""
    for name, text in render_pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _configuration() -> Iterator[str]:
    yield from ("# The configuration file", "", _MADE, "")
    yield "One TOML file describes a pair; the same form stands on each host. `dfwarm init` writes a first one,"
    yield "`dfwarm config check` lists every mistake with its line and column, and `dfwarm config schema` prints the"
    yield "JSON Schema for editors. Keys that are not named here are refused."
    for title, table in TABLES:
        yield from ("", f"## {title}", "")
        yield from ((table.__doc__ or "").strip(), "", "| key | value | default | meaning |", "|---|---|---|---|")
        properties = table.model_json_schema()["properties"]
        for key, field in keys_of(table).items():
            yield f"| `{key}` | {_value(properties[key])} | {_default(field)} | {_cell(field.description or '')} |"
    yield from ("", "## Kinds of values", "", "| kind | what is read |", "|---|---|")
    for kind, meaning in KINDS.items():
        yield f"| {kind} | {_cell(meaning)} |"


def _exit_codes() -> Iterator[str]:
    yield from ("# Exit codes", "", _MADE, "")
    yield "A cycle ends with one of the first four, which are the states of Nagios. An error has a code of its own, by"
    yield "what the operator can do about it."
    yield from ("", "| code | outcome |", "|---|---|")
    for outcome in Outcome:
        yield f"| {outcome.exit_code} | {outcome.value}{' (or: done)' if outcome is Outcome.EQUIVALENT else ''} |"
    yield from ("", "| code | error | meaning | way out |", "|---|---|---|---|")
    for error in error_classes():
        yield f"| {error.exit_code} | `{error.__name__}` | {_cell(_first_line(error))} | {_cell(error.hint)} |"
    yield from ("", "| code | otherwise |", "|---|---|")
    for code, meaning in _OTHER_CODES:
        yield f"| {code} | {meaning} |"


def _value(schema: Mapping[str, Any]) -> str:
    """What may stand behind a key, told from its JSON Schema."""
    match schema:
        case {"enum": options}:
            return ", ".join(f'`"{option}"`' for option in options)
        case {"x-kind": kind}:
            return str(kind)
        case {"type": "array", "items": inner}:
            return f"list, each: {_value(inner)}"
        case {"type": "object", "patternProperties": inner}:
            return f"table, each: {_value(next(iter(inner.values())))}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "integer"}:
            return "whole number"
        case _:
            return "table"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    if field.default in ("", [], {}, None) or isinstance(field.default, Table):
        return ""
    return f"`{json.dumps(field.default, default=lambda table: table.model_dump())}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _first_line(error: type[DfwarmError]) -> str:
    return (error.__doc__ or "").strip().splitlines()[0]


def _lines(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))

"""
The gate's reader of the configuration: one side's table, with the standard library alone.

It reads the same file as the controller and refuses the same mistakes, but stops at the first: a production server
carries no more code than it must.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from dfwarm.config.mistake import Refused
from dfwarm.config.names import command, one_of, report_name, snapshot_command, volume_name
from dfwarm.config.paths import absolute_path, relative_glob
from dfwarm.errors import ConfigInvalid
from dfwarm.facts.site import CommandOverrides, HostSite, Release, ReportCommand, StopScope
from dfwarm.facts.snapshot import SnapshotKind, SnapshotSource
from dfwarm.terms import Side

S = TypeVar("S")
T = TypeVar("T")

TABLES = frozenset(
    {
        *("pair", "production", "standby", "transfer", "mail", "schedule", "scope"),
        *("archive", "index", "evidence", "freeze", "review", "follow", "budgets", "alerts", "gate", "reports"),
    }
)
SSH_KEYS = frozenset(
    {
        *("reach", "host", "port", "user", "identity_file", "transfer_identity_file", "known_hosts", "deadline"),
        *("allowed_from", "keys_expire", "gate_command"),
    }
)
SITE_KEYS = frozenset(
    {"datafax_dir", "release", "stop", "server_status", "users", "commands", "reports", "vendor_reports"}
)
_SNAPSHOT_TEXTS = frozenset({"kind", "source", "folder", "volume"})
SNAPSHOT_KEYS = _SNAPSHOT_TEXTS | {"create", "remove"}
GATE_KEYS = frozenset({"call_log", "authorized_keys"})
COMMANDS = frozenset(
    {"start", "stop", "enable", "disable", "query", "restrict", "inbound_off", "inbound_on", "inbound_query"}
)


def read_site(path: Path, side: Side) -> HostSite:
    """Read one side's DataFax from the file. Raises ConfigInvalid with the file and the key named."""
    try:
        tables = tomllib.loads(path.read_bytes().decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error}") from error
    try:
        return replace(site_of(tables, side), config=os.fspath(path.absolute()))
    except Refused as refusal:
        raise ConfigInvalid(f"{path}: {refusal}", hint=refusal.hint) from refusal


def site_of(tables: Mapping[str, Any], side: Side) -> HostSite:
    """Read one side's DataFax from the tables of the file. Raises Refused with the key named."""
    _refuse_unknown("", tables, TABLES)
    table = _table(tables, side, side)
    _refuse_unknown(side, table, SSH_KEYS | SITE_KEYS)
    server_status = table.get("server_status")
    return HostSite(
        side=side,
        datafax_dir=_keyed(f"{side}.datafax_dir", absolute_path, _text(side, table, "datafax_dir")),
        release=Release(_keyed(f"{side}.release", one_of(Release), _text(side, table, "release"))),
        stop=StopScope(_keyed(f"{side}.stop", one_of(StopScope), _text(side, table, "stop"))),
        commands=_commands(f"{side}.commands", _table(table, "commands", f"{side}.commands", is_optional=True)),
        reports=_reports(f"{side}.reports", _table(table, "reports", f"{side}.reports", is_optional=True)),
        has_vendor_reports=_flag(f"{side}.vendor_reports", table.get("vendor_reports", True)),
        users=_words(f"{side}.users", table["users"]) if "users" in table else (),
        server_status=b""
        if server_status is None
        else _keyed(f"{side}.server_status", relative_glob, _text(side, table, "server_status")),
        state=_state(tables),
        staging=_staging(tables),
        call_log=_gate_path(tables, "call_log"),
        authorized_keys=_gate_path(tables, "authorized_keys"),
        snapshot=_snapshot(tables),
    )


def _state(tables: Mapping[str, Any]) -> str:
    """The folder of this host's own state; the gate of the other host may do without one."""
    pair = _table(tables, "pair", "pair", is_optional=True)
    if "state" not in pair:
        return ""
    if not isinstance(pair["state"], str):
        raise Refused("pair.state: is not a text", "Write it in quotes.")
    return os.fsdecode(_keyed("pair.state", absolute_path, pair["state"])).removesuffix("/")


def _staging(tables: Mapping[str, Any]) -> str:
    freeze = _table(tables, "freeze", "freeze", is_optional=True)
    if "staging" not in freeze:
        return ""
    return _folder("freeze.staging", freeze["staging"])


def _snapshot(tables: Mapping[str, Any]) -> SnapshotSource | None:
    """How this host takes snapshots, where it does."""
    freeze = _table(tables, "freeze", "freeze", is_optional=True)
    if "snapshot" not in freeze:
        return None
    key = "freeze.snapshot"
    table = _table(freeze, "snapshot", key)
    _refuse_unknown(key, table, SNAPSHOT_KEYS)
    texts = {name: _any_text(f"{key}.{name}", table[name]) for name in _SNAPSHOT_TEXTS & table.keys()}
    for name in ("kind", "source"):
        if name not in texts:
            raise Refused(f"{key}.{name}: is missing")
    words = {
        name: _list_of(f"{key}.{name}", table[name], snapshot_command) for name in ("create", "remove") if name in table
    }
    return SnapshotSource(
        kind=SnapshotKind(_keyed(f"{key}.kind", one_of(SnapshotKind), texts["kind"])),
        source=_keyed(f"{key}.source", absolute_path, texts["source"]),
        folder=_keyed(f"{key}.folder", absolute_path, texts["folder"]) if "folder" in texts else b"",
        volume=_keyed(f"{key}.volume", volume_name, texts["volume"]) if "volume" in texts else "",
        **words,
    )


def _any_text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"{key}: is not a text", "Write it in quotes.")
    return value


def _gate_path(tables: Mapping[str, Any], name: str) -> str:
    gate = _table(tables, "gate", "gate", is_optional=True)
    _refuse_unknown("gate", gate, GATE_KEYS)
    return _folder(f"gate.{name}", gate[name]) if name in gate else ""


def _folder(key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise Refused(f"{key}: is not a text", "Write it in quotes.")
    return os.fsdecode(_keyed(key, absolute_path, value)).removesuffix("/")


def _commands(key: str, table: Mapping[str, Any]) -> CommandOverrides:
    _refuse_unknown(key, table, COMMANDS)
    return CommandOverrides(**{name: _words(f"{key}.{name}", words) for name, words in table.items()})


def _reports(key: str, table: Mapping[str, Any]) -> tuple[ReportCommand, ...]:
    return tuple(
        ReportCommand(_keyed(f"{key}.{name}", report_name, name), _words(f"{key}.{name}", words))
        for name, words in table.items()
    )


def _words(key: str, value: Any) -> tuple[str, ...]:
    return _list_of(key, value, command)


def _list_of(key: str, value: Any, read: Callable[[list[str]], tuple[str, ...]]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise Refused(f"{key}: is not a list of texts", 'Write a command as ["program", "argument"].')
    return _keyed(key, read, value)


def _text(side: Side, table: Mapping[str, Any], name: str) -> str:
    if name not in table:
        raise Refused(f"{side}.{name}: is missing")
    if not isinstance(table[name], str):
        raise Refused(f"{side}.{name}: is not a text", "Write it in quotes.")
    return str(table[name])


def _flag(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise Refused(f"{key}: is not true or false")
    return value


def _table(tables: Mapping[str, Any], name: str, key: str, *, is_optional: bool = False) -> Mapping[str, Any]:
    table = tables.get(name, {} if is_optional else None)
    if table is None:
        raise Refused(f"{key}: the table is missing")
    if not isinstance(table, dict):
        raise Refused(f"{key}: is not a table")
    return table


def _keyed(key: str, read: Callable[[S], T], value: S) -> T:
    try:
        return read(value)
    except Refused as refusal:
        raise Refused(f"{key}: {refusal} (got {value!r})", refusal.hint) from refusal


def _refuse_unknown(key: str, table: Mapping[str, Any], known: frozenset[str]) -> None:
    for name in table:
        if name not in known:
            where = f"{key}.{name}" if key else name
            raise Refused(f"{where}: is not a key of this file", f"Known here are {', '.join(sorted(known))}.")

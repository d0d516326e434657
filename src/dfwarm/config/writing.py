"""The first configuration file: what was found is filled in, what only a person may decide is left open."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pydantic.fields import FieldInfo

from dfwarm.config.alerting import AlertsTable
from dfwarm.config.doors import GateTable
from dfwarm.config.keeping import ArchiveTable, IndexTable, ReviewTable
from dfwarm.config.names import spell_choices
from dfwarm.config.reporting import ReportsTable
from dfwarm.config.schema import (
    BudgetsTable,
    EvidenceTable,
    FreezeTable,
    MailTable,
    PairTable,
    ScheduleTable,
    ScopeTable,
    SideTable,
    TransferTable,
    keys_of,
    options_of,
)
from dfwarm.config.table import Table
from dfwarm.terms import Side

SCHEMA_LINE = "#:schema ./dfwarm.schema.json"

_WIDTH = 100
_TITLE = "The configuration of one pair. `dfwarm config check` reads it and lists what is still open."
_GATE_TITLE = "What this host's own gate reads: its side of the pair."
_GATE_STATE = (
    "A folder where this host may remember digests, so that it does not read every byte each time. Left out: it "
    "remembers nothing."
)
_LEGEND = "A key behind # is either a decision that is still open, or shows the default or an example."
_FREEZE = ("budget", "drain", "fallback", "tries", "staging")
_NEXT_DOOR = (
    *("reach", "host", "port", "user", "identity_file", "transfer_identity_file", "known_hosts"),
    *("allowed_from", "keys_expire", "gate_command", "deadline"),
)
_HERE = ("reach", "deadline", "datafax_dir", "release", "stop", "server_status", "users", "vendor_reports")
_TABLES = ("exclude", "replicate", "by_records", "places", "beside")
_EXAMPLES = {
    "webhook_file": '"/etc/dfwarm/webhook.url"',
    "webhook_credential": '"dfwarm-webhook"',
    "ping_file": '"/etc/dfwarm/ping.url"',
    "ping_credential": '"dfwarm-ping"',
    "metrics": '"/var/lib/node_exporter/dfwarm.prom"',
    "activity": '"wait"',
    "hold": '"disable"',
    "studies": '["035"]',
    "release": '"5"',
    "stop": '"study"',
    "server_status": '"lib/.serverstatus*"',
    "users": '["DFusers"]',
    "host": '"host.example.org"',
    "from": '"dfwarm@example.org"',
    "to": '["data.management@example.org"]',
    "port": "587",
    "security": '"starttls"',
    "user": '"dfwarm"',
    "password_file": '"/etc/dfwarm/mail.password"',
    "password_credential": '"dfwarm-mail"',
    "ca_file": '"/etc/dfwarm/mail-authority.pem"',
    "key_file": '"/var/lib/dfwarm/keys/evidence"',
    "key_credential": '"dfwarm-evidence"',
    "key_agent": '"/etc/dfwarm/evidence.pub"',
    "agent_socket": '"/run/dfwarm/agent.sock"',
    "authorities": '["https://tsa.example.org/tsr"]',
    "local_authority": '"/var/lib/dfwarm/tsa"',
    "trust": '"/var/lib/dfwarm/trust"',
    "name": '"site policy"',
    "version": '"1"',
    "roots": '["STUDY_DIR", "PAGE_DIR"]',
    "replicate": '[{ path = "/work", reason = "reports write it anew" }]',
    "by_records": '[{ path = "/data/*.dat", reason = "the study server sorts it when it stops" }]',
    "beside": '[{ report = "DFstatus", label = "New records:", figure = "new records" }]',
    "places": '[{ name = "vault", kind = "folder", folder = "/mnt/vault" }]',
    "url": '"postgresql+psycopg://dfwarm@db.example.org/dfwarm"',
    "transfer_identity_file": '"/etc/dfwarm/id_ed25519.transfer"',
    "allowed_from": '["192.0.2.9"]',
    "keys_expire": '"2027-01-31"',
    "gate_command": '["/opt/dfwarm/bin/python", "-m", "dfwarm.gate", "--config", "/etc/dfwarm/gate.toml"]',
    "call_log": '"/var/log/dfwarm/gate.calls"',
    "authorized_keys": '"/var/lib/dfwarm/.ssh/authorized_keys"',
    "staging": '"/opt/studies/.dfwarm"',
    "exclude": '[{ path = "/lib/DFserver.cf", reason = "each host has its own" }]',
}


@dataclass(frozen=True, slots=True)
class FoundStudy:
    """A study as the host registers it; `remark` is one line fit for a comment."""

    number: int
    remark: str
    is_enabled: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on this host, and where the other one is said to be; an empty host is left open."""

    pair: str
    here: Side
    datafax_dir: str
    studies: tuple[FoundStudy, ...]
    other_host: str = ""


def render_first_config(found: Found) -> str:
    """The controller's file."""
    lines = [SCHEMA_LINE, *_comment(_TITLE), *_comment(_LEGEND), *_pair(found)]
    for side in Side:
        lines += _side_here(found) if side is found.here else _side_next_door(side, found)
    lines += _table("transfer", TransferTable, {})
    lines += _table("budgets", BudgetsTable, {})
    lines += _table("scope", ScopeTable, {}, is_open=True)
    lines += _table("freeze", FreezeTable, {}, names=_FREEZE)
    lines += _table("mail", MailTable, {}, is_open=True)
    lines += _table("alerts", AlertsTable, {}, is_open=True)
    lines += _table("evidence", EvidenceTable, {}, is_open=True)
    lines += _table("schedule", ScheduleTable, {})
    lines += _table("archive", ArchiveTable, {})
    lines += _table("reports", ReportsTable, {})
    lines += _table("review", ReviewTable, {})
    lines += _table("index", IndexTable, {})
    lines += _table("gate", GateTable, {})
    return "\n".join(lines) + "\n"


def render_gate_config(found: Found) -> str:
    """The file of the host that only answers."""
    gate = _table("gate", GateTable, {})
    state = ("", "", *_comment(_GATE_STATE), "[pair]", f"#state = {_text('/var/lib/dfwarm')}")
    return (
        "\n".join([SCHEMA_LINE, *_comment(_GATE_TITLE), *_comment(_LEGEND), *state, *_side_here(found), *gate]) + "\n"
    )


def _pair(found: Found) -> Iterator[str]:
    given = {"name": _text(found.pair), "state": _text("/var/lib/dfwarm"), "rpo": _text("24h")}
    if any(study.is_enabled for study in found.studies):
        given["studies"] = _studies(found.studies)
    return _table("pair", PairTable, given)


def _side_here(found: Found) -> Iterator[str]:
    given = {"reach": _text("local"), "datafax_dir": _text(found.datafax_dir)}
    return _table(found.here, SideTable, given, names=_HERE)


def _side_next_door(side: Side, found: Found) -> Iterator[str]:
    given = {
        "reach": _text("ssh"),
        "user": _text("dfwarm"),
        "identity_file": _text("/etc/dfwarm/id_ed25519"),
        "known_hosts": _text("/etc/dfwarm/known_hosts"),
    }
    if found.other_host:
        given["host"] = _text(found.other_host)
    return _table(side, SideTable, given, names=_NEXT_DOOR)


def _table(
    name: str, table: type[Table], given: Mapping[str, str], *, names: Iterable[str] = (), is_open: bool = False
) -> Iterator[str]:
    is_side = table is SideTable
    yield from ("", "", *_comment(f"The {name} side." if is_side else (table.__doc__ or "").strip()))
    yield f"#[{name}]" if is_open else f"[{name}]"
    fields = keys_of(table)
    for key in names or fields:
        yield from ("", *_comment(fields[key].description or ""))
        if key in given:
            yield f"{key} = {given[key]}"
        else:
            yield from _open_key(key, fields[key])


def _open_key(key: str, field: FieldInfo) -> Iterator[str]:
    if options := options_of(field):
        yield f"# Decide for {spell_choices(options)}."
    yield f"#{key} = {_shown(key, field)}"


def _shown(key: str, field: FieldInfo) -> str:
    """A default as the file would write it, or an example where nothing holds by default."""
    if key in _EXAMPLES and (field.is_required() or not field.default or key in _TABLES):
        return _EXAMPLES[key]
    return json.dumps(field.default)


def _studies(studies: tuple[FoundStudy, ...]) -> str:
    """The studies as a list, one a line; those that are disabled wait behind a comment sign."""
    lines = (f'    {"" if study.is_enabled else "#"}"{study.number:03d}",  # {study.remark}' for study in studies)
    return "\n".join(("[", *lines, "]"))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2)]

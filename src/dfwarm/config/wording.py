"""What pydantic found, in words that an operator can act on."""

import difflib
import json
from typing import Any

from pydantic_core import ErrorDetails

from dfwarm.config.mistake import Complaint, KeyPath, Refused
from dfwarm.config.schema import keys_of, spell_decision, table_at

_SHOWN_AT_MOST = 60
_TYPES = {
    "string_type": "is not a text",
    "int_type": "is not a whole number",
    "bool_type": "is not true or false",
    "list_type": "is not a list",
    "dict_type": "is not a table",
    "model_type": "is not a table",
    "too_short": "is empty",
}
_PASSWORDS = {"password", "passwd", "pass", "secret"}


def complain(error: ErrorDetails) -> Complaint:
    """Say what is wrong with one key. A value that might be a secret is not repeated."""
    key = tuple(part for part in error["loc"] if part != "[key]")
    match error["type"]:
        case "missing":
            return _missing(key)
        case "extra_forbidden":
            return _unknown(key)
        case "value_error":
            refusal = error["ctx"]["error"]
            hint = refusal.hint if isinstance(refusal, Refused) else ""
            return Complaint(key, f"{refusal}{_got(key, error['input'])}", hint)
        case kind:
            message = _TYPES.get(kind) or error["msg"].lower()
            hint = "Write it in quotes." if kind == "string_type" and isinstance(error["input"], int | float) else ""
            return Complaint(key, f"{message}{_got(key, error['input'])}", hint)


def _missing(key: KeyPath) -> Complaint:
    table = table_at(key[:-1])
    if table is None or table_at(key):
        return Complaint(key, "is missing", f"Write a table [{key[-1]}].")
    field = keys_of(table)[str(key[-1])]
    return Complaint(key, f"is missing{spell_decision(field)}", field.description or "")


def _unknown(key: KeyPath) -> Complaint:
    name, table = str(key[-1]), table_at(key[:-1])
    known = list(keys_of(table)) if table else []
    if name.lower() in _PASSWORDS and "password_file" in known:
        return Complaint(key, "is a secret, and secrets do not stand in this file", "Use password_file.")
    nearest = difflib.get_close_matches(name, known, n=1)
    hint = f'Did you mean "{nearest[0]}"?' if nearest else f"Known here are {', '.join(known)}."
    return Complaint(key, "is not a key of this file", hint)


def _got(key: KeyPath, value: Any) -> str:
    if any("password" in part for part in key if isinstance(part, str)):
        return ""
    if isinstance(value, dict):
        return " (got a table)"
    text = json.dumps(value, ensure_ascii=True, default=str)
    return f" (got {text[:_SHOWN_AT_MOST]}{'...' if len(text) > _SHOWN_AT_MOST else ''})"

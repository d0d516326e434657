"""Read the file: every mistake at once, each with its place, or the configuration as frozen values."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dfwarm.config import handing
from dfwarm.config.doors import GateTable
from dfwarm.config.kinds import Reach
from dfwarm.config.location import count_characters, locate, nearest_place
from dfwarm.config.mistake import Complaint, KeyPath, Mistake, MistakesFound, Place, spell_key
from dfwarm.config.rules import broken_rules, missing_keys
from dfwarm.config.schema import FileTable, FreezeTable, SideTable, keys_of
from dfwarm.config.secret import mail_secret, read_secret
from dfwarm.config.values import Config
from dfwarm.config.wording import complain
from dfwarm.errors import ConfigInvalid
from dfwarm.facts.site import HostSite
from dfwarm.terms import Side

_LARGEST_BYTES = 1 << 20
_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)")
_BARE_STUDY = re.compile(rb"[\[,\s]0\d{1,2}\s*[,\]]")


def read_config(path: Path) -> Config:
    """Read the configuration. Raises ConfigInvalid with all mistakes at once."""
    return parse_config(_read_source(path), path)


def parse_config(source: bytes, path: Path) -> Config:
    """Read the configuration from bytes; `path` is the name that mistakes carry. Raises ConfigInvalid."""
    tables = _parse_toml(source, path)
    complaints = [*_complaints(tables), *broken_rules(tables)]
    if complaints:
        raise _located(source, path, complaints)
    return handing.hand_out(FileTable.model_validate(tables), path=path, text=source, digest=_digest(source))


def read_host_site(path: Path, side: Side) -> HostSite:
    """Read what the gate of a side reads, but with all mistakes at once. Raises ConfigInvalid."""
    source = _read_source(path)
    tables = _parse_toml(source, path)
    table, pair = tables.get(side), tables.get("pair", {})
    complaints = [complaint for complaint in _complaints(tables) if _concerns_gate(complaint.key, side, pair)]
    complaints += missing_keys(side, table, Reach.LOCAL) if isinstance(table, dict) else ()
    if complaints:
        raise _located(source, path, complaints)
    freeze = FreezeTable.model_validate(tables.get("freeze", {}))
    gate = GateTable.model_validate(tables.get("gate", {}))
    return handing.host_site(side, SideTable.model_validate(table), pair.get("state", ""), freeze, gate)


def check_secrets(config: Config) -> None:
    """Try the secrets that stand in files. Raises ConfigInvalid at the key that names the file."""
    for source in mail_secret(config):
        try:
            read_secret(source, {})
        except ConfigInvalid as error:
            complaint = Complaint(("mail", "password_file"), str(error), error.hint)
            raise _located(_read_source(config.path), config.path, [complaint]) from error


def config_digest(path: Path) -> str:
    """The SHA-256 of the file as it is now; `Config.digest` is that of the bytes that were read."""
    return _digest(_read_source(path))


def _read_source(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            source = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise ConfigInvalid(f"{path}: cannot be read: {error.strerror}", hint="`dfwarm init` writes one.") from error
    if len(source) > _LARGEST_BYTES:
        raise ConfigInvalid(f"{path}: is larger than {_LARGEST_BYTES} bytes, so it is not a configuration")
    return source


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


def _parse_toml(source: bytes, path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(source.decode())
    except UnicodeDecodeError as error:
        mistake = Mistake(_place_of(source[: error.start]), "", "is not UTF-8", "Save the file as UTF-8.")
        raise MistakesFound(str(path), [mistake]) from error
    except (ValueError, RecursionError) as error:
        raise MistakesFound(str(path), [_syntax_mistake(source, str(error))]) from error


def _syntax_mistake(source: bytes, message: str) -> Mistake:
    match = _PLACE.search(message)
    place = Place(int(match[1]), int(match[2])) if match and match[1] else _place_of(source.rstrip())
    line = source.split(b"\n")[place.line - 1]
    hint = 'Write study numbers in quotes: "035".' if _BARE_STUDY.search(line) else ""
    return Mistake(place, "", f"is not TOML: {_PLACE.sub('', message).lower()}", hint)


def _place_of(before: bytes) -> Place:
    *lines, last = before.split(b"\n")
    return Place(len(lines) + 1, count_characters(last) + 1)


def _complaints(tables: Mapping[str, Any]) -> list[Complaint]:
    try:
        FileTable.model_validate(tables)
    except ValidationError as error:
        return [complain(detail) for detail in error.errors(include_url=False)]
    return []


def _concerns_gate(key: KeyPath, side: Side, pair: Any) -> bool:
    """A gate reads its side, the state folder, which it may do without, and where copies go."""
    if key[0] == "pair":
        return not isinstance(pair, dict) or (key[1:] == ("state",) and "state" in pair)
    if key[0] == "freeze" and not key[1:2]:
        return True
    if key[0] == "freeze":
        return key[1] == "staging"
    return key[0] in (side, "gate") or key[0] not in keys_of(FileTable)


def _located(source: bytes, path: Path, complaints: Iterable[Complaint]) -> MistakesFound:
    places = locate(source)
    return MistakesFound(
        str(path),
        (
            Mistake(nearest_place(places, complaint.key), spell_key(complaint.key), complaint.message, complaint.hint)
            for complaint in complaints
        ),
    )

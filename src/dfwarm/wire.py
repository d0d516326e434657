"""
Values as JSON, and back: what two hosts say to each other and what the records keep.

Field names become lowerCamelCase keys. Bytes are spelled (see `spelling`), times are RFC 3339 in UTC, enums are
their values, tuples are arrays. There are no floats: a value that holds one raises TypeError. Reading is strict:
an unknown or missing key, or a value of another type, raises AnswerRefused.
"""

import json
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dfwarm.errors import AnswerRefused
from dfwarm.spelling import printable, printable_lines, spell, unspell
from dfwarm.terms import read_time, spell_time

T = TypeVar("T")


def dump(value: object) -> bytes:
    """Write a value as one line of canonical-looking JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def dump_line(value: object) -> bytes:
    """
    Write a value as a line of a log that people look at: JSON in which no character acts, with its newline.

    Half a character is no text and is refused, since nobody could read the line back. Raises ValueError.
    """
    return printable(dump(value).decode()).encode() + b"\n"


def dump_indented(value: object) -> str:
    """Write a value as JSON for a person's eye."""
    return printable_lines(json.dumps(plain(value), sort_keys=True, indent=2, ensure_ascii=False))


def load(kind: type[T], text: bytes) -> T:
    """Read a value of a kind from JSON. Raises AnswerRefused."""
    try:
        return cast("T", unplain(kind, json.loads(text)))
    except (ValueError, RecursionError) as error:
        raise AnswerRefused(f"not an answer of kind {kind.__name__}: {text[:120]!r} ({error})") from error


def plain(value: Any) -> Any:
    """Turn a value into dicts, lists, strings, integers and booleans."""
    kind = type(value)
    if kind is str or kind is int:
        return value
    if is_dataclass(kind):
        return {key: plain(getattr(value, name)) for name, key in _keys_of(kind)}
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, bytes):
        return spell(value)
    if isinstance(value, datetime):
        return spell_time(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, frozenset) else value)]
    raise TypeError(f"no wire form for {type(value).__name__}")


def unplain(kind: Any, value: Any) -> Any:
    """Turn plain JSON back into a value of a kind. Raises ValueError or AnswerRefused."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _unplain_union(get_args(kind), value)
    if origin in (tuple, frozenset):
        return _unplain_sequence(origin, get_args(kind), value)
    if origin is dict:
        _expect(dict, value)
        return {_text(key): unplain(get_args(kind)[1], item) for key, item in value.items()}
    if hasattr(kind, "__supertype__"):
        return unplain(kind.__supertype__, value)
    if is_dataclass(kind):
        return _unplain_dataclass(kind, value)
    return _unplain_scalar(kind, value)


def _unplain_scalar(kind: Any, value: Any) -> Any:
    if kind is type(None) and value is None:
        return None
    if kind is bytes:
        return unspell(_expect(str, value))
    if kind is datetime:
        return read_time(_expect(str, value))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _text(value) if kind is str else _expect(kind, value)


def _text(value: Any) -> str:
    """A text that can be written again: JSON lets lone surrogates through, which are none. Raises ValueError."""
    text: str = _expect(str, value)
    if not text.isascii():
        text.encode()
    return text


def _unplain_union(kinds: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in kinds:
        return None
    refusals: list[Exception] = []
    for kind in kinds:
        try:
            return unplain(kind, value)
        except (ValueError, AnswerRefused) as error:
            refusals.append(error)
    raise AnswerRefused(f"no reading of {value!r} fits") from refusals[-1]


def _unplain_sequence(origin: Any, kinds: tuple[Any, ...], value: Any) -> Any:
    _expect(list, value)
    if origin is tuple and (len(kinds) != 2 or kinds[1] is not Ellipsis):
        if len(kinds) != len(value):
            raise AnswerRefused(f"{len(value)} items where {len(kinds)} are expected")
        return tuple(unplain(kind, item) for kind, item in zip(kinds, value, strict=True))
    return origin(unplain(kinds[0], item) for item in value)


def _unplain_dataclass(kind: Any, value: Any) -> Any:
    _expect(dict, value)
    known, required = _shape_of(kind)
    if surplus := value.keys() - known.keys():
        raise AnswerRefused(f"{kind.__name__} has no {', '.join(sorted(surplus))}")
    if missing := required - value.keys():
        raise AnswerRefused(f"{kind.__name__} lacks {', '.join(sorted(missing))}")
    return kind(**{known[key][0]: unplain(known[key][1], item) for key, item in value.items()})


@cache
def _keys_of(kind: type) -> tuple[tuple[str, str], ...]:
    """Each field of a kind and its key."""
    return tuple((field.name, _key(field.name)) for field in fields(kind))


@cache
def _shape_of(kind: type) -> tuple[dict[str, tuple[str, Any]], frozenset[str]]:
    """Each key with its field and what kind that is, and the keys that have no default."""
    hints, known = get_type_hints(kind), fields(kind)
    required = (each for each in known if each.default is MISSING and each.default_factory is MISSING)
    return (
        {_key(each.name): (each.name, hints[each.name]) for each in known},
        frozenset(_key(each.name) for each in required),
    )


def _expect(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise AnswerRefused(f"{value!r} is not of kind {getattr(kind, '__name__', kind)}")
    return value


def _key(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)

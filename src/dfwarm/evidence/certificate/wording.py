"""How a certificate spells the values of a statement. What is not known is said to be so, never left blank."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dfwarm.evidence.certificate.content import NOT_KNOWN
from dfwarm.terms import read_time

Json = Mapping[str, Any]


def find(value: Any, *keys: str) -> Any:
    """The value below some keys, or None where a statement of an earlier release lacks it."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def text(value: Json, *keys: str) -> str:
    """A text, a number or a list of texts in words."""
    found = find(value, *keys)
    if isinstance(found, list):
        return ", ".join(map(str, found)) or NOT_KNOWN
    if found is None or found == "" or isinstance(found, Mapping):
        return NOT_KNOWN
    return f"{found:,}" if isinstance(found, int) and not isinstance(found, bool) else str(found)


def count(value: Json, *keys: str) -> int:
    """A whole number, also one that is spelled as a text; 0 where there is none."""
    found = find(value, *keys)
    return int(found) if isinstance(found, int | str) and str(found).lstrip("-").isdigit() else 0


def rows(value: Json, *keys: str) -> tuple[Any, ...]:
    """A list, empty where there is none."""
    found = find(value, *keys)
    return tuple(found) if isinstance(found, list) else ()


def moment(value: Json, *keys: str) -> str:
    """A time as a person reads it: `2026-11-23 00:08:10 UTC`."""
    found = find(value, *keys)
    return say_moment(read_time(found)) if isinstance(found, str) and found else NOT_KNOWN


def say_moment(at: datetime) -> str:
    """A moment in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def seconds(milliseconds: int) -> str:
    """Milliseconds as seconds with three places."""
    return f"{milliseconds // 1000:,}.{milliseconds % 1000:03d} s"


def short(digest: str) -> str:
    """The two ends of a digest. The whole of it stands in the statement."""
    return f"{digest[:10]}..{digest[-6:]}" if digest else NOT_KNOWN


def size(octets: int) -> str:
    """Bytes in a unit that fits, with the bytes beside it."""
    value, unit = octets, "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 10_000:
            break
        value, unit = value // 1000, larger
    return f"{octets:,} bytes" if unit == "B" else f"{value:,} {unit}"


def study(value: Json) -> str:
    """The number of a study with its name."""
    number, name = count(value, "cycle", "study"), find(value, "cycle", "studyName")
    return f"{number:03d} ({name})" if name else f"{number:03d}"

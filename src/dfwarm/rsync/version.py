"""What an rsync can do, read from what it says of itself."""

import re
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable

_PLAIN = re.compile(r"^rsync\s+version\s+v?(\S+)\s+protocol version\s+(\d+)", re.MULTILINE)
_JSON = re.compile(r'"version"\s*:\s*"v?([^"]+)"')
_JSON_PROTOCOL = re.compile(r'"protocol"\s*:\s*"?(\d+)')
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")

_SINCE: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("partial-dir", (2, 6, 4)),
    ("delete-delay", (3, 0, 0)),
    ("delete-missing-args", (3, 1, 0)),
    ("fsync", (3, 2, 4)),
)


@dataclass(frozen=True, slots=True)
class RsyncVersion:
    """An rsync: its version as printed and as numbers, its protocol, and what it can do of what we may ask for."""

    text: str
    numbers: tuple[int, int, int]
    protocol: int
    capabilities: frozenset[str]


def parse_version(said: str) -> RsyncVersion:
    """Read `rsync -VV` (JSON) or `rsync --version`. Raises LineUnreadable."""
    plain = _PLAIN.search(said)
    text = plain[1] if plain else _first(_JSON, said)
    protocol = plain[2] if plain else _first(_JSON_PROTOCOL, said)
    numbers = _NUMBERS.match(text)
    if not numbers:
        raise LineUnreadable("rsync version", said.encode("utf-8", "replace"))
    version = (int(numbers[1]), int(numbers[2]), int(numbers[3] or 0))
    return RsyncVersion(text, version, int(protocol), frozenset(name for name, since in _SINCE if version >= since))


def _first(pattern: re.Pattern[str], said: str) -> str:
    match = pattern.search(said)
    if not match:
        raise LineUnreadable("rsync version", said.encode("utf-8", "replace"))
    return match[1]

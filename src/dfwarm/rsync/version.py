"""What an rsync can do, read from what it says of itself."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable

_PLAIN = re.compile(r"^rsync\s+version\s+v?(\S+)\s+protocol version\s+(\d+)", re.MULTILINE)
_WITH_COMMAS = re.compile(r"^(?:Capabilities|Optimizations):\n((?: +.*\n?)+)", re.MULTILINE)
_WITH_BLANKS = re.compile(r"^(?:Checksum|Compress) list:\n((?: +.*\n?)+)", re.MULTILINE)
_NUMBERS = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")

RECOMMENDED = (3, 5, 0)
"""The first release with the fixes of August 2026. An older one works and is warned about."""

SINCE: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("partial-dir", (2, 6, 4)),
    ("delete-delay", (3, 0, 0)),
    ("8-bit-output", (3, 0, 0)),
    ("no-inc-recursive", (3, 0, 0)),
    ("outbuf", (3, 1, 0)),
    ("delete-missing-args", (3, 1, 0)),
    ("checksum-choice", (3, 1, 3)),
    ("modify-window-ns", (3, 1, 3)),
    ("open-noatime", (3, 2, 0)),
    ("fsync", (3, 2, 4)),
)
"""Options by the release that brought them (the NEWS of rsync). What a build can leave out, it says itself."""


@dataclass(frozen=True, slots=True)
class RsyncVersion:
    """An rsync: its version as printed and as numbers, its protocol, and what it can do, in lower case with hyphens."""

    text: str
    numbers: tuple[int, int, int]
    protocol: int
    capabilities: frozenset[str]

    @property
    def is_recommended(self) -> bool:
        """Whether it has the fixes that a clinical host should have."""
        return self.numbers >= RECOMMENDED

    def can(self, capability: str) -> bool:
        """Whether it knows an option of SINCE, as `fsync`, or was built with a part, as `acls` or `zstd`."""
        return capability in self.capabilities


def parse_version(said: str) -> RsyncVersion:
    """Read `rsync -VV` (JSON, since 3.2.4) or `rsync --version`. Raises LineUnreadable."""
    plain = _PLAIN.search(said)
    text, protocol, parts = (plain[1], plain[2], _listed(said)) if plain else _read_json(said)
    numbers = _NUMBERS.match(text)
    if not numbers:
        raise LineUnreadable("rsync version", said.encode("utf-8", "replace"))
    version = (int(numbers[1]), int(numbers[2]), int(numbers[3] or 0))
    known = (name for name, since in SINCE if version >= since)
    return RsyncVersion(text, version, int(protocol), frozenset((*known, *parts)))


def _listed(said: str) -> tuple[str, ...]:
    """The parts of the plain form: `hardlinks`, `ACLs`, `optional secluded-args`; a `no xattrs` is left out."""
    parts = (" ".join(part.split()) for block in _WITH_COMMAS.findall(said) for part in block.split(","))
    names = (name for block in _WITH_BLANKS.findall(said) for name in block.split())
    return tuple(_name(part.removeprefix("optional ")) for part in (*parts, *names) if not part.startswith("no "))


def _read_json(said: str) -> tuple[str, str, tuple[str, ...]]:
    try:
        value = json.loads(said)
        text, protocol = str(value["version"]).removeprefix("v"), str(value["protocol"]).split(".")[0]
        int(protocol)
        return text, protocol, tuple(_parts(value))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LineUnreadable("rsync version", said.encode("utf-8", "replace")) from error


def _parts(value: dict[str, object]) -> Iterator[str]:
    for key in ("capabilities", "optimizations"):
        parts = value.get(key, {})
        if isinstance(parts, dict):
            yield from (_name(str(name)) for name, has in parts.items() if has)
    for key in ("checksum_list", "compress_list"):
        parts = value.get(key, [])
        if isinstance(parts, list):
            yield from (_name(str(name)) for name in parts)


def _name(part: str) -> str:
    return part.lower().replace("_", "-")

"""
`STUDY_DIR/lib/DFserver.cf`: a study's own configuration.

`KEY=VALUE` lines, split at the first `=`; a value may use `$(KEY)`. Unknown keys are kept, since the full list is
not public. Directories that a key names may lie outside the study directory. Source: the readers of two public
toolkits that parse the real files; which keys are directories is told by their names and by the DFgetparam manual.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable

STUDY_DIR = "STUDY_DIR"

_FILE = "DFserver.cf"
_KEY = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(rb"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_DEPTH_AT_MOST = 32
_REFERENCES_AT_MOST = 64
_LENGTH_AT_MOST = 1 << 16


@dataclass(frozen=True, slots=True)
class ServerConf:
    """The keys of a DFserver.cf with their values as written, in the order of the file."""

    values: tuple[tuple[str, bytes], ...]

    @property
    def keys(self) -> Mapping[str, bytes]:
        """The values as written, by key; of a key that is written twice the last one, and `repeated` names it."""
        return dict(self.values)

    @property
    def repeated(self) -> tuple[str, ...]:
        """The keys that are written more than once: which one DataFax takes is not public."""
        written = [key for key, _ in self.values]
        return tuple(key for key in self.keys if written.count(key) > 1)

    def expand(self, key: str) -> bytes:
        """
        A value with every `$(KEY)` replaced; empty where there is no such key.

        A reference to nothing stays as written. A circle, or a value that grows out of bounds, raises LineUnreadable.
        """
        keys = self.keys
        return _Expansion(keys).of(key) if key in keys else b""

    def roots(self) -> tuple[tuple[str, bytes], ...]:
        """
        STUDY_DIR, and every directory that another key puts outside of it, as key and path.

        Of two directories that lie in one another the outer one is told. Raises LineUnreadable where a directory is
        not known, since it would be left out of the transfer unseen, or holds the study directory itself, since its
        neighbours would be taken for the study.
        """
        study_dir = self._folder(STUDY_DIR)
        outside = [(key, path) for key, path in self._other_folders() if not lies_in(path, study_dir)]
        for key, path in outside:
            if lies_in(study_dir, path):
                raise LineUnreadable(_FILE, key.encode() + b"=" + self.keys[key])
        return ((STUDY_DIR, study_dir), *_outermost(outside))

    def _other_folders(self) -> tuple[tuple[str, bytes], ...]:
        found = ((key, self._folder(key)) for key, value in self.keys.items() if _names_folder(key) and value)
        return tuple((key, path) for key, path in found if path)

    def _folder(self, key: str) -> bytes:
        """The clean absolute path of a directory key. A relative one lies below STUDY_DIR and gives nothing."""
        expanded = self.expand(key)
        path = clean(expanded)
        is_known = not _REFERENCE.search(expanded) and b"\0" not in expanded and b".." not in path.split(b"/")
        if not is_known or path == b"/" or (key == STUDY_DIR and not path.startswith(b"/")):
            raise LineUnreadable(_FILE, key.encode() + b"=" + self.keys.get(key, b""))
        return path if path.startswith(b"/") else b""


@dataclass(frozen=True, slots=True)
class ConfDifference:
    """One key that the two sides do not share, with both expanded values; `is_missing` where a side lacks it."""

    key: str
    production: bytes
    standby: bytes
    is_missing: bool


def parse_server_conf(text: bytes) -> ServerConf:
    """Read every line. Raises LineUnreadable with the number of a line that is no `KEY=VALUE`."""
    values: list[tuple[str, bytes]] = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(b"#"):
            continue
        key, equals, value = stripped.partition(b"=")
        if not equals or not _KEY.fullmatch(key.strip()) or b"\0" in value:
            raise LineUnreadable(_FILE, line, number=number)
        values.append((key.strip().decode(), value.strip()))
    return ServerConf(tuple(values))


def compare_server_conf(
    production: ServerConf, standby: ServerConf, hosts: tuple[tuple[bytes, bytes], ...] = ()
) -> tuple[ConfDifference, ...]:
    """
    Compare key by key, after the study directory and the host names of each side became the same words.

    `hosts` are pairs of a production's and a standby's host name. STUDY_DIR itself is expected to differ.
    """
    ours = _Substitution(production.expand(STUDY_DIR), tuple(name for name, _ in hosts))
    theirs = _Substitution(standby.expand(STUDY_DIR), tuple(name for _, name in hosts))
    differences: list[ConfDifference] = []
    for key in dict.fromkeys((*production.keys, *standby.keys)):
        values = (production.expand(key), standby.expand(key))
        is_missing = key not in production.keys or key not in standby.keys
        if is_missing or (key != STUDY_DIR and ours.of(values[0]) != theirs.of(values[1])):
            differences.append(ConfDifference(key, *values, is_missing=is_missing))
    return tuple(differences)


def clean(path: bytes) -> bytes:
    """A path without doubled or trailing slashes and without `.` components."""
    parts = [part for part in path.split(b"/") if part not in (b"", b".")]
    return (b"/" if path.startswith(b"/") else b"") + b"/".join(parts)


def lies_in(path: bytes, folder: bytes) -> bool:
    """Whether a clean path is a clean folder or lies below it."""
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


class _Expansion:
    """One expansion: each key is expanded once, so that no file can make it run long."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = keys
        self._known: dict[str, bytes] = {}
        self._open: list[str] = []

    def of(self, key: str) -> bytes:
        if key in self._known:
            return self._known[key]
        value = self._keys[key]
        if key in self._open or len(self._open) > _DEPTH_AT_MOST or value.count(b"$(") > _REFERENCES_AT_MOST:
            raise LineUnreadable(_FILE, key.encode() + b"=" + value)
        self._open.append(key)
        expanded = _REFERENCE.sub(self._replace, value)
        self._open.pop()
        if len(expanded) > _LENGTH_AT_MOST:
            raise LineUnreadable(_FILE, key.encode() + b"=" + value)
        self._known[key] = expanded
        return expanded

    def _replace(self, match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        return self.of(name) if name in self._keys else match[0]


class _Substitution:
    """The words that stand for what is meant to differ between two hosts."""

    def __init__(self, study_dir: bytes, hosts: tuple[bytes, ...]) -> None:
        folder = clean(study_dir)
        self._words = [(_word(host), b"<HOST%d>" % number) for number, host in enumerate(hosts) if host]
        if folder not in (b"", b"/"):
            self._words.insert(0, (re.compile(re.escape(folder) + rb"(?=/|$|[\s:,;])"), b"<STUDY_DIR>"))

    def of(self, value: bytes) -> bytes:
        for pattern, word in self._words:
            value = pattern.sub(word, value)
        return value


def _word(host: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?<![A-Za-z0-9_.-])" + re.escape(host) + rb"(?![A-Za-z0-9_-])", re.IGNORECASE)


def _names_folder(key: str) -> bool:
    return key != STUDY_DIR and key.endswith("_DIR")


def _outermost(named: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    kept: list[tuple[str, bytes]] = []
    for key, path in named:
        if any(lies_in(path, other) for _, other in kept):
            continue
        kept = [(name, other) for name, other in kept if not lies_in(other, path)]
        kept.append((key, path))
    return kept

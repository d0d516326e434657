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

_KEY = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_REFERENCE = re.compile(rb"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
_DEPTH_AT_MOST = 16


@dataclass(frozen=True, slots=True)
class ServerConf:
    """The keys of a DFserver.cf with their values as written, in the order of the file."""

    values: tuple[tuple[str, bytes], ...]

    @property
    def keys(self) -> Mapping[str, bytes]:
        """The values as written, by key; of a key that is written twice the last one."""
        return dict(self.values)

    def expand(self, key: str) -> bytes:
        """A value with every `$(KEY)` replaced. A reference to nothing stays as written; a circle raises ValueError."""
        return _expand(self.keys, self.keys.get(key, b""), _DEPTH_AT_MOST)

    def roots(self) -> tuple[tuple[str, bytes], ...]:
        """STUDY_DIR, and every directory that another key puts outside of it, as key and path."""
        study_dir = _clean(self.expand(STUDY_DIR))
        found = [(STUDY_DIR, study_dir)]
        for key in self.keys:
            if key == STUDY_DIR or not key.endswith("_DIR"):
                continue
            path = _clean(self.expand(key))
            if path.startswith(b"/") and not any(_lies_in(path, root) for _, root in found):
                found.append((key, path))
        return tuple(found)


def parse_server_conf(text: bytes) -> ServerConf:
    """Read every line. Raises LineUnreadable with the number of a line that is no `KEY=VALUE`."""
    values: list[tuple[str, bytes]] = []
    for number, line in enumerate(text.split(b"\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith(b"#"):
            continue
        key, equals, value = stripped.partition(b"=")
        if not equals or not _KEY.fullmatch(key.strip()):
            raise LineUnreadable("DFserver.cf", line, number=number)
        values.append((key.strip().decode(), value.strip()))
    return ServerConf(tuple(values))


def _expand(keys: Mapping[str, bytes], value: bytes, depth: int) -> bytes:
    if not depth:
        raise ValueError(f"DFserver.cf goes in a circle at {value!r}")

    def replace(match: re.Match[bytes]) -> bytes:
        name = match[1].decode()
        return _expand(keys, keys[name], depth - 1) if name in keys else match[0]

    return _REFERENCE.sub(replace, value)


def _clean(path: bytes) -> bytes:
    return re.sub(rb"/+", b"/", path).rstrip(b"/") or path


def _lies_in(path: bytes, root: bytes) -> bool:
    return path == root or path.startswith(root + b"/")

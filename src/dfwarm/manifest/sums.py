r"""
A manifest's files as `sha256sum -c` reads them.

Source: the GNU coreutils manual, "md5sum invocation": digest, a blank, a blank for text, name; a line whose name
holds a backslash, a line feed or a carriage return begins with a backslash and has them as `\\`, `\n` and `\r`. Every
name begins with `./`, so that none of them is an option or standard input. Run `sha256sum -c` in the root.
"""

import re
from collections.abc import Iterator

from dfwarm.errors import LineUnreadable
from dfwarm.manifest.entry import Kind
from dfwarm.manifest.listing import Manifest

_ESCAPES = {b"\\": b"\\\\", b"\n": b"\\n", b"\r": b"\\r"}
_UNESCAPES = {escape: byte for byte, escape in _ESCAPES.items()}
_LINE = re.compile(rb"(?P<escaped>\\?)(?P<digest>[0-9a-f]{64})  \./(?P<name>[^\n]+)\n", re.DOTALL)


def render_sums(manifest: Manifest) -> Iterator[bytes]:
    """One line for each file that was read."""
    for entry in manifest.entries():
        if entry.kind is Kind.FILE and not entry.is_unread:
            yield render_sum(entry.path, entry.digest)


def render_sum(path: bytes, digest: bytes) -> bytes:
    """The line of one file."""
    name = re.sub(rb"[\\\n\r]", lambda match: _ESCAPES[match.group()], path)
    mark = b"\\" if name != path else b""
    return mark + digest.hex().encode() + b"  ./" + name + b"\n"


def parse_sum(line: bytes) -> tuple[bytes, bytes]:
    """Read one line back: path and digest. Raises LineUnreadable."""
    match = _LINE.fullmatch(line)
    if not match:
        raise LineUnreadable("sha256sum", line)
    name = match["name"]
    if match["escaped"]:
        name = re.sub(rb"\\.?", lambda escape: _unescape(escape.group(), line), name)
    return name, bytes.fromhex(match["digest"].decode())


def _unescape(escape: bytes, line: bytes) -> bytes:
    if escape not in _UNESCAPES:
        raise LineUnreadable("sha256sum", line)
    return _UNESCAPES[escape]

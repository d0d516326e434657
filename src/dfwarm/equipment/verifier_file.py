"""
The verifier that stands alone: one file of the rooms that verify, and of what they import of ours.

What goes in follows from the imports themselves, so nothing is left out and nothing else comes along. The same release
gives the same bytes.
"""

import ast
import importlib.util
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from dfwarm.errors import ToolMissing

_ENTRY = "dfwarm.cli.standalone"
_PACKED_ALONG = "rfc8785"
_MAIN = f"""\
import sys

if sys.version_info < (3, 11):
    sys.exit("dfwarm-verify needs Python 3.11 or newer")
try:
    import cryptography
except ImportError:
    sys.exit("dfwarm-verify needs the library cryptography: python3 -m pip install cryptography")

from {_ENTRY} import main

sys.exit(main())
"""
_TIME = (1980, 1, 1, 0, 0, 0)
_SHEBANG = b"#!/usr/bin/env python3\n"


def build_verifier() -> bytes:
    """The file as bytes. Raises ToolMissing where this installation has no sources to take."""
    files = {"__main__.py": _MAIN.encode(), **_our_rooms(), **_library()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _TIME)
            info.create_system, info.external_attr, info.compress_type = 3, 0o100644 << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return _SHEBANG + content.getvalue()


def _our_rooms() -> dict[str, bytes]:
    rooms: dict[str, bytes] = {}
    waiting, seen = [_ENTRY], set[str]()
    while waiting:
        room = waiting.pop()
        source = None if room in seen else _source_of(room)
        seen.add(room)
        if source is not None:
            content = source.read_bytes()
            folder = room if source.name == "__init__.py" else room.rpartition(".")[0]
            rooms[f"{folder.replace('.', '/')}/{source.name}"] = content
            waiting += [room.rpartition(".")[0] or room, *_imports_of(content)]
    return rooms


def _imports_of(content: bytes) -> Iterator[str]:
    """Every room of ours that a source may import, also late, and each name that could be a room."""
    for node in ast.walk(ast.parse(content)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "dfwarm":
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "dfwarm")


def _source_of(room: str) -> Path | None:
    """The file of a room; nothing where the name is that of something within a room."""
    try:
        spec = importlib.util.find_spec(room)
    except ModuleNotFoundError:
        return None
    if spec is None:
        return None
    if spec.origin is None or not spec.origin.endswith(".py"):
        raise ToolMissing(f"the source of {room} is not in this installation", hint="Install dfwarm from its wheel.")
    return Path(spec.origin)


def _library() -> dict[str, bytes]:
    """The sources of the one pure library that the verification needs, with its licence."""
    wanted = (".py", "LICENSE")
    found = distribution(_PACKED_ALONG)
    return {
        str(path): Path(str(path.locate())).read_bytes() for path in found.files or () if path.name.endswith(wanted)
    }

"""One write into a simulated study, as it is done on disk, as it is logged, and as it changes a tree in memory."""

import base64
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

Tree = dict[bytes, bytes | None]
"""Paths below a study with their bytes; a folder has none."""

_FIRST_HALF = 2


class Kind(StrEnum):
    """What a write does. `PUT` writes in place, so that a reader may meet a half of it."""

    PUT = "put"
    APPEND = "append"
    RENAME = "rename"
    REMOVE = "remove"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Write:
    """One write."""

    kind: Kind
    path: bytes
    content: bytes = b""
    target: bytes = b""


@dataclass(frozen=True, slots=True)
class Logged:
    """A write with the instants before and after it, in nanoseconds; `ended` is 0 while it is on its way."""

    write: Write
    began: int
    ended: int


def do(study_dir: Path, write: Write) -> None:
    """Do it on disk."""
    path = study_dir / os.fsdecode(write.path)
    match write.kind:
        case Kind.PUT:
            _put(path, write.content)
        case Kind.APPEND:
            with path.open("ab", buffering=0) as file:
                file.write(write.content)
        case Kind.RENAME:
            path.rename(study_dir / os.fsdecode(write.target))
        case Kind.REMOVE:
            path.unlink()
        case Kind.FOLDER:
            path.mkdir()


def _put(path: Path, content: bytes) -> None:
    half = len(content) // _FIRST_HALF
    with path.open("wb", buffering=0) as file:
        file.write(content[:half])
        file.write(content[half:])


def apply(tree: Tree, write: Write) -> None:
    """Do it to a tree in memory."""
    match write.kind:
        case Kind.PUT:
            tree[write.path] = write.content
        case Kind.APPEND:
            tree[write.path] = (tree.get(write.path) or b"") + write.content
        case Kind.RENAME:
            tree[write.target] = tree.pop(write.path)
        case Kind.REMOVE:
            del tree[write.path]
        case Kind.FOLDER:
            tree[write.path] = None


class WriteLog:
    """The log of all writes: a line before each of them that holds it whole, and a line after it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0

    @contextmanager
    def around(self, write: Write) -> Iterator[None]:
        """Log a write that is done in the block."""
        self._number += 1
        self._say({"number": self._number, "began": time.time_ns(), **_words(write)})
        yield
        self._say({"number": self._number, "ended": time.time_ns()})

    def _say(self, words: dict[str, object]) -> None:
        self._file.write(json.dumps(words).encode() + b"\n")
        self._file.flush()


def _words(write: Write) -> dict[str, object]:
    content = base64.b64encode(write.content).decode()
    return {"kind": write.kind.value, "path": write.path.hex(), "target": write.target.hex(), "content": content}


def read_write(words: dict[str, str]) -> Write:
    """Read the words of a logged write."""
    path, target = bytes.fromhex(words["path"]), bytes.fromhex(words["target"])
    return Write(Kind(words["kind"]), path, base64.b64decode(words["content"]), target)

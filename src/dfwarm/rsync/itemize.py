r"""
The itemized lines of rsync: one line for each path that a transfer touched, from rsync 2.6 to 3.5.

The code is `YXcstpoguax`: what was done, to which kind of node, and which attributes differed. rsync 2.6 prints 9
columns, 3.x 11; the deck's slide shortens `<f+++++++` to `<+++++`, drops dots and prints `.d.t.....`. Bytes that are
control characters come as `\#ooo`; a backslash that would read as such is written `\#134`. Source: rsync(1),
--itemize-changes and --8-bit-output.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.errors import LineUnreadable


class Update(StrEnum):
    """What was done with a path."""

    SENT = "<"
    RECEIVED = ">"
    CHANGED = "c"
    HARD_LINK = "h"
    ATTRIBUTES = "."
    DELETED = "*"


class Node(StrEnum):
    """The kind of the path. The deck's shortened codes do not say it."""

    FILE = "f"
    DIRECTORY = "d"
    SYMLINK = "L"
    DEVICE = "D"
    SPECIAL = "S"
    UNSAID = " "


@dataclass(frozen=True, slots=True)
class Change:
    """One path that was touched. `attributes` are the letters that differed; `size` is -1 where the line says none."""

    update: Update
    node: Node
    is_new: bool
    attributes: frozenset[str]
    path: bytes
    size: int = -1
    target: bytes = b""


_STAMP = rb"(?:\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] )?"
_DELETED = re.compile(_STAMP + rb"\*deleting +(?:(?P<size>\d+) )?(?P<path>[^ ].*|.+)", re.DOTALL)
_ITEM = re.compile(
    _STAMP
    + rb"(?P<update>[<>ch.])(?P<node>[fdLDS]?)"
    + rb"(?P<flags>\+{3,9}|[.c?][s.?][tT.?][p.?][o.?][g.?](?:[ubn.?])?(?:[a.?])?(?:[x.?])?\.*|[.cst?]{1,3}[tT.]?\.{2,9}| {3,9})"
    + rb" (?P<rest>.+)",
    re.DOTALL,
)
_SIZED = re.compile(rb"(?P<size>\d+) (?P<name>.+)", re.DOTALL)
_ESCAPE = re.compile(rb"\\#([0-7]{3})")


def parse_change(line: bytes, *, has_size: bool = False) -> Change:
    """
    Read one itemized line.

    `has_size` tells that the line was printed with our own format, where the length stands before the name. A line
    this function does not know is an error: evidence must account for every line.
    """
    if deleted := _DELETED.fullmatch(line):
        return _deletion(deleted, line, has_size=has_size)
    item = _ITEM.fullmatch(line)
    if not item:
        raise LineUnreadable("rsync", line)
    size, name = _split_size(item["rest"], line) if has_size else (-1, item["rest"])
    update = Update(item["update"].decode())
    node = Node((item["node"] or b" ").decode())
    flags = item["flags"].decode()
    path, target = _split_target(name, update, node)
    is_new = "+" in flags
    attributes = frozenset() if is_new else frozenset(flags) - {".", " ", "?"}
    return Change(update, node, is_new, attributes, path, size, target)


def unescape(name: bytes) -> bytes:
    r"""Turn rsync's `\#ooo` back into bytes."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), name)


def _deletion(match: re.Match[bytes], line: bytes, *, has_size: bool) -> Change:
    """A deleted path, with its length where our own format printed one."""
    if has_size and match["size"] is None:
        raise LineUnreadable("rsync", line)
    name = match["path"] if has_size or match["size"] is None else match["size"] + b" " + match["path"]
    path = unescape(name)
    node = Node.DIRECTORY if path.endswith(b"/") else Node.UNSAID
    return Change(Update.DELETED, node, is_new=False, attributes=frozenset(), path=path.rstrip(b"/"))


def _split_size(rest: bytes, line: bytes) -> tuple[int, bytes]:
    match = _SIZED.fullmatch(rest)
    if not match:
        raise LineUnreadable("rsync", line)
    return int(match["size"]), match["name"]


def _split_target(name: bytes, update: Update, node: Node) -> tuple[bytes, bytes]:
    """Part a name from what `%L` adds: ` -> target` of a symlink, ` => name` of a hard link."""
    mark = b" => " if update is Update.HARD_LINK else b" -> " if node is Node.SYMLINK else b""
    if mark and mark in name:
        name, _, target = name.partition(mark)
        return unescape(name).rstrip(b"/") or b"/", unescape(target)
    return unescape(name).rstrip(b"/") or b"/", b""

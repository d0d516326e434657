r"""
The itemized lines of rsync: one line for each path that a transfer touched, from rsync 2.6 to 3.5.

The code is `YXcstpoguax`: what was done, to which kind of node, and which attributes differed. rsync 2.6 prints 9
columns (`YXcstpogz`), 3.x 11. A new path has `+` in every column, an unknown one `?`, an unchanged one blanks. The
deck's slide lost characters: `<+++++`, `<f.t.....`, `<f.st.....`, `.d.t.....` are read as it prints them, and no
other shortening. Source: rsync(1), --itemize-changes; names are spelled as `escape` says.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.errors import LineUnreadable
from dfwarm.rsync.escape import unescape


class Update(StrEnum):
    """What was done with a path."""

    SENT = "<"
    RECEIVED = ">"
    CHANGED = "c"
    HARD_LINK = "h"
    ATTRIBUTES = "."
    DELETED = "*"


class Node(StrEnum):
    """The kind of the path. The deck's shortened codes do not say it, nor does a deletion of anything but a folder."""

    FILE = "f"
    DIRECTORY = "d"
    SYMLINK = "L"
    DEVICE = "D"
    SPECIAL = "S"
    UNSAID = " "


class Attribute(StrEnum):
    """What differed before rsync came. UNSAID is rsync's `?`: the other end is too old to say."""

    CHECKSUM = "c"
    SIZE = "s"
    TIME = "t"
    TIME_OF_TRANSFER = "T"
    PERMISSIONS = "p"
    OWNER = "o"
    GROUP = "g"
    ACCESS_TIME = "u"
    CREATION_TIME = "n"
    ACCESS_AND_CREATION_TIME = "b"
    ACL = "a"
    EXTENDED_ATTRIBUTES = "x"
    UNSAID = "?"

    @property
    def says(self) -> str:
        """The attribute in plain words."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Change:
    """
    One path that was touched.

    `size` is -1 where the line says none; of a symlink it is the length of its target. `target` is what a symlink
    points at, or the other name of a hard link. A folder's path has no slash at its end.
    """

    update: Update
    node: Node
    is_new: bool
    attributes: frozenset[Attribute]
    path: bytes
    size: int = -1
    target: bytes = b""


_STAMP = rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] "
_STAMPED = re.compile(_STAMP + rb"(?P<bare>.+)", re.DOTALL)
_DELETED = re.compile(rb"\*deleting(?:   | )(?P<rest>.+)", re.DOTALL)
_FLAGS_11 = rb"[c.][s.][tT.][p.][o.][g.][unb.][a.][x.]|\+{9}|\?{9}| {9}"
_FLAGS_9 = rb"[c.][s.][tT.][p.][o.][g.]\.|\+{7}|\?{7}| {7}"
_CHANGED = re.compile(
    rb"(?P<update>[<>ch.])(?P<node>[fdLDS])(?P<flags>" + _FLAGS_11 + rb"|" + _FLAGS_9 + rb") (?P<rest>.+)", re.DOTALL
)
_OF_THE_DECK = re.compile(
    rb"(?P<update>[<.])(?P<node>[fd]?)(?P<flags>(?<=<)\+{5}|(?<=[fd])\.s?t\.{5}) (?P<rest>.+)", re.DOTALL
)
_SIZED = re.compile(rb"(?P<size>\d+) (?P<rest>.+)", re.DOTALL)


def parse_change(line: bytes, *, has_size: bool = False) -> Change:
    """
    Read one itemized line, with or without rsync's `time [pid] ` before it.

    `has_size` tells that the line was printed with our own format, where the length stands before the name; such a
    line always bears its stamp. A line that this function does not know, or that could be read in two ways, raises
    LineUnreadable: evidence must account for every line.
    """
    stamped = _STAMPED.fullmatch(line)
    if has_size and not stamped:
        raise LineUnreadable("rsync", line)
    bare = stamped["bare"] if stamped else line
    if deleted := _DELETED.fullmatch(bare):
        return _deletion(_part_size(deleted["rest"], line, has_size=has_size)[1], line)
    update, node, flags, rest = _part_code(bare, line)
    size, rest = _part_size(rest, line, has_size=has_size)
    path, target = _part_target(rest, _mark(update, node), line, size if node is Node.SYMLINK else -1)
    return Change(update, node, "+" in flags, _attributes(flags), _without_slash(path, node), size, target)


def _deletion(spelled: bytes, line: bytes) -> Change:
    """A deleted path. The length that our format prints for it is always 0 and says nothing."""
    path = unescape(spelled)
    node = Node.DIRECTORY if path.endswith(b"/") else Node.UNSAID
    path = _without_slash(path, node)
    if not path:
        raise LineUnreadable("rsync", line)
    return Change(Update.DELETED, node, is_new=False, attributes=frozenset(), path=path)


def _part_code(bare: bytes, line: bytes) -> tuple[Update, Node, str, bytes]:
    """Part the code from what follows it."""
    found = _CHANGED.fullmatch(bare) or _OF_THE_DECK.fullmatch(bare)
    if not found:
        raise LineUnreadable("rsync", line)
    node = Node(found["node"].decode() or Node.UNSAID)
    return Update(found["update"].decode()), node, found["flags"].decode(), found["rest"]


def _attributes(flags: str) -> frozenset[Attribute]:
    return frozenset(Attribute(flag) for flag in flags if flag not in "+. ")


def _part_size(rest: bytes, line: bytes, *, has_size: bool) -> tuple[int, bytes]:
    if not has_size:
        return -1, rest
    match = _SIZED.fullmatch(rest)
    if not match:
        raise LineUnreadable("rsync", line)
    return int(match["size"]), match["rest"]


def _mark(update: Update, node: Node) -> bytes:
    """What stands between a name and its target, where the line has one."""
    if update is Update.HARD_LINK:
        return b" => "
    return b" -> " if node is Node.SYMLINK else b""


def _part_target(spelled: bytes, mark: bytes, line: bytes, length: int) -> tuple[bytes, bytes]:
    """Part a name from its target; a symlink's length says exactly where. Two possible places are one too many."""
    text = unescape(spelled)
    if not mark:
        return text, b""
    if mark == b" -> " and length >= 0:
        path, target = text[: len(text) - length - len(mark)], text[len(text) - length :]
        if path and text == path + mark + target:
            return path, target
        raise LineUnreadable("rsync", line)
    path, found, target = text.partition(mark)
    if not path or (found and not target) or mark in target:
        raise LineUnreadable("rsync", line)
    return path, target


def _without_slash(path: bytes, node: Node) -> bytes:
    return path.removesuffix(b"/") if node is Node.DIRECTORY else path

"""
Edit check sources (`ecsrc`): which programs they call and which files they include. Read, never run.

An edit check runs a program of the server's with `dfexecute("program arguments")`; the study's `ecbin` is searched
first, then `$DATAFAX_DIR/ecbin`. Source: the System Administrator and Programmer Guides. The language's grammar is
not public, so the reader takes what C-like languages share: strings in double quotes, `//` and `/* */` comments,
`#include`. What it cannot tell for certain becomes a doubt with its line, never nothing.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from dfwarm.datafax.commandline import read_command_line

_TOKEN = re.compile(
    rb"(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)"
    rb"|(?P<hash>^[ \t]*\#[^\n]*)"
    rb'|(?P<string>"(?:[^"\\\n]|\\.)*(?P<end>"?))'
    rb"|(?P<character>'(?:[^'\\\n]|\\.)')"
    rb"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    rb"|(?P<mark>[(),+])"
    rb"|(?P<blank>[ \t\r\n\f\v]+)"
    rb"|(?P<other>[^A-Za-z_\"'/#(),+ \t\r\n\f\v]+|.)",
    re.DOTALL | re.MULTILINE,
)
_INCLUDE = re.compile(rb'[ \t]*\#[ \t]*include[ \t]*["<]([^">\n]+)[">]')
_CALL = b"dfexecute"
_PIECES_AT_MOST = 64
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\n": b""}
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Call:
    """
    One call of `dfexecute`.

    `programs` are the first words of its command line as far as they are literal, `paths` the absolute paths in it;
    `doubts` say what cannot be known by reading.
    """

    line: int
    programs: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Include:
    """Another source that this one includes, by the name it is called."""

    line: int
    name: bytes


@dataclass(frozen=True, slots=True)
class EditChecks:
    """What one source calls and includes."""

    calls: tuple[Call, ...]
    includes: tuple[Include, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: bytes
    offset: int


def read_edit_checks(text: bytes) -> EditChecks:
    """Read one source. Every text can be read; what is strange in it becomes a doubt of a call."""
    breaks = [match.start() for match in re.finditer(rb"\n", text)]
    tokens = [token for token in _tokens(text, 0) if token.kind not in ("comment", "blank")]
    calls: list[Call] = []
    includes: list[Include] = []
    for place, token in enumerate(tokens):
        line = bisect_right(breaks, token.offset - 1) + 1
        if token.kind == "include":
            includes.append(Include(line, token.text))
        elif token.kind == "name" and token.text.lower() == _CALL:
            calls.append(_read_call(tokens, place + 1, line))
    return EditChecks(tuple(calls), tuple(includes))


def _tokens(text: bytes, offset: int) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "string" and not match["end"]:
            kind = "open string"
        if kind == "hash":
            yield from _directive(match[0], offset + match.start())
        else:
            yield _Token(kind, match[0], offset + match.start())


def _directive(line: bytes, offset: int) -> Iterator[_Token]:
    """A line that begins with `#`: an include, a remark, or a definition that may hold a call."""
    if include := _INCLUDE.match(line):
        yield _Token("include", include[1], offset)
    elif _CALL in line.lower():
        body = line.index(b"#") + 1
        yield from _tokens(line[body:], offset + body)


def _read_call(tokens: list[_Token], place: int, line: int) -> Call:
    if place >= len(tokens) or tokens[place].text != b"(":
        return Call(line, (), (), ("dfexecute is named here but not called",))
    literal, is_whole, doubts = _read_literal(tokens, place + 1)
    if not literal:
        return Call(line, (), (), doubts or ("the program is not written out: it is known only when it runs",))
    command = read_command_line(literal, is_whole=is_whole)
    return Call(line, command.programs, command.paths, (*doubts, *command.doubts))


def _read_literal(tokens: list[_Token], place: int) -> tuple[bytes, bool, tuple[str, ...]]:
    """The literal text that the argument begins with, and whether it is all of the argument."""
    parts: list[bytes] = []
    for token in tokens[place : place + _PIECES_AT_MOST]:
        if token.kind == "string":
            parts.append(_unescape(token.text[1:-1]))
        elif token.kind == "open string":
            return b"".join(parts), False, ("a string is not closed on its line",)
        elif token.kind == "mark" and token.text in b"),":
            return b"".join(parts), True, ()
        elif token.text != b"+" or not parts:
            return b"".join(parts), False, ()
    return b"".join(parts), False, ("the call does not end where it could be read",)


def _unescape(text: bytes) -> bytes:
    return _ESCAPED.sub(lambda match: _ESCAPES.get(match[1], match[1]), text)

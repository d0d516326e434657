"""The command line that an edit check hands to the shell: which programs and paths it names. Read, never run."""

import re
from dataclasses import dataclass

from dfwarm.spelling import spell

_SEPARATOR = re.compile(rb"\|\||&&|[|;&\n(){}]")
_QUOTED = re.compile(rb"'[^']*'|\"[^\"]*\"")
_ASSIGNMENT = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*=")
_PATH = re.compile(rb"(?<![A-Za-z0-9_.$}~/*?-])/(?:[A-Za-z0-9_.+@%,-]+/)*[A-Za-z0-9_.+@%,-]*[A-Za-z0-9_+]")
_STARTERS = frozenset(
    {b"exec", b"nohup", b"time", b"command", b"env", b"then", b"do", b"else", b"if", b"while", b"until", b"!", b"."}
)
_BUILT_IN = frozenset(
    {b"cd", b"echo", b"printf", b"test", b"[", b":", b"true", b"false", b"export", b"set", b"umask", b"exit", b"return",
     b"eval", b"read", b"shift", b"trap", b"wait", b"unset", b"fi", b"done", b"case", b"esac", b"for"}
)  # fmt: skip
_RUNNERS = frozenset(
    {b"sh", b"bash", b"dash", b"ksh", b"csh", b"tcsh", b"eval", b"xargs", b"sudo", b"su", b"ssh", b"nice", b"timeout"}
)
_UNKNOWN_START = re.compile(rb"[-<>]|.*[$`*?~]", re.DOTALL)

_PLAIN = b" \t\n|;&(){}"
_MARKS = bytes(range(14, 14 + len(_PLAIN)))
_HIDE = bytes.maketrans(_PLAIN, _MARKS)
_SHOW = bytes.maketrans(_MARKS, _PLAIN)
"""Inside quotes the shell's marks mean nothing, so they stand aside while a line is taken apart."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The programs that a command line starts, the absolute paths in it, and what reading cannot tell."""

    programs: tuple[bytes, ...]
    paths: tuple[bytes, ...]
    doubts: tuple[str, ...]


def read_command_line(text: bytes, *, is_whole: bool) -> CommandLine:
    """
    Read a command line, or the literal beginning of one.

    A word that runs into the end of a beginning is not known: `"calc" + name` names no program, `"calc " + name` does.
    """
    programs: list[bytes] = []
    doubts: list[str] = []
    pieces = _pieces(text)
    for place, words in enumerate(pieces):
        is_cut = not is_whole and place == len(pieces) - 1 and not text[-1:].isspace()
        program, is_known = _program(words, is_cut=is_cut)
        if not is_known:
            doubts.append(f"the program is not written out in full: {spell(text[:60].strip())}")
        elif program:
            programs.append(program)
    if b"`" in text or b"$(" in text or _RUNNERS.intersection(programs):
        doubts.append("the shell runs another command inside this one")
    if not is_whole and _SEPARATOR.fullmatch(text.rstrip()[-1:]):
        doubts.append("a further program is known only when it runs")
    started = tuple(program for program in dict.fromkeys(programs) if program not in _BUILT_IN)
    return CommandLine(started, absolute_paths(text), tuple(doubts))


def absolute_paths(text: bytes) -> tuple[bytes, ...]:
    """Every absolute path that a text names, once each, in order."""
    return tuple(dict.fromkeys(match[0] for match in _PATH.finditer(text)))


def _pieces(text: bytes) -> list[list[bytes]]:
    """The words of each command of the line. Quoted words stay whole."""
    hidden = _QUOTED.sub(lambda match: match[0].translate(_HIDE), text)
    return [[word.translate(_SHOW) for word in piece.split()] for piece in _SEPARATOR.split(hidden) if piece.strip()]


def _program(words: list[bytes], *, is_cut: bool) -> tuple[bytes, bool]:
    """The program of one command, empty where it starts none, and whether reading can tell it."""
    left = list(words)
    while left and (_ASSIGNMENT.match(left[0]) or left[0] in _STARTERS):
        left.pop(0)
    if not left or (is_cut and len(left) == 1):
        return b"", not is_cut
    program = left[0].strip(b"'\"")
    return program, not _UNKNOWN_START.match(program)

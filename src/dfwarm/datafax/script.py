"""What a program file that edit checks run depends on: its interpreter, and the hosts and folders that it names."""

import re
from dataclasses import dataclass

_SHEBANG = re.compile(rb"#![ \t]*(?P<program>[^\s]+)(?:[ \t]+(?P<rest>[^\n]*))?")
_ENV = re.compile(rb"/(?:\S*/)?env")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The program after `#!`; `sought` is the one that `env` looks for in PATH. Empty where there is none."""

    program: bytes
    sought: bytes


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that names a host or folder."""

    line: int
    word: bytes


def read_interpreter(text: bytes) -> Interpreter:
    """Read the first line of a script; a file without `#!` has no interpreter."""
    match = _SHEBANG.match(text[:512])
    if not match:
        return Interpreter(b"", b"")
    words = [word for word in (match["rest"] or b"").split() if not word.startswith(b"-") and b"=" not in word]
    sought = words[0] if words and _ENV.fullmatch(match["program"]) else b""
    return Interpreter(match["program"], sought)


def find_mentions(text: bytes, hosts: tuple[bytes, ...], folders: tuple[bytes, ...]) -> tuple[Mention, ...]:
    """
    Every line that names one of the hosts, whole and in any case, or a path in one of the folders.

    `dfprod1.example.org` also names the host `dfprod1`; `dfprod12` does not.
    """
    parts = [rb"(?<![A-Za-z0-9_.-])" + re.escape(host) + rb"(?![A-Za-z0-9_-])" for host in hosts if host]
    parts += [rb"(?<![A-Za-z0-9_./-])" + re.escape(folder) + rb"(?![A-Za-z0-9_.-])" for folder in folders if folder]
    if not parts:
        return ()
    pattern = re.compile(b"|".join(parts), re.IGNORECASE)
    return tuple(
        Mention(number, match[0])
        for number, line in enumerate(text.split(b"\n"), start=1)
        for match in pattern.finditer(line)
    )

"""
Remove from a vendor's report what is unique to the server and the moment, and nothing else.

The deck writes its reports "without time and server name". Each rule is listed with its version and reason; every
removed span is kept, so that the raw text can be put together again from the normalised one. A rule touches only
what cannot be data: a whole time stamp of the vendor's header form, a page number, a form feed, a name or path that
this pair's own configuration gives, a process number in the vendor's own file names. Source: Standard Reports Guide
5.1, sample headers of DF_ATmods and DF_ATcrfs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

RULES_VERSION = "2"

_MONTHS = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it removes, only in which lines, and why that is no data."""

    name: str
    pattern: re.Pattern[bytes]
    where: re.Pattern[bytes]
    reason: str


_HEADER = re.compile(rb"\x0c?DF_?[A-Za-z]+: .*")
_ANY = re.compile(rb".*", re.DOTALL)
_SERVER_LINE = re.compile(rb"\x0c?(?:DF_?[A-Za-z]+: |\s*(?:Server|Host)\s*:).*", re.IGNORECASE)

FIXED_RULES: tuple[Rule, ...] = (
    Rule("form feed", re.compile(rb"\x0c"), _ANY, "where a page ends depends on the printer"),
    Rule(
        "time",
        re.compile(_MONTHS + rb" \d{1,2},\d{4} \d{2}:\d{2}(?::\d{2})?(?= |$)"),
        _HEADER,
        "the header says when the report was run",
    ),
    Rule("page", re.compile(rb" +PAGE +\d+$"), _HEADER, "the header says which page it is"),
    Rule(
        "process",
        re.compile(rb"(?<=split\.)\d+(?=/|\s|$)"),
        _ANY,
        "DF_ICrecords names its folder by its process number",
    ),
    Rule(
        "file time",
        re.compile(rb"(?:(?<=\bqcfree\.)|(?<=\bqcdup\.)|(?<=\bqcinc\.))\d{6,8}[-.]\d{4,6}\b"),
        _ANY,
        "DF_ICqcs names its files by the time of the run",
    ),
)


@dataclass(frozen=True, slots=True)
class Removed:
    """One removed span: where it began in the raw text, what it was, and which rule took it."""

    start: int
    text: bytes
    rule: str


@dataclass(frozen=True, slots=True)
class Normalised:
    """A report without what is unique to the server, and everything that was taken out."""

    text: bytes
    removed: tuple[Removed, ...]
    rules_version: str = RULES_VERSION


def normalise(raw: bytes, *, server_names: tuple[bytes, ...], paths: tuple[bytes, ...]) -> Normalised:
    """Normalise a report of the host with these names and these paths."""
    rules = (*FIXED_RULES, *_own_rules(server_names, paths))
    removed: list[Removed] = []
    kept: list[bytes] = []
    place = 0
    for line in _lines(raw):
        spans = _spans(line.rstrip(b"\n"), rules)
        cursor = 0
        for start, end, rule in spans:
            kept.append(line[cursor:start])
            removed.append(Removed(place + start, line[start:end], rule))
            cursor = end
        kept.append(line[cursor:])
        place += len(line)
    return Normalised(b"".join(kept), tuple(removed))


def restore(normalised: Normalised) -> bytes:
    """Put the raw text together again."""
    raw = bytearray()
    rest = normalised.text
    for span in normalised.removed:
        gap = span.start - len(raw)
        raw += rest[:gap] + span.text
        rest = rest[gap:]
    return bytes(raw) + rest


def _lines(raw: bytes) -> Iterator[bytes]:
    """Lines that end with a newline only: a form feed or a lone carriage return does not end one."""
    yield from re.findall(rb"[^\n]*\n|[^\n]+", raw)


def _own_rules(server_names: tuple[bytes, ...], paths: tuple[bytes, ...]) -> tuple[Rule, ...]:
    longest_first = sorted({path.rstrip(b"/") for path in paths if len(path) > 1}, key=len, reverse=True)
    names = sorted({name for name in server_names if name}, key=len, reverse=True)
    return (
        *(
            # A path inside a longer word is data: only one that begins a word goes.
            Rule(
                "path",
                re.compile(rb"(?<![\w./|-])" + re.escape(path) + rb"(?=/|\s|$)"),
                _ANY,
                "each host has paths of its own",
            )
            for path in longest_first
        ),
        *(
            Rule(
                "server",
                re.compile(rb"(?<![\w.|-])" + re.escape(name) + rb"(?![\w.|-])"),
                _SERVER_LINE,
                "each host has a name of its own",
            )
            for name in names
        ),
    )


def _spans(line: bytes, rules: tuple[Rule, ...]) -> list[tuple[int, int, str]]:
    """The spans to remove from a line, in order and without overlap; an earlier rule has the first word."""
    taken: list[tuple[int, int, str]] = []
    for rule in rules:
        if not rule.where.fullmatch(line):
            continue
        for match in rule.pattern.finditer(line):
            if match.start() < match.end() and all(
                match.end() <= start or match.start() >= end for start, end, _ in taken
            ):
                taken.append((match.start(), match.end(), rule.name))
    return sorted(taken)

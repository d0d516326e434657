"""
Renewals: new time-stamps over old seals, before the algorithm or the certificate of the old ones ends (after RFC 4998).

A renewal is a text that `sha512sum -c` reads: the SHA-512 of each file that no renewal before it lists, and of the
renewal before it with its tokens. A token over the last text therefore vouches for everything that came before.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dfwarm.errors import HistoryBroken
from dfwarm.terms import CycleId, read_time, spell_time

TOKEN_SUFFIXES = (".tsr", ".tsr2")
RENEWED = "evidence renewed"

_HEADER = "# dfwarm-renewal/1"
_LINE = re.compile(
    r"(?P<digest>[0-9a-f]{128})  (?P<study>\d{3})/(?P<cycle>\d{3}-\d{5,})/(?P<name>[A-Za-z0-9_.+@:=/-]+)"
)
_CHECKPOINT = re.compile(r"# checkpoint (?P<size>0|[1-9]\d{0,17}) (?P<root>[0-9a-f]{64})")
_PREVIOUS = re.compile(r"# previous (?P<digest>[0-9a-f]{128})  (?P<name>[a-z0-9.-]+)")

Covered = tuple[CycleId, str]
"""A file of a cycle's bundle."""


def renewal_name(number: int) -> str:
    """The name of the text of a renewal; its tokens have it with `.tsr` and `.tsr2` behind it."""
    return f"renewal-{number:04d}.sha512"


@dataclass(frozen=True, slots=True)
class Renewal:
    """One renewal: the log as it was then, the files of the renewal before it, and the files that it covers."""

    number: int
    origin: str
    made_at: datetime
    size: int
    root: str
    previous: tuple[tuple[str, str], ...]
    files: Mapping[Covered, str]

    def encode(self) -> bytes:
        """The text."""
        previous = (f"# previous {digest}  {name}" for name, digest in self.previous)
        files = (f"{self.files[each]}  {_place(each)}" for each in sorted(self.files))
        lines = (
            f"{_HEADER} {self.number}",
            f"# log {self.origin}",
            f"# made {spell_time(self.made_at)}",
            f"# checkpoint {self.size} {self.root}",
            *previous,
            *files,
        )
        return "".join(f"{line}\n" for line in lines).encode()


def parse_renewal(content: bytes) -> Renewal:
    """Read a renewal, in the one form in which it is written. Raises HistoryBroken."""
    lines = content.decode("utf-8", "replace").split("\n")[:-1]
    checkpoint = _CHECKPOINT.fullmatch(lines[3]) if len(lines) > 3 else None
    if not checkpoint or not re.fullmatch(rf"{_HEADER} [1-9]\d{{0,8}}", lines[0]):
        raise HistoryBroken("it is no renewal, or of a newer form")
    previous = [match for line in lines[4:] if (match := _PREVIOUS.fullmatch(line))]
    files = [_read_line(line) for line in lines[4 + len(previous) :]]
    try:
        made_at = read_time(lines[2].removeprefix("# made "))
    except ValueError as error:
        raise HistoryBroken(f"its time is no time: {lines[2][:80]!r}") from error
    found = Renewal(
        number=int(lines[0].rpartition(" ")[2]),
        origin=lines[1].removeprefix("# log "),
        made_at=made_at,
        size=int(checkpoint["size"]),
        root=checkpoint["root"],
        previous=tuple((match["name"], match["digest"]) for match in previous),
        files=dict(files),
    )
    if found.encode() != content:
        raise HistoryBroken("it is not in the form in which it is written")
    return found


def digest_of(content: bytes) -> str:
    """The digest that renewals are made of."""
    return hashlib.sha512(content).hexdigest()


def texts_of(renewals: Mapping[str, bytes]) -> tuple[str, ...]:
    """The names of the texts among the files of renewals, in their order."""
    return tuple(sorted(name for name in renewals if name.endswith(".sha512")))


def renewed_files(renewals: Mapping[str, bytes]) -> Mapping[Covered, str]:
    """Every file that the renewals list, with its digest. Raises HistoryBroken."""
    found: dict[Covered, str] = {}
    for name in texts_of(renewals):
        found |= parse_renewal(renewals[name]).files
    return found


def digests_before(renewals: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """The last text and its tokens with their digests, as the next renewal names them."""
    last = texts_of(renewals)[-1:]
    return tuple((name, digest_of(renewals[name])) for each in last for name in files_of(each, renewals))


def files_of(text: str, renewals: Mapping[str, bytes]) -> tuple[str, ...]:
    """The text of a renewal and those of its tokens that are there."""
    return tuple(name for name in (text, *(f"{text}{suffix}" for suffix in TOKEN_SUFFIXES)) if name in renewals)


def _place(covered: Covered) -> str:
    cycle, name = covered
    return f"{cycle.study:03d}/{cycle}/{name}"


def _read_line(line: str) -> tuple[Covered, str]:
    match = _LINE.fullmatch(line)
    if not match or int(match["study"]) != CycleId.parse(match["cycle"]).study:
        raise HistoryBroken(f"it has a line that is no digest and file: {line[:80]!r}")
    return (CycleId.parse(match["cycle"]), match["name"]), match["digest"]

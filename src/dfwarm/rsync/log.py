"""The whole of what rsync printed: changes, messages and totals. Every line is accounted for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable
from dfwarm.rsync.itemize import Change, parse_change

_STAMP = re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] ")
_MESSAGE = re.compile(
    rb"(?:rsync(?: error| warning)?: |file has vanished: |IO error encountered|skipping |cannot delete ).*"
)
_TOTAL = re.compile(
    rb"(Number of (?:files|created files|deleted files|regular files transferred)|Total file size"
    rb"|Total transferred file size|Literal data|Matched data|File list size|File list generation time"
    rb"|File list transfer time|Total bytes sent|Total bytes received): ([0-9.,]+)(?:[KMGT])?(?: bytes| seconds)?(?: \(.*\))?"
)
_FAREWELL = re.compile(
    rb"sent [0-9.,KMGT]+ bytes  received [0-9.,KMGT]+ bytes  [0-9.,KMGT]+ bytes/sec"
    rb"|total size is [0-9.,KMGT]+  speedup is [0-9.,KMGT]+(?: \(DRY RUN\))?"
    rb"|(?:sending|receiving|building) (?:incremental )?file list(?: \.\.\. done)?|delta-transmission (?:enabled|disabled).*"
)


@dataclass(frozen=True, slots=True)
class Log:
    """What one run of rsync printed. `totals` are its own figures, by its own words."""

    changes: tuple[Change, ...]
    messages: tuple[bytes, ...]
    totals: Mapping[str, int]


def parse_log(stdout: bytes, *, has_size: bool = True) -> Log:
    """Read every line. Raises LineUnreadable with the number of one that is not understood."""
    changes: list[Change] = []
    messages: list[bytes] = []
    totals: dict[str, int] = {}
    for number, line in enumerate(stdout.split(b"\n"), start=1):
        bare = _STAMP.sub(b"", line, count=1)
        if not bare or _FAREWELL.fullmatch(bare):
            continue
        if total := _TOTAL.fullmatch(bare):
            totals[total[1].decode()] = int(re.sub(rb"[.,].*|,", b"", total[2].replace(b",", b"")))
        elif _MESSAGE.match(bare):
            messages.append(bare)
        else:
            changes.append(_change(line, number, has_size=has_size))
    return Log(tuple(changes), tuple(messages), totals)


def _change(line: bytes, number: int, *, has_size: bool) -> Change:
    try:
        return parse_change(line, has_size=has_size)
    except LineUnreadable as error:
        raise LineUnreadable("rsync log", line, number=number) from error

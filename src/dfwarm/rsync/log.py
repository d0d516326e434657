"""The whole of what rsync printed: changes, messages and totals. Every line is accounted for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dfwarm.errors import LineUnreadable
from dfwarm.rsync.itemize import Change, Node, Update, parse_change

_STAMP = re.compile(rb"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\d+\] ")
_AMOUNT = rb"(?P<amount>[0-9][0-9,]*)"
_TOTAL = re.compile(
    rb"(?P<name>Number of (?:files|created files|deleted files|regular files transferred|files transferred)"
    rb"|Total (?:transferred )?file size|Literal data|Matched data|File list size|Total bytes (?:sent|received)): "
    + _AMOUNT
    + rb"(?: bytes)?(?: \([a-z]+: [0-9,]+(?:, [a-z]+: [0-9,]+)*\))?"
)
_FILES = "Number of files"
_SAYS_NOTHING_MORE = re.compile(
    rb"|File list (?:generation|transfer) time: [0-9.,]+ seconds"
    rb"|sent [0-9.,]+ bytes  received [0-9.,]+ bytes  (?:[0-9.,]+ bytes/sec|total size [0-9]+)"
    rb"|total size is [0-9.,]+  speedup is [0-9.,]+(?: \(DRY RUN\))?"
    rb"|(?:sending|receiving|building) (?:incremental )?file list(?: \.\.\. done)?"
)
_MESSAGE = re.compile(
    rb"(?:rsync(?: error| warning)?: |file has vanished: |IO error encountered|skipping |cannot delete |could not "
    rb"|created (?:\d+ director(?:y|ies) for|directory) |WARNING: |ERROR: |\*\*\* |Deletions stopped |ignoring unsafe "
    rb"|delete_|not creating new |symlink has no referent: |deletion |Warning: |rejecting |ABORTING ).+",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Log:
    """
    What one run of rsync printed.

    `messages` are remarks between the changes, to be judged like lines of stderr; `totals` are rsync's own figures
    by its own words.
    """

    changes: tuple[Change, ...]
    messages: tuple[bytes, ...]
    totals: Mapping[str, int]


def parse_log(stdout: bytes, *, has_size: bool = True) -> Log:
    """
    Read every line. Raises LineUnreadable with the number of one that is not understood.

    `has_size` tells that our own format was asked for, on standard output; without it the lines are those of a log
    file or of `--itemize-changes` alone, as the deck's are. What stands after the last newline was cut off in the
    middle of a name, perhaps: it is a message and no change.
    """
    changes: list[Change] = []
    messages: list[bytes] = []
    totals: dict[str, int] = {}
    *lines, torn = stdout.split(b"\n")
    for number, line in enumerate(lines, start=1):
        bare = line if has_size else _STAMP.sub(b"", line, count=1)
        if _SAYS_NOTHING_MORE.fullmatch(bare):
            continue
        if total := _TOTAL.fullmatch(bare):
            totals[total["name"].decode()] = _amount(total["amount"])
        elif _MESSAGE.fullmatch(bare):
            messages.append(bare)
        else:
            changes.append(_change(line, number, has_size=has_size))
    return Log(tuple(changes), (*messages, *((torn,) if torn else ())), totals)


def miscounts(log: Log) -> tuple[str, ...]:
    """
    Hold rsync's own totals against the lines, for a run that ended well: each sentence is a problem.

    A line that was lost on its way to us would otherwise be a change that nobody accounts for.
    """
    if _FILES not in log.totals:
        return ("rsync printed no totals, so nobody knows whether its lines are all there",)
    told = {
        "Number of regular files transferred": sum(_is_sent_file(change) for change in log.changes),
        "Number of deleted files": sum(change.update is Update.DELETED for change in log.changes),
    }
    return tuple(
        f"rsync counts {log.totals[name]:,} where its lines tell {count:,}: {name[0].lower()}{name[1:]}"
        for name, count in told.items()
        if log.totals.get(name, count) != count
    )


def _is_sent_file(change: Change) -> bool:
    return change.node is Node.FILE and change.update in (Update.SENT, Update.RECEIVED)


def _amount(text: bytes) -> int:
    """Counts and bytes are whole, with a comma after each three digits."""
    return int(text.replace(b",", b""))


def _change(line: bytes, number: int, *, has_size: bool) -> Change:
    try:
        return parse_change(line, has_size=has_size)
    except LineUnreadable as error:
        raise LineUnreadable("rsync log", line, number=number) from error

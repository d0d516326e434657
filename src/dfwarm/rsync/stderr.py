"""What a single line of rsync, of its remote shell or of the other host's gate means: a table. Unknown is a problem."""

import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.rsync.escape import unescape
from dfwarm.spelling import spell


class Cause(StrEnum):
    """What a line says about the run, in the order of what the operator has to look at first."""

    ROOM = "no room"
    HOST_KEY = "the host key is not the pinned one"
    REFUSAL = "the other host refused"
    PROGRAM = "a program is missing"
    LINK = "the link failed"
    UNREADABLE = "a path cannot be read"
    KEPT = "the standby kept something old"
    PATH = "a path was not transferred"
    UNKNOWN = "a line that is not known"
    VANISHED = "a path vanished"
    SUMMARY = "rsync's own last line"
    REMARK = "a remark"


HARMLESS = frozenset({Cause.SUMMARY, Cause.REMARK})
"""Causes that are no problem of their own. A vanished path is one unless the exit code says that this was all."""


@dataclass(frozen=True, slots=True)
class LineRule:
    """A kind of line: its pattern, its cause, and what it means for the study."""

    pattern: re.Pattern[bytes]
    cause: Cause
    meaning: str


@dataclass(frozen=True, slots=True)
class Remark:
    """One line as it was understood. `path` is empty where the line names none, `code` is -1 where it says none."""

    cause: Cause
    meaning: str
    path: bytes
    code: int
    line: bytes

    def say(self) -> str:
        """The line for a person: what it means, then its own words."""
        return f"{self.meaning}: {spell(self.line.strip())}"


def _rule(pattern: bytes, cause: Cause, meaning: str) -> LineRule:
    return LineRule(re.compile(pattern, re.DOTALL), cause, meaning)


_SPEAKER = rb"rsync: (?:\[\w+\] )?"
_QUOTED = rb'"(?P<path>.*)"(?: \(in [^)]*\))?'

LINE_RULES: tuple[LineRule, ...] = (
    _rule(rb"\s*", Cause.REMARK, "an empty line"),
    _rule(rb"rsync (?:error|warning): .* \(code (?P<code>\d+)\) at .*", Cause.SUMMARY, "rsync repeats its exit code"),
    _rule(
        rb"created (?:directory|\d+ director(?:y|ies) for) (?P<path>.*)",
        Cause.PATH,
        "the standby's own folder was not there and was made: is its disk mounted",
    ),
    _rule(rb"file has vanished: " + _QUOTED, Cause.VANISHED, "a file went away while rsync ran"),
    _rule(
        _SPEAKER + rb".*: (?:No space left on device \(28\)|Disk quota exceeded \(122\))",
        Cause.ROOM,
        "the disk of the side that writes is full",
    ),
    _rule(
        _SPEAKER
        + rb"(?:send_files failed to open|opendir|readlink_stat\(?|link_stat) ?"
        + _QUOTED
        + rb"\)?(?: failed)?: (?:Permission denied \(13\)|Operation not permitted \(1\)|Input/output error \(5\))",
        Cause.UNREADABLE,
        "production's copy cannot be read, so the standby keeps what it had",
    ),
    _rule(
        rb"(?:ERROR|WARNING): (?P<path>.*) failed verification -- update (?:discarded|retained|put into partial-dir).*",
        Cause.PATH,
        "the bytes that arrived are not the bytes that were sent: the file moved, or a disk or memory is bad",
    ),
    _rule(
        rb"IO error encountered -- skipping file deletion",
        Cause.KEPT,
        "nothing was deleted, because a folder of production could not be read",
    ),
    _rule(
        rb"Deletions stopped due to --max-delete limit \(\d+ skipped\)",
        Cause.KEPT,
        "more was to be deleted than the plan said, so the rest was kept",
    ),
    _rule(
        rb"skipping non-regular file " + _QUOTED,
        Cause.PATH,
        "a device, a socket or a fifo is not carried over",
    ),
    _rule(
        rb"(?:cannot delete non-empty directory|could not make way for (?:new )?[\w ]+): (?P<path>.*)",
        Cause.KEPT,
        "something of another kind stands in the way on the standby",
    ),
    _rule(
        _SPEAKER
        + rb"(?:connection unexpectedly closed|read error: |write error: |safe_read failed|safe_write failed).*"
        rb"|(?:rsync: )?\[\w+\] io timeout after \d+ seconds -- exiting",
        Cause.LINK,
        "the link broke",
    ),
    _rule(
        rb"Host key verification failed\.\s*|.*HOST IDENTIFICATION HAS CHANGED.*|.*host key for .* has changed.*",
        Cause.HOST_KEY,
        "the other host's key is not the pinned one",
    ),
    _rule(
        rb"ssh: .*|kex_exchange_identification: .*|Connection (?:closed|reset|to|timed).*|client_loop: .*"
        rb"|Timeout, server .*|[^ ]+: Permission denied \(.*\)\.?\s*|Received disconnect from .*|Disconnected from .*",
        Cause.LINK,
        "ssh could not reach or keep the other host",
    ),
    _rule(
        rb'\S*rrsync error: .*|\{"error": "\w+", "message": .*\}',
        Cause.REFUSAL,
        "the gate of the other host does not allow this",
    ),
    _rule(
        rb"refusing to follow a symlink owned by an untrusted user.*",
        Cause.REFUSAL,
        "the way to a root leads through a symbolic link that belongs to another account",
    ),
    _rule(
        rb"(?:.*: )?(?:rsync|rrsync|dfwarm): (?:command )?not found|" + _SPEAKER + rb"Failed to exec .*",
        Cause.PROGRAM,
        "a program that the transfer needs is not there",
    ),
    _rule(
        rb"protocol version mismatch -- is your shell clean\?|\(see the rsync manpage for an explanation\)",
        Cause.REFUSAL,
        "the other host's login prints something before rsync speaks",
    ),
    _rule(
        _SPEAKER + rb'.*?"(?P<path>.*?)"(?: -> ".*")?(?: failed)?: .* \(\d+\)',
        Cause.PATH,
        "a path was not carried over",
    ),
)
"""The first rule that fits the whole line holds. A line that none fits is a problem that is shown as it stands."""


def read_line(line: bytes) -> Remark:
    """Understand one line of standard error, or one remark that rsync printed between its changes."""
    for rule in LINE_RULES:
        if found := rule.pattern.fullmatch(line):
            named = found.groupdict()
            path = unescape(named.get("path") or b"")
            return Remark(rule.cause, rule.meaning, path, int(named.get("code") or -1), line)
    return Remark(Cause.UNKNOWN, "rsync or its remote shell said what dfwarm does not know", b"", -1, line)

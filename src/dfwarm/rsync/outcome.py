"""What rsync's end means: its exit code and each line of its stderr, read by a table. Unknown means failure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from dfwarm.errors import DfwarmError, HostUnreachable, StandbyFull, ToolMissing, TransferFailed
from dfwarm.rsync.itemize import unescape


class End(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    VANISHED = "some files vanished"
    PARTIAL = "some files were not transferred"
    LINK_FAILED = "the link failed"
    FULL = "no room on the standby"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class ExitRule:
    """One exit code of rsync: its meaning, how the run ended, and the error that the operator is shown."""

    status: int
    meaning: str
    end: End
    error: type[DfwarmError] = TransferFailed


RULES: tuple[ExitRule, ...] = (
    ExitRule(0, "success", End.COMPLETE),
    ExitRule(1, "syntax or usage error", End.FAILED),
    ExitRule(2, "protocol incompatibility", End.FAILED),
    ExitRule(3, "errors selecting input or output files", End.FAILED),
    ExitRule(4, "requested action not supported", End.FAILED),
    ExitRule(5, "error starting the client-server protocol", End.FAILED),
    ExitRule(6, "daemon unable to append to its log file", End.FAILED),
    ExitRule(10, "error in socket I/O", End.LINK_FAILED, HostUnreachable),
    ExitRule(11, "error in file I/O", End.FAILED),
    ExitRule(12, "error in the protocol data stream", End.LINK_FAILED),
    ExitRule(13, "errors with program diagnostics", End.FAILED),
    ExitRule(14, "error in inter-process communication", End.FAILED),
    ExitRule(19, "received SIGSTOP or was replaced", End.FAILED),
    ExitRule(20, "received SIGUSR1 or SIGINT", End.FAILED),
    ExitRule(21, "some error returned by waitpid()", End.FAILED),
    ExitRule(22, "error allocating memory", End.FAILED),
    ExitRule(23, "partial transfer due to error", End.PARTIAL),
    ExitRule(24, "partial transfer due to vanished source files", End.VANISHED),
    ExitRule(25, "the limit of deletions was reached", End.FAILED),
    ExitRule(30, "timeout in data send or receive", End.LINK_FAILED),
    ExitRule(35, "timeout waiting for a daemon connection", End.LINK_FAILED),
    ExitRule(124, "the remote shell command failed", End.FAILED),
    ExitRule(125, "the remote shell command was killed", End.LINK_FAILED),
    ExitRule(126, "the remote command could not be run", End.FAILED, ToolMissing),
    ExitRule(127, "the remote command was not found", End.FAILED, ToolMissing),
    ExitRule(255, "ssh failed", End.LINK_FAILED, HostUnreachable),
)

_VANISHED = re.compile(rb'file has vanished: "(?P<path>.*)"(?: \(in .*\))?')
_NO_ROOM = re.compile(rb"No space left on device|Disk quota exceeded|\(28\)$|\(122\)$")
_SUMMARY = re.compile(rb"rsync (?:error|warning): .* \(code (?P<code>\d+)\) at .*")
_HARMLESS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (_SUMMARY, "rsync's own last line repeats the exit code"),
    (re.compile(rb"\s*"), "an empty line says nothing"),
)
"""The only lines of stderr that are no problem of their own, each with its reason."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """
    How a run ended, and each problem that it named, one sentence each.

    `vanished` are the paths that went away under rsync's hands: whoever judges must account for them on both sides.
    """

    rule: ExitRule
    problems: tuple[str, ...]
    vanished: tuple[bytes, ...]

    @property
    def is_finished(self) -> bool:
        """Whether rsync went through its whole list, with or without problems."""
        return self.rule.end in (End.COMPLETE, End.PARTIAL, End.VANISHED)

    def error(self) -> DfwarmError:
        """The error to raise for a run that is not finished."""
        detail = f": {self.problems[0]}" if self.problems else ""
        return self.rule.error(f"rsync ended with status {self.rule.status}, {self.rule.meaning}{detail}")


def judge_run(status: int, stderr: bytes) -> RunOutcome:
    """Read the exit code and every line of stderr. A line that the table does not know is a problem."""
    rule = next((rule for rule in RULES if rule.status == status), None)
    if rule is None:
        rule = ExitRule(status, "a status that is not known", End.FAILED)
    lines = stderr.split(b"\n")
    vanished = tuple(unescape(match["path"]) for line in lines if (match := _VANISHED.fullmatch(line)))
    problems = tuple(_say(line) for line in lines if _is_problem(line, rule))
    if any(map(_NO_ROOM.search, lines)):
        rule = ExitRule(rule.status, rule.meaning, End.FULL, StandbyFull)
    return RunOutcome(rule, problems, vanished)


def _is_problem(line: bytes, rule: ExitRule) -> bool:
    summary = _SUMMARY.fullmatch(line)
    if summary and int(summary["code"]) != rule.status:
        return True
    if rule.end is End.VANISHED and _VANISHED.fullmatch(line):
        return False
    return not any(pattern.fullmatch(line) for pattern, _ in _HARMLESS)


def _say(line: bytes) -> str:
    return "rsync said: " + line.decode("utf-8", "backslashreplace").strip()

"""What rsync's end means: its exit code and each line that it said, read by tables. Unknown means failure."""

from dataclasses import dataclass, replace
from enum import StrEnum

from dfwarm.errors import (
    AnswerRefused,
    DfwarmError,
    HostKeyRejected,
    HostUnreachable,
    PathUnreadable,
    StandbyFull,
    ToolMissing,
    TransferFailed,
)
from dfwarm.rsync.stderr import HARMLESS, Cause, Remark, read_line


class End(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    VANISHED = "some files vanished"
    PARTIAL = "some files were not transferred"
    LINK_FAILED = "the link failed"
    FULL = "no room on the standby"
    REFUSED = "refused"
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
    ExitRule(1, "syntax or usage error", End.REFUSED),
    ExitRule(2, "protocol incompatibility", End.REFUSED),
    ExitRule(3, "errors selecting input or output files", End.REFUSED),
    ExitRule(4, "requested action not supported", End.REFUSED),
    ExitRule(5, "error starting the client-server protocol", End.FAILED),
    ExitRule(6, "daemon unable to append to its log file", End.FAILED),
    ExitRule(10, "error in socket I/O", End.LINK_FAILED, HostUnreachable),
    ExitRule(11, "error in file I/O", End.FAILED),
    ExitRule(12, "error in the protocol data stream", End.LINK_FAILED),
    ExitRule(13, "errors with program diagnostics", End.FAILED),
    ExitRule(14, "error in inter-process communication", End.FAILED),
    ExitRule(15, "a process of rsync crashed", End.FAILED),
    ExitRule(16, "a process of rsync was terminated", End.FAILED),
    ExitRule(19, "received SIGUSR1", End.FAILED),
    ExitRule(20, "received SIGINT, SIGTERM or SIGHUP", End.FAILED),
    ExitRule(21, "some error returned by waitpid()", End.FAILED),
    ExitRule(22, "error allocating memory", End.FAILED),
    ExitRule(23, "partial transfer due to error", End.PARTIAL),
    ExitRule(24, "partial transfer due to vanished source files", End.VANISHED),
    ExitRule(25, "the limit of deletions was reached", End.FAILED),
    ExitRule(30, "timeout in data send or receive", End.LINK_FAILED, HostUnreachable),
    ExitRule(35, "timeout waiting for a daemon connection", End.LINK_FAILED, HostUnreachable),
    ExitRule(124, "the remote shell failed", End.FAILED),
    ExitRule(125, "the remote shell was killed", End.LINK_FAILED),
    ExitRule(126, "the remote command could not be run", End.FAILED, ToolMissing),
    ExitRule(127, "the remote command was not found", End.FAILED, ToolMissing),
    ExitRule(255, "the remote shell failed without an explanation", End.LINK_FAILED, HostUnreachable),
)
"""Every exit code of rsync(1) and of its errcode table. The only good one is 0; another code is not known."""

_FINISHED = frozenset({End.COMPLETE, End.PARTIAL, End.VANISHED})

CAUSES: tuple[tuple[Cause, End, type[DfwarmError]], ...] = (
    (Cause.ROOM, End.FULL, StandbyFull),
    (Cause.HOST_KEY, End.LINK_FAILED, HostKeyRejected),
    (Cause.REFUSAL, End.REFUSED, AnswerRefused),
    (Cause.PROGRAM, End.FAILED, ToolMissing),
    (Cause.LINK, End.LINK_FAILED, HostUnreachable),
)
"""
Lines that say why a run failed better than its exit code does; the first of these that was said wins. A link that is
said to break although rsync went through its list broke after the last byte: that is a problem, but no other end.
"""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """
    How a run ended, and each problem that it named, one sentence each.

    `vanished` are the paths that went away under rsync's hands, as rsync printed them: whoever judges must account
    for them on both sides. `paths` are those that a problem names.
    """

    rule: ExitRule
    problems: tuple[str, ...]
    vanished: tuple[bytes, ...]
    paths: tuple[bytes, ...] = ()

    @property
    def is_finished(self) -> bool:
        """Whether rsync went through its whole list, with or without problems."""
        return self.rule.end in _FINISHED

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing to explain: the code, every line and every path."""
        return self.rule.end is End.COMPLETE and not self.problems and not self.vanished

    @property
    def may_be_retried(self) -> bool:
        """Whether a fresh run can go better without anybody's doing."""
        return self.rule.end is End.LINK_FAILED and self.rule.error is not HostKeyRejected

    def error(self) -> DfwarmError:
        """The error to raise for a run that is not finished, or whose problems nobody may pass over."""
        detail = f": {self.problems[0]}" if self.problems else ""
        return self.rule.error(f"rsync ended with status {self.rule.status}, {self.rule.meaning}{detail}")


def judge_run(status: int, stderr: bytes, messages: tuple[bytes, ...] = ()) -> RunOutcome:
    """
    Read the exit code, every line of stderr and every remark of the log.

    A line or a code that the tables do not know is a problem, a code other than 0 never comes without one, and only
    24 excuses a vanished path, which then waits in `vanished`.
    """
    remarks = tuple(map(read_line, (*stderr.split(b"\n"), *messages)))
    rule = _explain(_rule_of(status), remarks)
    vanished = tuple(remark.path for remark in remarks if remark.cause is Cause.VANISHED)
    told = tuple(remark for remark in remarks if _is_problem(remark, rule))
    problems = tuple(remark.say() for remark in told)
    if not problems and rule.end is not End.COMPLETE and not (rule.end is End.VANISHED and vanished):
        problems = (f"rsync ended with status {status}, {rule.meaning}, and named no path",)
    return RunOutcome(rule, problems, vanished, tuple(remark.path for remark in told if remark.path))


def _rule_of(status: int) -> ExitRule:
    known = next((rule for rule in RULES if rule.status == status), None)
    return known or ExitRule(status, "a status that is not known", End.FAILED)


def _explain(rule: ExitRule, remarks: tuple[Remark, ...]) -> ExitRule:
    """The rule of the exit code, or what a line says about it that is worse or closer to the cause."""
    said = {remark.cause for remark in remarks}
    for cause, end, error in CAUSES:
        if cause in said and not (cause is Cause.LINK and rule.end in _FINISHED):
            return replace(rule, end=end, error=error)
    return replace(rule, error=PathUnreadable) if Cause.UNREADABLE in said and rule.end is End.PARTIAL else rule


def _is_problem(remark: Remark, rule: ExitRule) -> bool:
    if remark.cause is Cause.SUMMARY:
        return remark.code != rule.status
    if remark.cause is Cause.VANISHED:
        return rule.end is not End.VANISHED
    return remark.cause not in HARMLESS

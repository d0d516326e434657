"""
The error tree: one class per thing that the operator can do about it.

Each class carries its exit code and a hint; the table in `docs/reference/exit-codes.md` is generated from here.
"""

from collections.abc import Iterator


class DfwarmError(Exception):
    """Something that dfwarm refuses to do, or could not do."""

    exit_code = 70
    hint = "This is a defect in dfwarm; keep the ledger and report it."

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or type(self).hint


class ConfigInvalid(DfwarmError):
    """The configuration has mistakes; all of them are listed at once."""

    exit_code = 10
    hint = "Correct the lines named above; `dfwarm config check` reads the file again."


class HostUnreachable(DfwarmError):
    """The other host did not answer over ssh."""

    exit_code = 11
    hint = "Check the network, the address and the ssh key; `dfwarm preflight` tries the connection by itself."


class HostKeyRejected(DfwarmError):
    """The other host's key is not the pinned one."""

    exit_code = 12
    hint = "Compare the fingerprint with a person at that host before you change the known_hosts file of dfwarm."


class StudyUnknown(DfwarmError):
    """The study is not registered on a side, or not in the configuration."""

    exit_code = 13
    hint = "Register the study in DFstudies.db on that side, or name it in the configuration."


class PreflightFailed(DfwarmError):
    """At least one check before acting failed, so nothing was done."""

    exit_code = 14
    hint = "Run `dfwarm preflight` and follow the line marked FAIL."


class PairBusy(DfwarmError):
    """Another dfwarm holds the lock of this pair."""

    exit_code = 15
    hint = "Wait until the other cycle ends; the lock is freed by the kernel when its process does."


class StudyActive(DfwarmError):
    """People are working in the study, so it is left alone."""

    exit_code = 16
    hint = "Run the cycle when the study is quiet, or change `activity` in the configuration."


class ChangesHeld(DfwarmError):
    """HOLD: the transfer would change more than the budgets allow, so nothing of it was written."""

    exit_code = 49
    hint = (
        "Find out on production why; `dfwarm approve hold CYCLE` shows the plan. Only where the change is meant, let a "
        "second person approve it with --by and --reason, then run the cycle again."
    )


class ApprovalRefused(DfwarmError):
    """A held plan may not be approved, not by this person, or is not the one that was approved."""

    exit_code = 48
    hint = "`dfwarm approve hold CYCLE` shows the plan and what speaks against approving it."


class AuthorityRefused(DfwarmError):
    """The writer does not go by the epoch that holds at the receiver, or the side that is written to rules itself."""

    exit_code = 50
    hint = (
        "`dfwarm authority show` says who rules. If this controller was set aside, stop its timer and leave it; only a"
        " person moves authority, with `dfwarm authority move`."
    )


class SourceRefused(DfwarmError):
    """Production's tree is empty, shrunken or not the one expected, so nothing is written to the standby."""

    exit_code = 17
    hint = "Check that production's disk is mounted and complete before you run the cycle again."


class PathUnreadable(DfwarmError):
    """A file or folder in scope cannot be read."""

    exit_code = 18
    hint = "Let the account that runs dfwarm read it, or exclude it by name with a reason."


class StandbyFull(DfwarmError):
    """The standby has no room for what production holds."""

    exit_code = 19
    hint = "Free disk space or inodes on the standby."


class MailUndelivered(DfwarmError):
    """The letter was not accepted by the mail server; it waits in the spool."""

    exit_code = 20
    hint = "Check the mail server; `dfwarm mail retry` sends what waits in the spool."


class AlertUndelivered(DfwarmError):
    """A webhook or a dead-man's switch did not take an alert, or a test was not acknowledged by its code."""

    exit_code = 53
    hint = "`dfwarm alert list` says what waits and why; `dfwarm alert retry` sends it."


class LineUnreadable(DfwarmError):
    """A line that dfwarm does not know. Evidence accounts for every line, so this is an error."""

    exit_code = 21
    hint = "Keep the raw log and report the line; do not act on a verdict that skipped it."

    def __init__(self, source: str, line: bytes, *, number: int = 0) -> None:
        where = f"{source} line {number}" if number else source
        super().__init__(f"{where} is not understood: {line[:200]!r}")
        self.source = source
        self.line = line


class TransferFailed(DfwarmError):
    """rsync did not complete."""

    exit_code = 22
    hint = "Read the transfer's stderr in the record; a fresh cycle carries on from where this one stopped."


class ServerStuck(DfwarmError):
    """A DataFax server did not reach the state that was asked for."""

    exit_code = 23
    hint = "Look at the server on that host now; `dfwarm recover` tries to restart what was left stopped."


class LedgerBroken(DfwarmError):
    """The ledger's chain does not hold, or it cannot be written."""

    exit_code = 24
    hint = "Do not delete it; copy it aside and find out who wrote to it."


class ToolMissing(DfwarmError):
    """A program that dfwarm needs is not installed."""

    exit_code = 25
    hint = "Install it on the host named above."


class DeadlinePassed(DfwarmError):
    """A process did not end within its deadline and was stopped."""

    exit_code = 26
    hint = "Find out why it hangs; the deadline is set in the configuration."


class RecordUnknown(DfwarmError):
    """There is no such cycle or record."""

    exit_code = 27
    hint = "`dfwarm status` lists the cycles on record."


class RecoveryNeeded(DfwarmError):
    """An earlier cycle was cut off and has not been tied up."""

    exit_code = 28
    hint = "Run `dfwarm recover`: it restarts what was left stopped and closes the cycle as INCONCLUSIVE."


class AnswerRefused(DfwarmError):
    """The gate of a host refused the question, or its answer cannot be read."""

    exit_code = 29
    hint = "Run the same release of dfwarm on both hosts and read the gate's own log."


class FreezeRefused(DfwarmError):
    """A freeze does not fit into its budget, or production cannot be kept still, so that nothing is proven."""

    exit_code = 40
    hint = "Raise `freeze.budget`, or choose another `freeze.mode`."


class SnapshotFailed(DfwarmError):
    """Production's disk gave no snapshot of the study, or none that shows all of it."""

    exit_code = 47
    hint = "Try the commands of `freeze.snapshot` by hand on production's host, or choose another `freeze.mode`."


class WatchdogFailed(DfwarmError):
    """The watchdog that must be able to thaw production does not stand ready, or had to thaw it."""

    exit_code = 42
    hint = "Read that host's own ledger of the freeze in the record; production is open again."


class ReportUnknown(DfwarmError):
    """There is no native report of that name."""

    exit_code = 43
    hint = "The reports are dfstatus, ic_images, ic_queries and ic_records."


class SetupUnreadable(DfwarmError):
    """A study's DFsetup cannot be read, so its plates and fields are not known."""

    exit_code = 44
    hint = "Open lib/DFsetup of that side in DFsetup and save it again, or copy it from the other side."


class HistoryBroken(DfwarmError):
    """The history of sealed statements does not hold: one is missing, moved, altered, or the log was forked."""

    exit_code = 35
    hint = "Change nothing; compare the log with its copies in the archive and with the checkpoints that were printed."


class CopyFailed(DfwarmError):
    """Evidence could not be copied to another place, or what lies there is not what was copied."""

    exit_code = 36
    hint = "Look at the place named above; `dfwarm archive copy` tries again what has no receipt."


class IndexUnusable(DfwarmError):
    """The database of the index cannot be reached or written."""

    exit_code = 37
    hint = "Nothing is lost: the records are the truth. `dfwarm index rebuild` makes the index anew."


class AuditBroken(DfwarmError):
    """The audit trail's chain does not hold, or it cannot be written."""

    exit_code = 51
    hint = "Do not delete it; copy it aside and compare it with the heads that the statements hold."


class RetentionHolds(DfwarmError):
    """Evidence is to be kept longer, so it is not removed."""

    exit_code = 52
    hint = "Wait until the retention is over; it is set by `archive.retention_years`."


class SealFailed(DfwarmError):
    """The evidence of a cycle could not be sealed; its facts are kept, unsealed."""

    exit_code = 30
    hint = "Mend what the message names, then run `dfwarm seal CYCLE`: the cycle is then marked as sealed late."


class KeyUnusable(DfwarmError):
    """The evidence key is missing, open to others, encrypted, revoked, or not allowed where it lies."""

    exit_code = 31
    hint = "`dfwarm keys show` says which key is configured and where; `dfwarm keys init` makes one."


class TokenRefused(DfwarmError):
    """A time-stamp authority did not answer, or its token does not prove what it should."""

    exit_code = 32
    hint = "The token stays pending; `dfwarm seal --pending` asks the authorities again."


class BundleRefused(DfwarmError):
    """A bundle does not hold: a file is missing, altered or added, or its seal or its claim is wrong."""

    exit_code = 33
    hint = "Keep it as it is, do not use its verdict, and compare it with the archived copy."


class FormatNewer(DfwarmError):
    """A bundle was written by a release whose format this one does not know."""

    exit_code = 34
    hint = "Verify it with the release that wrote it, or with its own VERIFY.sh."


class ScopeNotApproved(DfwarmError):
    """The scope policy is not the one that was approved, so no cycle can say EQUIVALENT."""

    exit_code = 45
    hint = "Read the changes with `dfwarm approve scope`, and approve them with --by and --reason."


class IdentityRefused(DfwarmError):
    """A side's study is not the folder, disk or pair that was adopted, or both sides are one."""

    exit_code = 46
    hint = (
        "Do not adopt it to be rid of the error: mount the disk that is missing, or correct the configuration. Only"
        " where the study has truly moved: `dfwarm adopt STUDY`."
    )


class PromiseBroken(DfwarmError):
    """A campaign of simulated cycles met a promise that dfwarm did not keep."""

    exit_code = 54
    hint = "Repeat it with the same seed and --keep, and report it with the folder: it is a defect of dfwarm."


class ReviewRefused(DfwarmError):
    """A review is not signed as it has to be, or not by whom it says, or not of this cycle."""

    exit_code = 38
    hint = "Let the reviewer sign again with `dfwarm review`; keep the refused signature as it is."


class ExportRefused(DfwarmError):
    """An exported file cannot be read safely: a name leads out of it, it swells, or it holds what no export holds."""

    exit_code = 39
    hint = "Do not unpack it; ask for a new export, made with `dfwarm export`."


def error_classes() -> Iterator[type[DfwarmError]]:
    """Every class of the tree with an exit code of its own, in the order of the codes."""
    yield from sorted(DfwarmError.__subclasses__(), key=lambda error: error.exit_code)


def error_class(exit_code: int) -> type[DfwarmError] | None:
    """The class that stands for an exit code, if one does."""
    return next((error for error in error_classes() if error.exit_code == exit_code), None)

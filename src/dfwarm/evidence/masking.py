"""
Words that may leave the bundle: without what a file of a study, a program or a password may have put into them.

A message of an error can quote the line that nobody understood, and so a subject's data; it can quote what a program
printed, and so an escape that a terminal obeys; it can quote an address with its password. Statement, certificate,
letter and readiness report say such words through here; the record in the bundle keeps them whole.
"""

import re
from dataclasses import replace

from dfwarm.errors import DfwarmError
from dfwarm.evidence.passage import printable
from dfwarm.evidence.record import CycleRecord, ErrorRecord
from dfwarm.evidence.verdict import Reason

LEFT_OUT = "(left out; the bundle has it)"
ABOUT_SUBJECTS = frozenset({"reports", "numbers", "report reading", "journals"})
"""Clauses of the verdict's rule whose reasons speak of subjects."""

_LONGEST = 1000
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), LEFT_OUT),
    (re.compile(r"\bb(?:'(?:[^'\\]|\\.)*'?|\"(?:[^\"\\]|\\.)*\"?)", re.DOTALL), LEFT_OUT),
    (re.compile(r"[^\s|]*(?:\|[^|\n]*){2,}\|\S*"), LEFT_OUT),
    (re.compile(r"(?<=://)[^/\s@]+:[^/\s]*@"), "(hidden)@"),
    (re.compile(r"(?i)\b(password|passwd|passphrase|secret|api[_-]?key)(\s*[=:]\s*)(?!is\b)\S+"), r"\1\2(hidden)"),
)


def mask(text: str) -> str:
    """Say a text without quoted bytes, lines of records, private keys and passwords, and without what could act."""
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    more = len(text) - _LONGEST
    return printable(text[:_LONGEST]) + (f" ... ({more:,} more characters in the bundle)" if more > 0 else "")


def mask_reason(reason: Reason) -> str:
    """What may be said of a reason."""
    if reason.clause in ABOUT_SUBJECTS:
        return f"a breach of '{reason.clause}'; the bundle says which"
    return mask(reason.says)


def masked(record: CycleRecord) -> CycleRecord:
    """
    A record whose words may leave the bundle, but for what the clauses about subjects say.

    Of an error that nobody foresaw it is not known what its words hold, so they are left out wherever they are
    repeated; its kind is said.
    """
    error = record.error
    unforeseen = error.message if error and _is_unforeseen(error) else ""

    def say(text: str) -> str:
        return mask(text.replace(unforeseen, LEFT_OUT) if unforeseen else text)

    verdict, transfer = record.verdict, record.transfer
    reasons = tuple(
        each if each.clause in ABOUT_SUBJECTS else replace(each, says=say(each.says)) for each in verdict.reasons
    )
    return replace(
        record,
        verdict=replace(verdict, reasons=reasons),
        error=replace(error, message=say(error.message)) if error else None,
        steps=tuple(replace(step, problem=say(step.problem)) for step in record.steps),
        activity=tuple(map(say, record.activity)),
        remarks=tuple(map(say, record.remarks)),
        transfer=replace(transfer, problems=tuple(map(say, transfer.problems))) if transfer else None,
    )


def _is_unforeseen(error: ErrorRecord) -> bool:
    return error.exit_code == DfwarmError.exit_code and error.kind not in _OF_THE_SYSTEM


_OF_THE_SYSTEM = frozenset(
    {
        "CutOff",
        "Interrupted",
        "KeyboardInterrupt",
        "OSError",
        "FileNotFoundError",
        "FileExistsError",
        "PermissionError",
        "NotADirectoryError",
        "IsADirectoryError",
        "TimeoutError",
    }
)
"""Errors whose words come from dfwarm itself or from the kernel, and name a path at most."""

"""The report of a month: its facts and what the rule makes of them, as JSON that can be judged again."""

from dataclasses import dataclass
from typing import Any

import rfc8785

from dfwarm import wire
from dfwarm.errors import AnswerRefused, BundleRefused, FormatNewer
from dfwarm.evidence.readiness.clause import Reason, Word
from dfwarm.evidence.readiness.facts import PairMonth
from dfwarm.evidence.readiness.rule import RULE_ID, RULE_VERSION, weigh, word_of

FORMAT = "dfwarm-readiness/1"


@dataclass(frozen=True, slots=True)
class Report:
    """A report. Its word and its reasons follow from its facts by the rule that it names."""

    format: str
    rule_id: str
    rule_version: str
    word: Word
    reasons: tuple[Reason, ...]
    facts: PairMonth

    def encode(self) -> bytes:
        """The report in the one form of RFC 8785."""
        plain: dict[str, Any] = wire.plain(self)
        return rfc8785.dumps(plain)


def write_report(facts: PairMonth) -> Report:
    """Weigh the facts of a month."""
    reasons = weigh(facts)
    return Report(FORMAT, RULE_ID, RULE_VERSION, word_of(reasons), reasons, facts)


def read_report(content: bytes) -> Report:
    """Read a report and judge it again. Raises FormatNewer, BundleRefused where it says what does not follow."""
    try:
        report = wire.load(Report, content)
    except AnswerRefused as error:
        raise BundleRefused(f"it is no readiness report of this release: {error}") from error
    if (report.format, report.rule_id, report.rule_version) != (FORMAT, RULE_ID, RULE_VERSION):
        raise FormatNewer(f"the report is of another format or rule: {report.format}, rule {report.rule_version}")
    if not _is_canonical(report, content):
        raise BundleRefused("the report is not in the form of RFC 8785 in which it is written")
    if report != write_report(report.facts):
        raise BundleRefused(f"the report says {report.word}, and its own facts say otherwise")
    return report


def _is_canonical(report: Report, content: bytes) -> bool:
    try:
        return report.encode() == content
    except ValueError:  # a number that RFC 8785 has no form for
        return False

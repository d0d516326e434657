"""The files of a readiness report, and what it takes for them to hold."""

import hashlib
from collections.abc import Callable, Iterator, Mapping

from dfwarm.errors import BundleRefused
from dfwarm.evidence import sshsig
from dfwarm.evidence.readiness.content import describe
from dfwarm.evidence.readiness.page import render_page
from dfwarm.evidence.readiness.plain import render_text
from dfwarm.evidence.readiness.report import Report, read_report
from dfwarm.evidence.trust import Trust

DATA, TEXT, PAGE, SHEET = "readiness.json", "readiness.txt", "readiness.html", "readiness.pdf"
SUMS, SIGNATURE = "READINESS.sha256", "READINESS.sha256.sig"


def render_files(report: Report) -> dict[str, bytes]:
    """The data of a report with its text and its page."""
    data = report.encode()
    content = describe(report, hashlib.sha256(data).hexdigest())
    return {
        DATA: data,
        TEXT: render_text(content).encode(),
        PAGE: render_page(content, report.facts).encode(),
    }


def render_sums(files: Mapping[str, bytes]) -> bytes:
    """What is signed: the digest of each file, as `sha256sum -c` reads it."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()


def check_files(
    files: Mapping[str, bytes], trust: Trust, software: str, statement_of: Callable[[str], bytes]
) -> Iterator[str]:
    """
    Check a report step by step, and say of each step what it saw. Raises BundleRefused.

    `statement_of` gives the statement of a cycle, or nothing where it is not at hand.
    """
    for name in (SUMS, SIGNATURE, DATA):
        if name not in files:
            raise BundleRefused(f"{name} is missing, so nothing vouches for the report")
    report = read_report(files[DATA])
    signature = sshsig.parse_signature(files[SIGNATURE])
    sshsig.check_signature(signature, files[SUMS], sshsig.RENDERING_NAMESPACE)
    signer = trust.permit(signature.key, sshsig.RENDERING_NAMESPACE, report.facts.made_at, is_stamped=True)
    yield f"signed by {signer.principal}, {signature.fingerprint}"
    listed = {name: content for name, content in files.items() if name not in (SUMS, SIGNATURE)}
    if render_sums(listed) != files[SUMS]:
        raise BundleRefused("a file of the report is altered, missing or added")
    yield f"{len(listed)} files are those that were signed"
    yield f"its facts make it {report.word} by {report.rule_id} {report.rule_version}"
    yield _compare_renderings(report, files, software)
    yield _compare_statements(report, statement_of)


def _compare_renderings(report: Report, files: Mapping[str, bytes], software: str) -> str:
    """Text and page are made again from the data; only the release that made them makes the same bytes."""
    if report.facts.software != software:
        return f"text and page are not made again: they are of {report.facts.software}, and this is {software}"
    for name, content in render_files(report).items():
        if files.get(name) != content:
            raise BundleRefused(f"{name} does not say what the report's data say")
    return "text and page say what the data say"


def _compare_statements(report: Report, statement_of: Callable[[str], bytes]) -> str:
    held = absent = 0
    for study in report.facts.studies:
        for cycle in study.cycles:
            if not cycle.statement:
                continue
            statement = statement_of(cycle.cycle)
            if statement and hashlib.sha256(statement).hexdigest() != cycle.statement:
                raise BundleRefused(f"the statement of {cycle.cycle} is not the one that the report was made from")
            held, absent = held + bool(statement), absent + (not statement)
    more = f", {absent} are not at hand" if absent else ""
    return f"{held} statements are those that it was made from{more}"

"""Steps 3, 4, 8 and 9: the reports of both sides, normalised and held against each other."""

import difflib
import hashlib
import re
from collections.abc import Iterator

from dfwarm import wire
from dfwarm.datafax.reports.normalise import RULES_VERSION, normalise
from dfwarm.evidence.record import ReportRecord
from dfwarm.facts.look import Look
from dfwarm.plan import questions
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Host
from dfwarm.procedures.story import Story
from dfwarm.terms import Side

ENGINE = f"vendor, normaliser {RULES_VERSION}"
DIFFERENCES_AT_MOST = 20


def run_on(host: Host, order: CycleOrder, story: Story, findings: Findings) -> None:
    """Run the vendor's reports on one side and keep what they printed. A program that fails leaves a gap."""
    if not findings.side(host.side).known_look.report_names:
        return
    fact = host.ask(questions.vendor_reports(order.cycle.study, order.question_seconds))
    story.keep(fact)
    for name, said in zip(fact.value.names, fact.value.transcripts, strict=True):
        story.transcripts.append(said)
        findings.files[findings.names.report(name, host.side, "raw")] = said.stdout + said.stderr
        if said.status or said.stderr.strip():
            why = said.stderr.decode("utf-8", "replace").strip().splitlines()
            findings.report_gaps.append(
                f"{name} on the {host.side} ended with status {said.status}: {why[0] if why else 'no word'}"
            )
            continue
        findings.side(host.side).raw_reports[name] = said.stdout


def normalise_side(host: Host, findings: Findings) -> None:
    """Remove what is unique to the server and the moment; keep the text, and the list of what was removed."""
    side = findings.side(host.side)
    look = side.known_look
    for name, raw in side.raw_reports.items():
        normalised = normalise(raw, server_names=_names(host, look), paths=_paths(look))
        side.reports[name] = normalised.text
        findings.files[findings.names.report(name, host.side, "normalised")] = normalised.text
        removed = b"".join(wire.dump(span) + b"\n" for span in normalised.removed)
        findings.files[findings.names.report(name, host.side, "removed.jsonl")] = removed


def compare_sides(findings: Findings) -> None:
    """Compare each report that a side knows. One that a side lacks is a gap, one that is empty is no agreement."""
    production, standby = findings.production, findings.standby
    names = dict.fromkeys((*production.known_look.report_names, *standby.known_look.report_names))
    findings.reports_expected = len(names)
    records: list[ReportRecord] = []
    for name in names:
        missing = [side for side in Side if name not in findings.side(side).reports]
        if missing:
            findings.report_gaps.extend(f"{name} has no text on the {side}" for side in missing)
            continue
        records.append(_compare(name, findings, production.reports[name], standby.reports[name]))
    findings.reports = tuple(records)


def _compare(name: str, findings: Findings, ours: bytes, theirs: bytes) -> ReportRecord:
    our_lines, their_lines = _lines(ours), _lines(theirs)
    differences = [] if ours == theirs else _say_differences(name, our_lines, their_lines)
    if differences:
        diff = difflib.unified_diff(our_lines, their_lines, f"{name} production", f"{name} standby", lineterm="")
        findings.files[findings.names.difference(name)] = "\n".join((*diff, "")).encode()
    return ReportRecord(
        name=name,
        engine=ENGINE,
        production=hashlib.sha256(ours).hexdigest(),
        standby=hashlib.sha256(theirs).hexdigest(),
        lines=min(len(our_lines), len(their_lines)),
        differences=tuple(differences),
        gaps=tuple(
            f"{name} on the {side} holds no number, so it is no report" for side in _without_numbers(ours, theirs)
        ),
    )


def _without_numbers(ours: bytes, theirs: bytes) -> Iterator[Side]:
    """The sides whose text counts nothing: an error that both sides print alike is no agreement."""
    texts = {Side.PRODUCTION: ours, Side.STANDBY: theirs}
    yield from (side for side, text in texts.items() if not re.search(rb"\d", text))


def _say_differences(name: str, ours: list[str], theirs: list[str]) -> list[str]:
    """Say, line by line, what one side printed and the other did not."""
    changed = [line for line in difflib.ndiff(ours, theirs) if line[:2] in ("- ", "+ ")]
    words = {"- ": "production says", "+ ": "the standby says"}
    said = [f"{name}: {words[line[:2]]} {' '.join(line[2:].split())!r}" for line in changed[:DIFFERENCES_AT_MOST]]
    rest = len(changed) - len(said)
    return [*(said or [f"{name}: the texts differ in blanks only"]), *([f"{name}: {rest} more lines"] if rest else [])]


def _lines(text: bytes) -> list[str]:
    """The lines that say something, as text in which every byte keeps a form of its own."""
    return [line for line in text.decode("utf-8", "backslashreplace").split("\n") if line.strip()]


def _names(host: Host, look: Look) -> tuple[bytes, ...]:
    full = look.environment.host
    return tuple(name.encode() for name in dict.fromkeys((full, full.partition(".")[0], host.name)))


def _paths(look: Look) -> tuple[bytes, ...]:
    return (*(root.folder for root in look.roots), *((look.datafax_dir,) if look.datafax_dir else ()))

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
        removed = b"".join(wire.dump_line(span) for span in normalised.removed)
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
    numbers, differences = ([], []) if ours == theirs else _say_differences(name, our_lines, their_lines)
    if numbers or differences:
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
        numbers=tuple(numbers),
    )


def _without_numbers(ours: bytes, theirs: bytes) -> Iterator[Side]:
    """The sides whose text counts nothing: an error that both sides print alike is no agreement."""
    texts = {Side.PRODUCTION: ours, Side.STANDBY: theirs}
    yield from (side for side, text in texts.items() if not re.search(rb"\d", text))


def _say_differences(name: str, ours: list[str], theirs: list[str]) -> tuple[list[str], list[str]]:
    """What the sides print otherwise: first where only the numbers of a line differ, then all other lines."""
    numbers: list[str] = []
    others: list[str] = []
    for change, low, high, from_line, to_line in difflib.SequenceMatcher(
        a=ours, b=theirs, autojunk=False
    ).get_opcodes():
        if change == "equal":
            continue
        here, there = ours[low:high], theirs[from_line:to_line]
        if list(map(_without_digits, here)) == list(map(_without_digits, there)):
            numbers += [
                f"{name}: production prints {_squeeze(one)!r}, the standby {_squeeze(other)!r}"
                for one, other in zip(here, there, strict=True)
            ]
        else:
            others += [f"{name}: production says {_squeeze(line)!r}" for line in here]
            others += [f"{name}: the standby says {_squeeze(line)!r}" for line in there]
    if not numbers and not others:
        others = [f"{name}: the texts differ in blanks only"]
    return _cap(name, numbers), _cap(name, others)


def _without_digits(line: str) -> str:
    """A line in which every number is the same, however long it is."""
    return _squeeze(re.sub(r"[0-9][0-9,.]*", "#", line))


def _squeeze(line: str) -> str:
    return " ".join(line.split())


def _cap(name: str, said: list[str]) -> list[str]:
    rest = len(said) - DIFFERENCES_AT_MOST
    return [*said[:DIFFERENCES_AT_MOST], f"{name}: {rest} more lines"] if rest > 0 else said


def _lines(text: bytes) -> list[str]:
    """The lines that say something, as text in which every byte keeps a form of its own."""
    return [line for line in text.decode("utf-8", "backslashreplace").split("\n") if line.strip()]


def _names(host: Host, look: Look) -> tuple[bytes, ...]:
    full = look.environment.host
    return tuple(name.encode() for name in dict.fromkeys((full, full.partition(".")[0], host.name)))


def _paths(look: Look) -> tuple[bytes, ...]:
    return (*(root.folder for root in look.roots), *((look.datafax_dir,) if look.datafax_dir else ()))

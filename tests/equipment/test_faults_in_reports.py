"""Every fault that the simulator knows, on one side and on both: the native reports and their comparison see it."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from dfwarm.datafax.journal import JournalFact, JournalFault, judge_prefixes, prefixes_wanted
from dfwarm.datafax.reports.comparison import say_differences
from dfwarm.datafax.reports.report import Mode, Report
from dfwarm.datafax.reports.rule import ReportName, Rule
from dfwarm.equipment.image_kinds import NoKinds
from dfwarm.equipment.partial_shelf import PartialShelf
from dfwarm.equipment.study_reports import Known, Places, Wanted, make_reports
from dfwarm.simulator.faults import FAULTS, Fault
from dfwarm.simulator.finding import Finding
from dfwarm.simulator.plan import DECK, ENTRY, StudyPlan
from dfwarm.simulator.study import write_study

RULES = {finding: Rule(finding.value) for finding in Finding if finding.value in set(Rule)}
COUNTED = {Finding.LATIN_RECORD: "no UTF-8", Finding.NEW_QUEUE_GREW: "new"}
JOURNALS = {
    Finding.JOURNAL_SHRANK: JournalFault.SHRANK,
    Finding.JOURNAL_REWRITTEN: JournalFault.REWRITTEN,
}
ELSEWHERE = {Finding.UNREADABLE_FILE}
"""Seen by the listing of a side, whose tests are with the scan: root reads such a file all the same."""


def made(study: Path, number: int = DECK.number, mode: Mode = Mode.QUIESCED) -> dict[ReportName, Report]:
    known = Known(PartialShelf(study.parent / "shelf"), NoKinds(), 1)
    reports = make_reports(Places(os.fsencode(study)), Wanted(number, tuple(ReportName), mode), known)
    return {report.name: report for report in reports}


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[ReportName, Report]]:
    folder = tmp_path_factory.mktemp("healthy") / "035"
    write_study(folder, DECK)
    return folder, made(folder)


def spoil(healthy: Path, folder: Path, fault: Fault) -> tuple[Path, int]:
    study = Path(shutil.copytree(healthy, folder / "035"))
    return study, fault.inject(study, 7).line


@pytest.mark.parametrize("plan", [DECK, ENTRY], ids=["fax", "entry"])
def test_a_new_study_has_no_finding_in_any_report(plan: StudyPlan, tmp_path: Path) -> None:
    write_study(tmp_path / "study", plan)
    for report in made(tmp_path / "study", plan.number).values():
        assert [finding.say() for finding in report.findings] == []
        assert report.gaps == ()
        assert report.records > 0


def test_every_fault_has_somebody_who_sees_it() -> None:
    assert {fault.expects for fault in FAULTS} == RULES.keys() | COUNTED.keys() | JOURNALS.keys() | ELSEWHERE
    assert set(RULES.values()) == set(Rule)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.expects in RULES], ids=lambda fault: fault.name)
def test_a_fault_is_found_where_it_was_put_on_one_side_and_on_both(
    fault: Fault, healthy: tuple[Path, dict[ReportName, Report]], tmp_path: Path
) -> None:
    folder, well = healthy
    study, line = spoil(folder, tmp_path / "one", fault)
    one = made(study)
    rule = RULES[fault.expects]
    seen_by = [name for name in ReportName if any(finding.rule is rule for finding in one[name].findings)]
    assert seen_by
    for name in seen_by:
        found = [finding for finding in one[name].findings if finding.rule is rule]
        assert len(found) == 1, [finding.say() for finding in found]
        if line and rule is not Rule.SHARED_IMAGE:
            assert found[0].line == line
    assert any(say_differences(well[name], one[name]) for name in seen_by)
    both = made(spoil(folder, tmp_path / "other", fault)[0])
    assert all(say_differences(one[name], both[name]) == () for name in ReportName)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.expects in COUNTED], ids=lambda fault: fault.name)
def test_what_is_legal_and_differs_is_told_by_the_counts(
    fault: Fault, healthy: tuple[Path, dict[ReportName, Report]], tmp_path: Path
) -> None:
    folder, well = healthy
    one = made(spoil(folder, tmp_path, fault)[0])[ReportName.DFSTATUS]
    said = say_differences(well[ReportName.DFSTATUS], one)
    assert any(COUNTED[fault.expects] in sentence for sentence in said), said
    both = made(spoil(folder, tmp_path / "other", fault)[0])[ReportName.DFSTATUS]
    assert say_differences(one, both) == ()


def test_a_superseded_version_is_counted_and_no_finding_where_the_server_was_up(
    healthy: tuple[Path, dict[ReportName, Report]], tmp_path: Path
) -> None:
    (fault,) = (each for each in FAULTS if each.name == "superseded version")
    study, _ = spoil(healthy[0], tmp_path, fault)
    live = made(study, mode=Mode.LIVE)
    assert not any(list(report.findings) for report in live.values())
    counts = {count.words: count.number for count in live[ReportName.DFSTATUS].counts if count.group == "study"}
    assert counts["superseded"] == 1
    assert Rule.DUPLICATE_PRIMARY in made(study)[ReportName.IC_RECORDS].finding_counts


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.expects in JOURNALS], ids=lambda fault: fault.name
)
def test_a_journal_that_lost_or_changed_its_past_is_named(
    fault: Fault, healthy: tuple[Path, dict[ReportName, Report]], tmp_path: Path
) -> None:
    folder, _ = healthy
    study, _ = spoil(folder, tmp_path, fault)
    proven = {path.name.encode(): fact(path.read_bytes()) for path in (folder / "data").glob("*.jnl")}
    now = {path.name.encode(): path.read_bytes() for path in (study / "data").glob("*.jnl")}
    facts = {name: fact(content) for name, content in now.items()}
    prefixes = {name: fact(now[name][:size]).digest for name, size in prefixes_wanted(facts, proven)}
    (difference,) = judge_prefixes(facts, proven, prefixes)
    assert (difference.fault, difference.is_alarm) == (JOURNALS[fault.expects], True)


def fact(content: bytes) -> JournalFact:
    return JournalFact(len(content), hashlib.sha256(content).digest())

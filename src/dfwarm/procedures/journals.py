"""
The journals before the first write and at the time point.

A journal of DataFax only ever grows. Before anything is written production's journals must be continuations of what
the last cycle proved, and the standby may not have written history of its own; afterwards both sides have the same.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dfwarm.datafax.journal import (
    JournalDifference,
    JournalFact,
    JournalFault,
    compare_journals,
    judge_prefixes,
    prefixes_wanted,
)
from dfwarm.datafax.layout import area_of, within_study
from dfwarm.datafax.serverconf import STUDY_DIR
from dfwarm.errors import AnswerRefused, RecordUnknown
from dfwarm.evidence.journals import JOURNALS, read_journals, render_journals
from dfwarm.facts.journals import PATH_AT_MOST, Beginning, ask_for
from dfwarm.manifest.block import NO_DIGEST, SIZE
from dfwarm.manifest.listing import Manifest
from dfwarm.plan.budget import Item
from dfwarm.plan.cycle import CycleOrder
from dfwarm.procedures.findings import Findings
from dfwarm.procedures.kit import Kit
from dfwarm.procedures.story import Story
from dfwarm.spelling import spell
from dfwarm.terms import Area, CycleId


@dataclass(frozen=True, slots=True)
class _Journals:
    """The journals of one side by their paths in the study, and the root and the path in it of each."""

    facts: dict[bytes, JournalFact]
    places: dict[bytes, tuple[str, bytes]]


def find_broken_history(order: CycleOrder, kit: Kit, story: Story, findings: Findings) -> None:
    """
    Find the journals whose history was lost, changed or made twice: a plan that carries them is held.

    Nothing has been written yet.
    """
    ours, theirs = _journals(findings.production.before), _journals(findings.standby.before)
    proven = _proven(order, kit)
    prefixes = _ask(order, kit, story, ours, proven)
    changed = {path: fact for path, fact in theirs.facts.items() if fact != proven.get(path)}
    own = judge_prefixes(ours.facts, changed, _ask(order, kit, story, ours, changed))
    lost = judge_prefixes(ours.facts, proven, prefixes)
    alarms: list[tuple[str, Item]] = []
    for each in _unaccepted(order, findings, theirs.places | ours.places, (*lost, *own)):
        is_repairable = each in own and each not in lost and not _is_own_history(each, proven, theirs.facts)
        if each.fault is JournalFault.UNREAD:
            findings.report_gaps.append(f"journal {spell(each.path)} {each.fault}")
        elif is_repairable:
            findings.remarks.append(f"journal {spell(each.path)} was altered on the standby; production's replaces it")
        else:
            root = theirs.places.get(each.path) or ours.places.get(each.path) or (STUDY_DIR, b"")
            alarms.append((root[0], Item(each.path, str(each.fault))))
    findings.journal_differences = tuple(f"journal {item.say()}" for _, item in alarms)
    findings.broken_journals = tuple(alarms)


def compare_both(order: CycleOrder, findings: Findings) -> None:
    """Hold the journals of both sides against each other at the time point, and keep what they were."""
    ours, theirs = _journals(findings.production.before), _journals(findings.standby.after)
    differences = compare_journals(ours.facts, theirs.facts)
    said: list[str] = []
    for each in _unaccepted(order, findings, theirs.places | ours.places, differences):
        where = findings.report_gaps if each.fault is JournalFault.UNREAD else said
        where.append(f"journal {spell(each.path)} {each.fault}")
    findings.journal_differences = tuple(said)
    findings.files[JOURNALS] = render_journals(ours.facts)


def _journals(manifests: Mapping[str, Manifest]) -> _Journals:
    facts: dict[bytes, JournalFact] = {}
    places: dict[bytes, tuple[str, bytes]] = {}
    for key, manifest in manifests.items():
        within = within_study(key)
        for block in manifest.blocks:
            if b".jnl" not in block.names:
                continue
            sizes = block.column(SIZE)
            for row, name in enumerate(block.list_names()):
                path = block.path_of(name)
                if area_of(within + path) is Area.JOURNAL:
                    digest = block.digest_of(row)
                    facts[within + path] = JournalFact(sizes[row], b"" if digest == NO_DIGEST else digest)
                    places[within + path] = (key, path)
    return _Journals(facts, places)


def _proven(order: CycleOrder, kit: Kit) -> dict[bytes, JournalFact]:
    """The journals of the last cycle that proved equality; none where there was none, or its record has none."""
    if order.earlier.cycle:
        with contextlib.suppress(RecordUnknown, AnswerRefused):
            return read_journals(kit.archive.read_file(CycleId.parse(order.earlier.cycle), JOURNALS))
    return {}


def _ask(
    order: CycleOrder, kit: Kit, story: Story, ours: _Journals, old: Mapping[bytes, JournalFact]
) -> dict[bytes, bytes]:
    """Digests of the beginnings of production's journals, as long as the old ones were."""
    wanted: dict[str, list[tuple[bytes, Beginning]]] = {}
    for path, size in prefixes_wanted(ours.facts, old):
        root, below = ours.places[path]
        if len(below) <= PATH_AT_MOST:
            wanted.setdefault(root, []).append((path, Beginning(below, size)))
    found: dict[bytes, bytes] = {}
    for root, named in wanted.items():
        paths = iter([path for path, _ in named])
        for asked, question in ask_for(order.cycle.study, root, [beginning for _, beginning in named]):
            fact = kit.production.ask(question)
            story.keep(fact)
            if len(fact.value.digests) != len(asked):
                raise AnswerRefused("production digested other beginnings than it was asked for")
            found |= {next(paths): bytes.fromhex(digest) for digest in fact.value.digests}
    return found


def _is_own_history(
    difference: JournalDifference, proven: Mapping[bytes, JournalFact], theirs: Mapping[bytes, JournalFact]
) -> bool:
    """Whether the standby's journal holds more than was proven: what it says then exists nowhere else."""
    before = proven.get(difference.path)
    is_longer = before is None or theirs[difference.path].size > before.size
    return is_longer and (before is not None or difference.fault is not JournalFault.REWRITTEN)


def _unaccepted(
    order: CycleOrder,
    findings: Findings,
    places: Mapping[bytes, tuple[str, bytes]],
    differences: Iterable[JournalDifference],
) -> Iterator[JournalDifference]:
    """Leave out what a named person accepted, and say it as a deviation."""
    for each in dict.fromkeys(differences):
        root, path = places.get(each.path, (STUDY_DIR, each.path))
        accepted = [by for by in order.deviations if by.root == root and by.covers(path, findings.began_at)]
        if accepted:
            findings.deviations += (f"journal {spell(each.path)} {each.fault} - {accepted[0].say()}",)
        else:
            yield each

"""What a letter says was found: differences, gaps and their counts. The first ten, then how many more and where."""

from collections import Counter
from collections.abc import Iterator

from dfwarm.evidence.beside import BesideRecord
from dfwarm.evidence.passage import Line, fact, item
from dfwarm.evidence.record import CycleRecord, ReportRecord, TreeRecord
from dfwarm.evidence.scope import ScopeRecord
from dfwarm.evidence.verdict import Reason
from dfwarm.evidence.weight import Weight
from dfwarm.terms import spell_duration

NAMED_AT_MOST = 10


def say_differences(record: CycleRecord) -> Iterator[Line]:
    """The differences that the verdict rests on."""
    yield from _name_some(_of(record, Weight.DIFFERENCE))


def say_open_questions(record: CycleRecord) -> Iterator[Line]:
    """Why the cycle cannot speak about equality, or what it did not examine; an error stands in the first line."""
    said = f"{record.error.kind}: {record.error.message}" if record.error else ""
    reasons = _of(record, Weight.INVALID, Weight.GAP)
    yield from _name_some(tuple(reason for reason in reasons if reason.says != said))


def say_deviations(record: CycleRecord) -> Iterator[Line]:
    """The differences that named persons accepted."""
    yield from _name_some(_of(record, Weight.DEVIATION))


def count_differences(record: CycleRecord) -> int:
    """How many differences the verdict rests on."""
    return len(_of(record, Weight.DIFFERENCE))


def say_changes(record: CycleRecord) -> Iterator[Line]:
    """What the transfer changed, in study words."""
    transfer = record.transfer
    if transfer is None:
        yield item("Nothing was transferred in this cycle.")
        return
    yield from map(item, transfer.says or ("Nothing: rsync found nothing to send.",))
    yield item(f"rsync ended with {transfer.status}: {transfer.rule}")


def say_comparison(record: CycleRecord) -> Iterator[Line]:
    """How much was held against each other, line by line. Comparing nothing is said as such."""
    if not record.reports:
        yield fact("reports", "none was compared")
    for report in record.reports:
        yield fact(report.name, f"{_say_report(report)} ({report.engine})")
    yield from (fact("beside", _say_beside(each)) for each in record.beside)
    yield fact("trees", _say_trees(record.trees) if record.trees else "not compared")
    if record.trees:
        yield from _say_readings(record.trees)
    if record.scope:
        yield from _say_scope(record.scope)
    if record.trees and record.trees.excluded:
        yield fact("left out", _list_some(record.trees.excluded))


def _say_readings(trees: TreeRecord) -> Iterator[Line]:
    """How many entries were checked and why so many, and how old the oldest reading of bytes is."""
    yield from (fact("entries", checked) for checked in trees.checked)
    if trees.data_compared:
        yield fact("data files", trees.data_compared)
    yield from (fact("by records", each) for each in trees.by_records)
    ages = (("production", trees.production_oldest_seconds), ("standby", trees.standby_oldest_seconds))
    said = ", ".join(f"{spell_duration(seconds)} on {side}" for side, seconds in ages if seconds >= 0)
    if said:
        yield fact("oldest unread file", said)


def _say_scope(scope: ScopeRecord) -> Iterator[Line]:
    """The policy, who approved it, and what this pair does not keep."""
    if scope.problem:
        approved = "NOT APPROVED"
    elif scope.approved_at:
        approved = f"approved by {scope.approved_by} on {scope.approved_at:%Y-%m-%d}"
    else:
        approved = "as it comes with this release"
    yield fact("scope", f"{scope.name}, version {scope.version} (sha256 {scope.digest[:16]}), {approved}")
    if scope.unscoped_studies:
        yield fact("not in scope", f"studies on production: {', '.join(scope.unscoped_studies)}")


def _of(record: CycleRecord, *weights: Weight) -> tuple[Reason, ...]:
    return tuple(reason for reason in record.verdict.reasons if reason.weight in weights)


def _name_some(reasons: tuple[Reason, ...]) -> Iterator[Line]:
    """Name ten, taking from each clause in turn, so that a thousand files never hide one report."""
    clauses = tuple(dict.fromkeys(reason.clause for reason in reasons))
    turns: Counter[str] = Counter()
    ranked: list[tuple[int, int, Reason]] = []
    for reason in reasons:
        ranked.append((turns[reason.clause], clauses.index(reason.clause), reason))
        turns[reason.clause] += 1
    ranked.sort(key=lambda place: place[:2])
    for _, _, reason in sorted(ranked[:NAMED_AT_MOST], key=lambda place: (place[1], place[0])):
        yield item(reason.says)
    rest = Counter(reason.clause for _, _, reason in ranked[NAMED_AT_MOST:])
    if rest:
        where = ", ".join(f"{rest[clause]:,} in {clause}" for clause in clauses if rest[clause])
        yield item(f"... and {rest.total():,} more ({where}); the record names each of them")


def _say_report(report: ReportRecord) -> str:
    gaps = f"; {len(report.gaps):,} not examined" if report.gaps else ""
    if report.differences or report.numbers:
        return f"NOT the same, {_count(len(report.differences) + len(report.numbers), 'difference')}{gaps}"
    if not report.lines or not (report.production and report.standby):
        return f"nothing to compare on a side{gaps}"
    if not report.is_identical:
        return f"NOT the same{gaps}"
    return f"the same on both sides, {_count(report.lines, 'line')}{gaps}"


def _say_beside(record: BesideRecord) -> str:
    """What the vendor and the native report say of one thing, on each side."""
    said = ", ".join(
        f"{side} {printed.problem or f'{printed.vendor:,} | {printed.native:,}'}" for side, printed in record.sides
    )
    word = "the same" if record.is_agreed else "NOT the same" if record.differences else "not examined"
    return f"{record.report} {record.label!r} is {record.figure}: {word} (vendor | native: {said})"


def _say_trees(trees: TreeRecord) -> str:
    return (
        f"{trees.compared:,} of {trees.expected:,} expected entries compared ({trees.files:,} files, {trees.bytes:,} "
        f"bytes); {_count(len(trees.differences), 'difference')}, {len(trees.gaps):,} not examined"
    )


def _list_some(names: tuple[str, ...], most: int = 5) -> str:
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{_count(len(names), 'path')} by policy: {', '.join(names[:most])}{rest}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"

"""Sections 4 and 5: what was compared, with what result, and what moved since the cycle before."""

from collections.abc import Iterator, Sequence

from dfwarm.evidence.certificate.content import NOT_KNOWN, Fact, Mark, Result, Section
from dfwarm.evidence.certificate.wording import Json, count, find, rows, short, size, text
from dfwarm.terms import spell_duration

_CHANGES_AT_MOST = 6


def results(predicate: Json) -> Section:
    """The table, above it how whole it is and how old the oldest reading of bytes that it rests on."""
    return Section(
        4,
        "Results",
        tuple(_coverage(predicate)),
        results=(
            _entries(predicate),
            _files(predicate),
            _content(predicate),
            _metadata(predicate),
            *map(_report, rows(predicate, "reports")),
            *_numbers_beside(rows(predicate, "beside")),
            _control(predicate),
        ),
    )


def since(predicate: Json) -> Section:
    """What moved since the last cycle that proved equality, and what the transfer carried over."""
    content = find(predicate, "content") or {}
    moved = tuple(f"{count(content, key):,} {word}" for key, word in _MOVES)
    previous = count(predicate, "cycle", "previous", "sequence")
    said = rows(predicate, "transfer", "says")
    rest = len(said) - _CHANGES_AT_MOST
    return Section(
        5,
        f"Since No. {previous:05d}" if previous else "Since the beginning",
        (Fact("production", f"{', '.join(moved)} (list: transfer.jsonl)"), Fact("transfer", _transfer(predicate))),
        items=(*said[:_CHANGES_AT_MOST], *((f"and {rest:,} more lines in the statement",) if rest > 0 else ())),
    )


_MOVES = (("added", "added"), ("changed", "changed"), ("deleted", "deleted"))


def _coverage(predicate: Json) -> Iterator[Fact]:
    yield from (Fact("coverage", str(each)) for each in rows(predicate, "content", "checked"))
    sides = (("production", "production"), ("standby", "the standby"))
    ages = ((name, find(predicate, "content", "oldestReadingSeconds", side)) for side, name in sides)
    said = [f"{spell_duration(age)} on {side}" for side, age in ages if isinstance(age, int) and age >= 0]
    yield Fact("bytes", f"oldest unread file: {', '.join(said) or NOT_KNOWN}")
    if by_records := count(predicate, "content", "byRecordsCount"):
        how = str(find(predicate, "content", "dataCompared") or NOT_KNOWN)
        yield Fact(
            "by records",
            f"{by_records:,} of the data files, whose bytes and times (and their folders' times) differ; {how}",
        )


def mark(production: str, standby: str) -> Mark:
    """Whether two values are one. A value that is missing was not examined."""
    if not production or not standby:
        return Mark.UNKNOWN
    return Mark.YES if production == standby else Mark.NO


def _entries(predicate: Json) -> Result:
    expected = count(predicate, "content", "entriesExpected")
    compared = count(predicate, "content", "entriesCompared")
    is_whole = compared == expected and not count(predicate, "content", "gapCount")
    differs = count(predicate, "content", "differenceCount") > 0
    found = Mark.NO if differs else Mark.YES if expected > 0 and is_whole else Mark.UNKNOWN
    return Result("entries expected | compared", f"{expected:,}", f"{compared:,}", found)


def _files(predicate: Json) -> Result:
    files, octets = count(predicate, "content", "files"), count(predicate, "content", "bytes")
    ours = f"{files:,} / {size(octets)}" if files else NOT_KNOWN
    found = _content(predicate).mark if files else Mark.UNKNOWN
    theirs = ours if found is Mark.YES else "see section 8" if found is Mark.NO else NOT_KNOWN
    return Result("files / bytes", ours, theirs, found)


def _content(predicate: Json) -> Result:
    production, standby = (find(predicate, "content", key, "sha256") or "" for key in _MANIFESTS)
    return Result("content manifest sha256", short(production), short(standby), mark(production, standby))


_MANIFESTS = ("productionManifest", "standbyManifest")


def _metadata(predicate: Json) -> Result:
    manifests = rows(predicate, "metadata", "manifests")
    sides = [[find(each, side, "sha256") or "" for each in manifests] for side in ("production", "standby")]
    said = [short(side[0]) if len(side) == 1 else f"{len(side)} roots" if side else NOT_KNOWN for side in sides]
    is_known = bool(manifests) and all(all(side) for side in sides)
    found = (Mark.YES if sides[0] == sides[1] else Mark.NO) if is_known else Mark.UNKNOWN
    return Result("metadata manifest sha256", said[0], said[1], found)


def _report(report: Json) -> Result:
    production, standby = (find(report, side, "normalised") or "" for side in ("production", "standby"))
    found = mark(production, standby)
    if found is Mark.YES and (not count(report, "lines") or count(report, "gapCount")):
        found = Mark.UNKNOWN
    if count(report, "differenceCount"):
        found = Mark.NO
    lines = f"{count(report, 'lines'):,} lines " if production == standby else ""
    said = [f"{lines}{digest[:8]}" if digest else NOT_KNOWN for digest in (production, standby)]
    return Result(f"{text(report, 'name')} ({text(report, 'engine')})", said[0], said[1], found)


def _numbers_beside(records: Sequence[Json]) -> Iterator[Result]:
    """The vendor's numbers beside the native ones: those that agree in one row, any other by itself."""
    found = [_beside(record) for record in records]
    agreeing = [each for each in found if each.mark is Mark.YES]
    yield from (each for each in found if each.mark is not Mark.YES or len(agreeing) == 1)
    if len(agreeing) > 1:
        said = f"{len(agreeing):,} of {len(found):,} agree"
        yield Result("numbers of the vendor's | native", said, said, Mark.YES)


def _beside(record: Json) -> Result:
    """A number of the vendor's beside the native one: the sides are each right or wrong in themselves."""
    printed = [find(record, side) or {} for side in ("production", "standby")]
    said = [
        NOT_KNOWN if find(side, "problem") else f"{count(side, 'vendor'):,} | {count(side, 'native'):,}"
        for side in printed
    ]
    is_read = not any(find(side, "problem") for side in printed)
    differs = any(not find(side, "problem") and count(side, "vendor") != count(side, "native") for side in printed)
    found = Mark.NO if differs else Mark.YES if is_read else Mark.UNKNOWN
    return Result(f"{text(record, 'report')} '{text(record, 'label')}': vendor | native", said[0], said[1], found)


def _control(predicate: Json) -> Result:
    is_detected = find(predicate, "negativeControl", "detected")
    seeded = count(predicate, "negativeControl", "expected")
    return Result(
        "negative control (one seeded bit)",
        f"{seeded:,} seeded" if seeded else NOT_KNOWN,
        "detected" if is_detected else "NOT detected" if seeded else NOT_KNOWN,
        Mark.YES if is_detected and seeded else Mark.NO if seeded else Mark.UNKNOWN,
    )


def _transfer(predicate: Json) -> str:
    if not find(predicate, "transfer", "isDone"):
        return "none was made"
    return f"rsync ended with {count(predicate, 'transfer', 'status')}: {text(predicate, 'transfer', 'rule')}"

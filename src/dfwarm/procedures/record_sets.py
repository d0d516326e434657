"""Differences that are none of records: the standby's server wrote the same lines in another order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from dfwarm.errors import AnswerRefused
from dfwarm.facts.record_sets import LONGEST_PATH, PATHS_AT_MOST, RecordSet
from dfwarm.manifest.difference import Comparison, Difference, DifferenceKind
from dfwarm.manifest.scope import Scope
from dfwarm.plan import questions
from dfwarm.procedures.kit import Host, Kit
from dfwarm.spelling import spell
from dfwarm.terms import StudyNumber

_WRITTEN_ANEW = frozenset({"size", "sha256", "mtime"})
"""What may differ of a file that holds the same records; of the folder around it the time alone."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A comparison without the differences that are none of records, and what was compared by records instead."""

    comparison: Comparison
    by_records: tuple[str, ...]
    paths: tuple[bytes, ...] = ()


def settle_by_records(kit: Kit, study: StudyNumber, key: str, scope: Scope, found: Comparison) -> Settled:
    """
    Take out what the policy lets differ in bytes, where both sides hold the very same lines.

    Only where the standby's server ran since the transfer: before that, bytes are what was sent. Each side digests its
    own file; what was read has to be what was listed.
    """
    wanted = {each.path: each for each in found.differences if _may_be_settled(each, scope)}
    same = {path for part in _parts(wanted) for path in _equal_records(kit, study, key, wanted, part)}
    folders = {path.rpartition(b"/")[0] or b"." for path in same}
    left = tuple(each for each in found.differences if each.path not in same and not _moved_along(each, folders))
    return Settled(
        replace(found, differences=left),
        tuple(f"{spell(path)}: the same records, written anew by the standby's server" for path in sorted(same)),
        tuple(sorted(same)),
    )


def _may_be_settled(difference: Difference, scope: Scope) -> bool:
    return (
        difference.kind is DifferenceKind.CONTENT
        and scope.takes_by_records(difference.path)
        and _words(difference) <= _WRITTEN_ANEW
        and len(difference.path) <= LONGEST_PATH
    )


def _moved_along(difference: Difference, folders: set[bytes]) -> bool:
    """Whether a folder differs in nothing but the time that a file in it was replaced."""
    return difference.path in folders and difference.kind is DifferenceKind.METADATA and _words(difference) == {"mtime"}


def _words(difference: Difference) -> set[str]:
    return {detail.partition(" ")[0] for detail in difference.details}


def _parts(wanted: dict[bytes, Difference]) -> Iterator[tuple[bytes, ...]]:
    left = iter(sorted(wanted))
    while part := tuple(islice(left, PATHS_AT_MOST)):
        yield part


def _equal_records(
    kit: Kit, study: StudyNumber, key: str, wanted: dict[bytes, Difference], part: tuple[bytes, ...]
) -> Iterator[bytes]:
    ours, theirs = (_ask(host, study, key, part) for host in (kit.production, kit.standby))
    for here, there in zip(ours, theirs, strict=True):
        difference = wanted[here.path]
        is_as_listed = _is_listed(here, difference, "production") and _is_listed(there, difference, "standby")
        if is_as_listed and 0 < here.lines == there.lines and here.records == there.records:
            yield here.path


def _is_listed(said: RecordSet, difference: Difference, side: str) -> bool:
    entry = difference.production if side == "production" else difference.standby
    return not said.problem and entry is not None and said.sha256 == entry.digest.hex()


def _ask(host: Host, study: StudyNumber, key: str, part: tuple[bytes, ...]) -> tuple[RecordSet, ...]:
    said = host.ask(questions.records(study, key, part)).value.sets
    if tuple(each.path for each in said) != part:
        raise AnswerRefused(f"{host.name} digested other data files than were asked for")
    return said

"""Renewals verified: each follows the one before, covers what it should, and has a token of somebody who is trusted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dfwarm.errors import AuditBroken, HistoryBroken, LineUnreadable, TokenRefused
from dfwarm.evidence.renewal import (
    RENEWED,
    Renewal,
    digest_of,
    digests_before,
    files_of,
    parse_renewal,
    renewal_name,
    texts_of,
)
from dfwarm.evidence.sums import SIGNATURE, STATEMENT, TOKENS
from dfwarm.evidence.token import Authorities, check_token
from dfwarm.facts.audit import read_trail
from dfwarm.terms import CycleId

SEALS = (STATEMENT, SIGNATURE, *TOKENS)


@dataclass(frozen=True, slots=True)
class Renewed:
    """
    The renewals of a log as they lie there, by name, and what they are held against.

    `read` gives a file of a cycle's bundle, or nothing; what `is_gone` names cannot be there any more. `trail` is the
    audit trail, empty where it is not at hand.
    """

    origin: str
    files: Mapping[str, bytes]
    cycles: tuple[CycleId, ...]
    roots: tuple[bytes, ...]
    read: Callable[[CycleId, str], bytes]
    is_gone: Callable[[CycleId], bool]
    authorities: Authorities = field(default_factory=Authorities)
    trail: bytes = b""


def unrenewed(renewed: Renewed) -> Iterator[str]:
    """What speaks against the renewals. None at all is sound: nothing had to be renewed yet."""
    covered: set[tuple[CycleId, str]] = set()
    before: dict[str, bytes] = {}
    last = datetime.min.replace(tzinfo=UTC)
    for number, name in enumerate(texts_of(renewed.files), start=1):
        try:
            found = _read(renewed, name, number)
            last = _stamped(renewed, name, last)
        except (HistoryBroken, TokenRefused, LineUnreadable) as error:
            yield f"{name}: {error}"
            return
        yield from (f"{name}: {says}" for says in _misfits(renewed, found, before))
        covered |= found.files.keys()
        yield from (f"{name}: {says}" for says in _uncovered(renewed, found, covered))
        before |= {each: renewed.files[each] for each in files_of(name, renewed.files)}
    yield from _unrecorded(renewed)


def _read(renewed: Renewed, name: str, number: int) -> Renewal:
    found = parse_renewal(renewed.files[name])
    if name != renewal_name(number) or found.number != number:
        raise HistoryBroken(f"it is renewal {found.number}, and renewal {number} is missing or was moved")
    if found.origin != renewed.origin:
        raise HistoryBroken(f"it is of the log {found.origin}, not of {renewed.origin}")
    if found.size >= len(renewed.roots) or renewed.roots[found.size].hex() != found.root:
        raise HistoryBroken(f"the log of {found.size} leaves had another root when it was renewed")
    return found


def _stamped(renewed: Renewed, name: str, last: datetime) -> datetime:
    tokens = files_of(name, renewed.files)[1:]
    if not tokens:
        raise HistoryBroken("it has no time-stamp, so it renews nothing")
    checked = [check_token(renewed.files[each], renewed.files[name], renewed.authorities) for each in tokens]
    moments = [token.stamped_at for token in checked]
    if min(moments) < last:
        raise HistoryBroken("its time-stamp is older than that of the renewal before it")
    return min(moments)


def _misfits(renewed: Renewed, found: Renewal, before: Mapping[str, bytes]) -> Iterator[str]:
    if found.previous != digests_before(before):
        yield "it was made over another renewal than the one before it"
    for (cycle, name), digest in found.files.items():
        content = renewed.read(cycle, name)
        if content and digest_of(content) != digest:
            yield f"{name} of {cycle} is not what was renewed"
        elif not content and not renewed.is_gone(cycle):
            yield f"{name} of {cycle} was renewed and is missing"


def _uncovered(renewed: Renewed, found: Renewal, covered: set[tuple[CycleId, str]]) -> Iterator[str]:
    """The seals that the log had at that time and that no renewal lists. A token may have come later."""
    for cycle in renewed.cycles[: found.size]:
        for name in (STATEMENT, SIGNATURE):
            if (cycle, name) not in covered and not renewed.is_gone(cycle):
                yield f"it leaves out {name} of {cycle}"


def _unrecorded(renewed: Renewed) -> Iterator[str]:
    """The audit trail knows each renewal, so that none can be put in or taken away at the end."""
    if not renewed.trail:
        return
    try:
        trail = read_trail(renewed.trail)
    except AuditBroken:  # which the step about the trail says
        return
    known = {entry.after for entry, _ in trail if entry.act == RENEWED and entry.subject == renewed.origin}
    there = {recorded_as(name, renewed.files[name]): name for name in texts_of(renewed.files)}
    yield from (f"{there[each]} is not in the audit trail" for each in sorted(there.keys() - known))
    yield from (f"{each.split()[0]} is in the audit trail and is missing" for each in sorted(known - there.keys()))


def recorded_as(name: str, content: bytes) -> str:
    """How the audit trail names a renewal."""
    return f"{name} sha512 {digest_of(content)}"

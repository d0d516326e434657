"""Let evidence go after its retention: written down first, by one person, approved by another."""

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.compaction import bases_of, restore
from dfwarm.equipment.durable import sync_folder
from dfwarm.equipment.history import STATEMENT
from dfwarm.errors import RetentionHolds
from dfwarm.facts.audit import Entry
from dfwarm.terms import CycleId, StudyNumber

EXPIRED = "evidence expired"
_DIGEST = "statement sha256 "


@dataclass(frozen=True, slots=True)
class Approval:
    """Who lets the evidence go, who approved it, and why."""

    by: str
    approver: str
    reason: str


def expire(
    archive: Archive,
    audit: AuditTrail,
    study: StudyNumber,
    *,
    before: datetime,
    retained_since: datetime,
    approval: Approval,
) -> tuple[CycleId, ...]:
    """
    Remove the bundles of a study that ended before a moment, oldest first.

    Raises RetentionHolds where one of them ended after `retained_since`, and where one person does both acts; nothing
    is removed then. Bundles that stay and need the listings of one that goes are made whole first.
    """
    if approval.by.casefold() == approval.approver.casefold():
        raise RetentionHolds("the one who lets evidence go cannot be the one who approves it")
    going = tuple(cycle for cycle in archive.cycles(study) if archive.read(cycle).ended_at < before)
    for cycle in going:
        ended_at = archive.read(cycle).ended_at
        if ended_at >= retained_since:
            raise RetentionHolds(f"cycle {cycle} of {ended_at:%Y-%m-%d} is to be kept longer; nothing was removed")
    _make_others_whole(archive, study, frozenset(map(str, going)))
    for cycle in going:
        _let_go(archive, audit, cycle, approval)
    return going


def expired_in(trail: tuple[tuple[Entry, str], ...]) -> Mapping[CycleId, str]:
    """The cycles that were let go by the audit trail, with the digest of the statement that each one had."""
    return {
        CycleId.parse(entry.subject): entry.before.removeprefix(_DIGEST) for entry, _ in trail if entry.act == EXPIRED
    }


def _make_others_whole(archive: Archive, study: StudyNumber, going: frozenset[str]) -> None:
    for cycle in archive.cycles(study):
        if str(cycle) not in going and bases_of(archive.place(cycle)) & going:
            restore(archive.place(cycle))


def _let_go(archive: Archive, audit: AuditTrail, cycle: CycleId, approval: Approval) -> None:
    folder = archive.place(cycle)
    statement = folder / STATEMENT
    digest = hashlib.sha256(statement.read_bytes()).hexdigest() if statement.exists() else ""
    after = f"removed; approved by {approval.approver}"
    audit.append(EXPIRED, str(cycle), by=approval.by, reason=approval.reason, before=_DIGEST + digest, after=after)
    aside = folder.with_name(f".{folder.name}.expired")
    folder.rename(aside)
    sync_folder(folder.parent)
    shutil.rmtree(aside)

"""Evidence that is kept, made small, expires by a recorded act, and is verified through all of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive_maker import make_record
from dfwarm.equipment.audit import AuditTrail
from dfwarm.errors import RetentionHolds
from dfwarm.facts.audit import read_trail
from dfwarm.procedures.expiry import Approval, expire
from dfwarm.procedures.history import verify_study_history
from history_forge import STUDY, Forge

APPROVAL = Approval("qa-1", "qa-2", "retention is over")
DAY = datetime(2026, 10, 3, tzinfo=UTC)


def history_of_records(folder: Path, count: int) -> Forge:
    forged = Forge(folder)
    for sequence in range(1, count + 1):
        forged.archive.write(make_record(sequence), {})
        tie = forged.history.before(STUDY, forged.archive)
        place = forged.place(sequence)
        for path in place.iterdir():
            path.rename(path.with_name(f"{path.name}.kept"))
        place.rename(place.with_name("aside"))
        forged.write(sequence, tie)
        for path in place.with_name("aside").iterdir():
            path.rename(place / path.name.removesuffix(".kept"))
        place.with_name("aside").rmdir()
        forged.history.catch_up(STUDY, forged.archive)
    return forged


@pytest.mark.requirement("URS-EVD-09")
def test_evidence_goes_only_after_its_retention_by_two_persons_and_the_history_says_so(tmp_path: Path) -> None:
    forged = history_of_records(tmp_path, 4)
    audit = AuditTrail(tmp_path / "audit.jsonl", lambda: DAY)
    archive = forged.archive

    def let_go(approval: Approval, retained_since: datetime) -> int:
        when = {"before": DAY, "retained_since": retained_since}
        return len(expire(archive, audit, STUDY, **when, approval=approval))

    with pytest.raises(RetentionHolds, match="035-00001 of 2026-10-01 is to be kept longer"):
        let_go(APPROVAL, datetime(2001, 1, 1, tzinfo=UTC))
    with pytest.raises(RetentionHolds, match="cannot be the one who approves"):
        let_go(Approval("qa-1", "QA-1", "x"), DAY)
    assert len(archive.cycles(STUDY)) == 4
    assert let_go(APPROVAL, DAY) == 2
    assert [cycle.sequence for cycle in archive.cycles(STUDY)] == [3, 4]
    trail = read_trail(audit.content)
    assert [(entry.act, entry.subject, entry.actor.by) for entry, _ in trail] == [
        ("evidence expired", "035-00001", "qa-1"),
        ("evidence expired", "035-00002", "qa-1"),
    ]
    content = audit.content
    steps = verify_study_history(STUDY, forged.history, archive, forged.trusted, lines=(), audit=content)
    assert [step.problems for step in steps if not step.is_sound] == []
    unsaid = verify_study_history(
        STUDY, forged.history, archive, forged.trusted, lines=(), audit=content[: content.find(b"\n") + 1]
    )
    assert "035-00002 is missing" in unsaid[1].problems[0]

"""Records of cycles as they lie in an archive, without a pair that ran them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.evidence.record import FORMAT, CycleRecord, TreeRecord
from dfwarm.evidence.verdict import Reason, Verdict
from dfwarm.evidence.weight import Weight
from dfwarm.terms import CycleId, Outcome, StudyNumber

STUDY = StudyNumber(35)
BEGIN = datetime(2026, 10, 1, 2, tzinfo=UTC)


def make_record(sequence: int, outcome: Outcome = Outcome.EQUIVALENT, began_at: datetime | None = None) -> CycleRecord:
    at = began_at or BEGIN + timedelta(days=sequence - 1)
    reasons = () if outcome is Outcome.EQUIVALENT else (Reason("entries", Weight.GAP, "not examined"),)
    return CycleRecord(
        format=FORMAT,
        cycle=CycleId(STUDY, sequence),
        pair="pair",
        study_name="Trial",
        production_host="dfprod1",
        standby_host="dfwarm1",
        began_at=at,
        ended_at=at + timedelta(minutes=4),
        as_of=at + timedelta(minutes=1),
        as_of_known_by="production was held",
        held_seconds_milli=31_000,
        verdict=Verdict(outcome, "2", reasons, 10, 10, 12),
        steps=(),
        activity=(),
        transfer=None,
        trees=TreeRecord(10, 10, 8, 3_000_000_000, (), (), ()),
        reports=(),
        clocks=(),
        error=None,
        remarks=(),
        config_digest="c" * 64,
        ledger_head="d" * 64,
        software="dfwarm 0.1.0",
        rpo_seconds=86_400,
        previous_equivalent_as_of=None,
    )


def fill_archive(folder: Path, count: int, *outcomes: Outcome) -> Archive:
    """An archive of `count` cycles; the outcomes are those of the first ones, the others are EQUIVALENT."""
    archive = Archive(folder / "records")
    for sequence in range(1, count + 1):
        outcome = outcomes[sequence - 1] if sequence <= len(outcomes) else Outcome.EQUIVALENT
        archive.write(make_record(sequence, outcome), {"letter.txt": b"letter\n"})
    return archive


def turn(archive: Archive, sequence: int, outcome: Outcome) -> None:
    """Write another record in place of one, as no dfwarm does."""
    from dfwarm import wire

    record = replace(make_record(sequence, outcome), remarks=("turned",))
    (archive.place(record.cycle) / "cycle.json").write_text(wire.dump_indented(record) + "\n")

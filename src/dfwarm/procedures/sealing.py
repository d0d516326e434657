"""Seal a record before it gets its name, later where that failed, and complete what still waits for a time-stamp."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import DfwarmError
from dfwarm.evidence.certificate.content import Certificate
from dfwarm.evidence.certificate.writing import write_certificate
from dfwarm.evidence.letter import Letter, write_letter
from dfwarm.evidence.record import CycleRecord
from dfwarm.evidence.seal import SealFacts, SealState
from dfwarm.evidence.statement import Ties, build_statement
from dfwarm.evidence.sums import STATEMENT
from dfwarm.procedures.history import log_cycle
from dfwarm.procedures.kit import Kit
from dfwarm.terms import CycleId

SMALL_BYTES = 1 << 16
"""On a disk with no room for a bundle only files of at most this size are kept, and the record itself."""


def keep_sealed(kit: Kit, record: CycleRecord, files: dict[str, bytes]) -> Letter:
    """
    Write the record and its files, seal them, write the letter that says so, and name the folder once.

    Where the disk has no room for all of it, the facts of the cycle are kept without what is large, unsealed.
    """
    try:
        aside = kit.archive.stage(record, files)
        seal = kit.sealer.seal(aside, record, lambda: _ties(kit, record.cycle))
        letter = _write_letter(kit, record, seal, aside)
    except OSError as error:
        small = {name: content for name, content in files.items() if len(content) <= SMALL_BYTES}
        aside = kit.archive.stage(record, small)
        seal = SealFacts(SealState.UNSEALED, problem=f"the bundle could not be written: {error.strerror}")
        letter = _write_letter(kit, record, seal, aside)
    kit.archive.publish(record.cycle)
    return letter


def seal_later(kit: Kit, cycle: CycleId) -> SealFacts:
    """
    Seal a record that was left unsealed, marked as late; complete one that waits. Raises RecordUnknown.

    The letter is written anew in each case, so that one that was altered, or whose signature failed, is whole again.
    """
    folder = kit.archive.place(cycle)
    record = kit.archive.read(cycle)
    seal = kit.sealer.look(folder)
    if seal.state is SealState.UNSEALED:
        seal = kit.sealer.seal(folder, record, lambda: _ties(kit, cycle), is_late=True)
    elif seal.state is SealState.TOKEN_PENDING:
        seal = kit.sealer.complete(folder)
    _write_letter(kit, record, seal, folder)
    log_cycle(kit, cycle)
    return seal


@dataclass(frozen=True, slots=True)
class Completed:
    """A cycle that waited for its time-stamp, and how it is sealed now."""

    cycle: CycleId
    seal: SealFacts


def complete_pending(kit: Kit) -> Iterator[Completed]:
    """Ask for every token that is still pending."""
    for study in kit.archive.studies():
        for cycle in kit.archive.cycles(study):
            if kit.sealer.look(kit.archive.place(cycle)).state is SealState.TOKEN_PENDING:
                yield Completed(cycle, seal_later(kit, cycle))


def _write_letter(kit: Kit, record: CycleRecord, seal: SealFacts, folder: Path) -> Letter:
    letter = write_letter(record, str(kit.archive.place(record.cycle)), seal, _certify(kit, record, seal, folder))
    write_durably(folder / "letter.txt", letter.text.encode())
    write_durably(folder / "letter.html", letter.html.encode())
    with contextlib.suppress(DfwarmError):  # the seal stands; `verify` says that the letter is not signed
        if seal.statement_digest:
            from dfwarm.equipment.renderings import keep_certificate

            keep_certificate(folder, seal, kit.sealer.reviews(folder))
        kit.sealer.sign_renderings(folder)
    return letter


def _certify(kit: Kit, record: CycleRecord, seal: SealFacts, folder: Path) -> Certificate | None:
    """
    The certificate that goes below the letter. Where nothing is sealed it is made from what would have been.

    A letter is sent whatever happens: one whose certificate cannot be written says so much more in its own words.
    """
    try:
        is_sealed = bool(seal.statement_digest)
        statement = (folder / STATEMENT).read_bytes() if is_sealed else build_statement(record, Ties(), "")
        reviews = kit.sealer.reviews(folder) if is_sealed else ()
        return write_certificate(json.loads(statement), seal, reviews)
    except (DfwarmError, OSError, ValueError):
        return None


def _ties(kit: Kit, cycle: CycleId) -> Ties:
    tie = kit.history.before(cycle.study, kit.archive)
    return Ties(tie.sequence, tie.digest, tie.size, tie.root)

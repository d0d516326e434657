"""Gather what an inspector gets: bundles, the logs of their studies, and how to verify them."""

import hashlib
from dataclasses import dataclass
from functools import partial
from importlib.resources import files

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.export_writing import Item, item_of
from dfwarm.equipment.history import History
from dfwarm.errors import RecordUnknown
from dfwarm.evidence.export.layout import (
    AUDIT,
    GUIDE,
    PROOF_SCRIPT,
    README,
    SCRIPT,
    Listed,
    bundle_folder,
    write_readme,
)
from dfwarm.evidence.proof_names import GROWTH, INCLUSION
from dfwarm.evidence.sums import STATEMENT
from dfwarm.terms import CycleId, StudyNumber


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where the evidence of a pair lies."""

    pair: str
    archive: Archive
    history: History
    audit: AuditTrail


def gather(shelves: Shelves, cycles: tuple[CycleId, ...]) -> tuple[Item, ...]:
    """Everything that goes into an export of these cycles. Raises RecordUnknown where there is none."""
    if not cycles:
        raise RecordUnknown("no cycle on record is in what was asked for, so there is nothing to export")
    listed = tuple(_listed(shelves.archive, cycle) for cycle in cycles)
    return (
        item_of(README, write_readme(shelves.pair, listed).encode()),
        item_of(SCRIPT, _text("VERIFY-EXPORT.sh")),
        item_of(GUIDE, _text("VERIFY.txt")),
        item_of(PROOF_SCRIPT, _text("PROOF.py.txt")),
        *((item_of(AUDIT, shelves.audit.content),) if shelves.audit.content else ()),
        *(item for cycle in cycles for item in _bundle(shelves.archive, cycle)),
        *(item for study in sorted({cycle.study for cycle in cycles}) for item in _log(shelves.history, study)),
        *(item for cycle in cycles for item in _proof(shelves.history, cycle)),
    )


def _listed(archive: Archive, cycle: CycleId) -> Listed:
    record, statement = archive.read(cycle), archive.place(cycle) / STATEMENT
    digest = hashlib.sha256(statement.read_bytes()).hexdigest() if statement.exists() else ""
    return Listed(cycle, record.began_at, record.outcome, digest)


def _bundle(archive: Archive, cycle: CycleId) -> tuple[Item, ...]:
    files_of = open_bundle(archive.place(cycle), asked=cycle).files
    return tuple(Item(bundle_folder(cycle) + name, partial(files_of.pieces, name)) for name in sorted(files_of.names))


def _log(history: History, study: StudyNumber) -> tuple[Item, ...]:
    folder = history.place(study)
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    items = [item_of(f"log/{study:03d}/{path.relative_to(folder).as_posix()}", path.read_bytes()) for path in found]
    dated = sorted(folder.glob("checkpoint.????-??-??"))[:1]
    growth = ((f"log/{study:03d}/proofs/{each.name}{GROWTH}", each) for each in dated)
    items += [item_of(name, history.prove_since(study, each.read_bytes()).encode()) for name, each in growth]
    return tuple(items)


def _proof(history: History, cycle: CycleId) -> tuple[Item, ...]:
    """The proof that a cycle's statement is in the log; none where it is not sealed."""
    if all(leaf.cycle != cycle for leaf in history.leaves(cycle.study)):
        return ()
    return (item_of(f"log/{cycle.study:03d}/proofs/{cycle}{INCLUSION}", history.prove(cycle).encode()),)


def _text(name: str) -> bytes:
    return (files("dfwarm.equipment.instructions") / name).read_bytes()

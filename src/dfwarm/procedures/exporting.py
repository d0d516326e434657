"""Gather what an inspector gets: bundles, the logs of their studies, and how to verify them."""

import hashlib
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.bundle_folder import open_bundle
from dfwarm.equipment.export_writing import Item, item_of
from dfwarm.equipment.history import History
from dfwarm.errors import RecordUnknown
from dfwarm.evidence.export.layout import GUIDE, README, SCRIPT, Listed, bundle_folder, write_readme
from dfwarm.evidence.sums import STATEMENT
from dfwarm.terms import CycleId, StudyNumber


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where the evidence of a pair lies."""

    pair: str
    archive: Archive
    history: History


def gather(shelves: Shelves, cycles: tuple[CycleId, ...]) -> tuple[Item, ...]:
    """Everything that goes into an export of these cycles. Raises RecordUnknown where there is none."""
    if not cycles:
        raise RecordUnknown("no cycle on record is in what was asked for, so there is nothing to export")
    listed = tuple(_listed(shelves.archive, cycle) for cycle in cycles)
    return (
        item_of(README, write_readme(shelves.pair, listed).encode()),
        item_of(SCRIPT, _text("VERIFY-EXPORT.sh")),
        item_of(GUIDE, _text("VERIFY.txt")),
        *(item for cycle in cycles for item in _bundle(shelves.archive, cycle)),
        *(item for study in sorted({cycle.study for cycle in cycles}) for item in _log(shelves.history, study)),
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
    found = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    return tuple(item_of(f"log/{study:03d}/{path.name}", Path.read_bytes(path)) for path in found)


def _text(name: str) -> bytes:
    return (files("dfwarm.equipment.instructions") / name).read_bytes()

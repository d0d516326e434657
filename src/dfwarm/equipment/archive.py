"""Where the records of cycles are kept: a folder each, written aside, forced to disk, then given its name."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import sync_folder, write_durably
from dfwarm.equipment.proven import Proven
from dfwarm.errors import LedgerBroken, RecordUnknown
from dfwarm.evidence.record import CycleRecord
from dfwarm.terms import CycleId, StudyNumber

RECORD = "cycle.json"


@dataclass(frozen=True, slots=True)
class Archive:
    """The records below one folder: `035/035-00042/`."""

    folder: Path

    @property
    def proven(self) -> Proven:
        """What the last equivalent cycle of each study proved, beside the records."""
        return Proven(self.folder.parent / "proven")

    def place(self, cycle: CycleId) -> Path:
        """Where the record of a cycle lies once it is written."""
        return self.folder / f"{cycle.study:03d}" / str(cycle)

    def write(self, record: CycleRecord, files: dict[str, bytes]) -> Path:
        """Write a record whole or not at all. A record that is there already is never replaced."""
        self.stage(record, files)
        return self.publish(record.cycle)

    def stage(self, record: CycleRecord, files: dict[str, bytes]) -> Path:
        """Write a record aside, under a name that nobody takes for a record. More files may be added to it there."""
        place = self.place(record.cycle)
        if place.exists():
            raise LedgerBroken(f"the record of cycle {record.cycle} is there already")
        aside = self._aside(record.cycle)
        shutil.rmtree(aside, ignore_errors=True)
        for name, content in {**files, RECORD: wire.dump_indented(record).encode() + b"\n"}.items():
            _write_file(aside / name, content)
        return aside

    def publish(self, cycle: CycleId) -> Path:
        """Force a record that was written aside to disk and give it its name, once."""
        aside, place = self._aside(cycle), self.place(cycle)
        for folder in {aside, *(path.parent for path in aside.rglob("*"))}:
            sync_folder(folder)
        aside.rename(place)
        sync_folder(place.parent)
        return place

    def _aside(self, cycle: CycleId) -> Path:
        place = self.place(cycle)
        return place.with_name(f".{place.name}.part")

    def add(self, cycle: CycleId, name: str, content: bytes) -> None:
        """Put a file beside a record that is written: what became of its letter."""
        write_durably(self.place(cycle) / name, content)

    def has(self, cycle: CycleId) -> bool:
        """Tell whether the record of a cycle is written."""
        return (self.place(cycle) / RECORD).exists()

    def read(self, cycle: CycleId) -> CycleRecord:
        """Read a record. Raises RecordUnknown."""
        return wire.load(CycleRecord, self.read_file(cycle, RECORD))

    def read_file(self, cycle: CycleId, name: str) -> bytes:
        """Read one file of a record. Raises RecordUnknown."""
        try:
            return (self.place(cycle) / name).read_bytes()
        except OSError as error:
            raise RecordUnknown(f"record {cycle} has no {name}: {error.strerror}") from error

    def studies(self) -> tuple[StudyNumber, ...]:
        """The studies that have records."""
        if not self.folder.is_dir():
            return ()
        return tuple(sorted(StudyNumber(int(path.name)) for path in self.folder.iterdir() if path.name.isdigit()))

    def cycles(self, study: StudyNumber) -> tuple[CycleId, ...]:
        """The recorded cycles of a study, oldest first."""
        folder = self.folder / f"{study:03d}"
        if not folder.is_dir():
            return ()
        return tuple(sorted(CycleId.parse(path.name) for path in folder.iterdir() if not path.name.startswith(".")))


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())

"""
Parcels of what grows: checkpoints of the logs, and the audit trail.

A place never replaces a file, so each state of them goes as a parcel of its own. It is kept here until every place has
it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.durable import write_durably
from dfwarm.equipment.history import CHECKPOINT, RENEWALS, WITNESS_KEY, History
from dfwarm.equipment.parcel import Parcel
from dfwarm.evidence.checkpoint import WITNESSED
from dfwarm.evidence.renewal import files_of, texts_of
from dfwarm.terms import StudyNumber


@dataclass(frozen=True, slots=True)
class Outbox:
    """The parcels that wait below one folder."""

    folder: Path

    def pack_log(self, history: History, study: StudyNumber) -> None:
        """Pack the checkpoint of a study's log as it is now, with the witness's signature and the public keys."""
        size = len(history.leaves(study))
        place = history.place(study)
        files = (place / CHECKPOINT, place / WITNESSED, place / f"{WITNESSED}.sig")
        keys = (history.key.public, history.folder / WITNESS_KEY)
        if size:
            self._pack(f"log/{study:03d}/{size:08d}", (*files, *keys))
        renewals = history.renewals(study)
        for text in texts_of(renewals):
            names = (place / RENEWALS / name for name in files_of(text, renewals))
            self._pack(f"log/{study:03d}/{text.removesuffix('.sha512')}", tuple(names))

    def pack_trail(self, trail: AuditTrail) -> None:
        """Pack the audit trail as it is now."""
        if trail.path.exists():
            self._pack(f"audit/{trail.head[:16]}", (trail.path,))

    def parcels(self) -> tuple[Parcel, ...]:
        """Every parcel that waits."""
        return tuple(Parcel(self.folder, name) for name in sorted(self._names()))

    def drop(self, parcel: Parcel) -> None:
        """Let a parcel go that every place has."""
        shutil.rmtree(parcel.folder)

    def _pack(self, name: str, files: tuple[Path, ...]) -> None:
        folder = self.folder / name
        if folder.is_dir():
            return
        folder.mkdir(parents=True, mode=0o700)
        for file in files:
            if file.exists():
                write_durably(folder / file.name, file.read_bytes())

    def _names(self) -> Iterator[str]:
        for folder in (*self.folder.glob("log/*/*"), *self.folder.glob("audit/*")):
            if folder.is_dir():
                yield str(folder.relative_to(self.folder))

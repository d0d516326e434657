"""
Production's manifests of the last EQUIVALENT cycle of each study: what tells later which side of a difference is wrong.

This is history and no evidence: it can be lost, and then nobody says which side is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dfwarm.equipment.durable import write_durably
from dfwarm.errors import AnswerRefused
from dfwarm.manifest.listing import Manifest
from dfwarm.manifest.stream import AS_IT_IS, decode, encode
from dfwarm.terms import CycleId, StudyNumber


@dataclass(frozen=True, slots=True)
class Proven:
    """The manifests below one folder, named as `035-00041.STUDY_DIR.manifest`."""

    folder: Path

    def keep(self, cycle: CycleId, manifests: Mapping[str, Manifest]) -> None:
        """Keep the manifests of a cycle in place of those of the one before, by the keys of their roots."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for key, manifest in manifests.items():
            write_durably(self.folder / f"{cycle}.{key}.manifest", b"".join(encode(manifest, squeeze=AS_IT_IS)))
        for path in self.folder.glob(f"{cycle.study:03d}-*.manifest"):
            if _cycle_of(path) != cycle:
                path.unlink(missing_ok=True)

    def find(self, study: StudyNumber, key: str, before: CycleId) -> tuple[Manifest, ...]:
        """The manifest of a root that was proven before a cycle; none where none is kept, or it cannot be read."""
        for path in self.folder.glob(f"{study:03d}-*.{key}.manifest"):
            if _cycle_of(path) < before:
                try:
                    return (decode(path.read_bytes(), is_own=True),)
                except (OSError, AnswerRefused):
                    return ()
        return ()


def _cycle_of(path: Path) -> CycleId:
    return CycleId.parse(path.name.partition(".")[0])

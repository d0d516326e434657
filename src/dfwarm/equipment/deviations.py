"""Where accepted differences are kept: one file a study, a JSON line each, never taken out of it again."""

from dataclasses import dataclass
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.plan.deviation import Deviation
from dfwarm.terms import StudyNumber


@dataclass(frozen=True, slots=True)
class Deviations:
    """The accepted differences below one folder."""

    folder: Path

    def of(self, study: StudyNumber) -> tuple[Deviation, ...]:
        """Those of a study, also the ones that are over. Raises AnswerRefused where the file is damaged."""
        path = self._path(study)
        lines = path.read_bytes().splitlines() if path.exists() else []
        return tuple(wire.load(Deviation, line) for line in lines)

    def add(self, study: StudyNumber, deviation: Deviation) -> None:
        """Add one. Hold the pair's lock."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        whole = b"".join(wire.dump_line(each) for each in (*self.of(study), deviation))
        write_durably(self._path(study), whole)

    def _path(self, study: StudyNumber) -> Path:
        return self.folder / f"{study:03d}.jsonl"

"""A proof in a file, verified with what lies around it: the statement in the same folder, if there is one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dfwarm.errors import HistoryBroken
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.proof_files import check_proof_file

_LARGEST_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class ProofResult:
    """How the verification of a proof went. `problem` is empty where it holds."""

    proof: str
    saw: str
    problem: str

    @classmethod
    def of(cls, file: Path, trusted: LogTrust) -> Self:
        """Verify the proof in a file."""
        try:
            with file.open("rb") as opened:
                content = opened.read(_LARGEST_BYTES + 1)
            return cls(
                str(file), check_proof_file(file.name, content, trusted, lambda _, name: _beside(file, name)), ""
            )
        except OSError as error:
            return cls(str(file), "", f"it cannot be read: {error.strerror}")
        except HistoryBroken as error:
            return cls(str(file), "", str(error))

    @property
    def code(self) -> int:
        """The exit code."""
        return HistoryBroken.exit_code if self.problem else 0

    def __str__(self) -> str:
        return f"REFUSED  {self.proof}: {self.problem}" if self.problem else f"HOLDS    {self.proof}: {self.saw}"


def _beside(file: Path, name: str) -> bytes:
    found = file.with_name(name)
    return found.read_bytes() if found.is_file() else b""

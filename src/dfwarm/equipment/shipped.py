"""Where is kept what was shipped between cycles, and where journals wait until they are checked."""

import contextlib
import hashlib
import os
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.errors import AnswerRefused
from dfwarm.facts.growth import Shipped
from dfwarm.terms import StudyNumber

_BLOCK = 1 << 20


class ShippedShelf:
    """One small file a study; it is no evidence, and losing it costs a look at what came since the last cycle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, study: StudyNumber) -> Shipped | None:
        """What was shipped of a study; nothing where the file is not there or cannot be read."""
        with contextlib.suppress(OSError, AnswerRefused):
            return wire.load(Shipped, self._path(study).read_bytes())
        return None

    def keep(self, study: StudyNumber, shipped: Shipped) -> None:
        """Keep it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(self._path(study), wire.dump(shipped))

    def staging(self, study: StudyNumber, key: str) -> str:
        """A folder of our own for the journals of a root."""
        folder = self._folder / f"{study:03d}" / key
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return str(folder)

    def digest(self, folder: str, path: bytes, size: int) -> str:
        """The digest of the first bytes of a journal that waits there; empty where it is shorter."""
        digest = hashlib.sha256()
        with contextlib.suppress(OSError), open(os.path.join(os.fsencode(folder), path), "rb") as file:
            while size and (block := file.read(min(size, _BLOCK))):
                digest.update(block)
                size -= len(block)
            return "" if size else digest.hexdigest()
        return ""

    def size(self, folder: str, path: bytes) -> int:
        """How long a journal is that waits there; -1 where none does."""
        try:
            return os.stat(os.path.join(os.fsencode(folder), path)).st_size
        except OSError:
            return -1

    def _path(self, study: StudyNumber) -> Path:
        return self._folder / f"{study:03d}.json"

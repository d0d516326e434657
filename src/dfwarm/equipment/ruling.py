"""The rulings that one keeper has on disk, and the lock under which its study is written to."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dfwarm import wire
from dfwarm.equipment.durable import write_durably
from dfwarm.errors import AuthorityRefused, PairBusy
from dfwarm.facts.ruling import Claim, Ruled, Ruling, admit


@dataclass(frozen=True, slots=True)
class Rulings:
    """What one keeper (a side, or the controller) was told of who rules."""

    folder: Path
    keeper: str

    def find(self, pair: str) -> Ruled:
        """What is on record of a pair. Raises AuthorityRefused where the record cannot be read."""
        path = self._path(pair)
        try:
            return Ruled((wire.load(Ruling, path.read_bytes()),))
        except FileNotFoundError:
            return Ruled(())
        except Exception as error:
            raise AuthorityRefused(f"record of authority {path} cannot be read: {error}") from error

    def keep(self, ruling: Ruling) -> None:
        """Put a ruling on record. Raises AuthorityRefused for a number that is not higher than the one on record."""
        with self.alone(ruling.pair):
            known = self.find(ruling.pair)
            if known.rulings == (ruling,):
                return
            if ruling.epoch <= known.epoch:
                raise AuthorityRefused(f"epoch {known.epoch} is on record, and {ruling.epoch} is not higher")
            write_durably(self._path(ruling.pair), wire.dump_indented(ruling).encode() + b"\n")

    @contextmanager
    def alone(self, pair: str) -> Iterator[int]:
        """
        Hold the lock under which a pair is written to, as a descriptor that a child may inherit.

        The kernel frees it when the last process that has it ends. Raises PairBusy.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self.folder / f"{pair}.{self.keeper}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise PairBusy(f"pair {pair} is being written to on the {self.keeper} by another process") from error
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def admitted(self, claim: Claim) -> Iterator[int]:
        """Hold the lock for a writer that may write now. Raises AuthorityRefused and PairBusy."""
        with self.alone(claim.pair) as descriptor:
            admit(claim, self.find(claim.pair))
            yield descriptor

    def _path(self, pair: str) -> Path:
        return self.folder / f"{pair}.{self.keeper}.json"

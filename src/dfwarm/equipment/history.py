"""
The log of each study on disk: `log/035/leaves.txt`, `checkpoint`, and a `checkpoint.<date>` for each day.

A leaf is added after its bundle has its name, and the checkpoint is signed after the leaf is on disk. What a crash
leaves out between these the next run adds: a bundle says itself which statement it follows, so there is one way to
go on. A checkpoint is never signed over fewer leaves than the last one, nor over others.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.durable import sync_folder, write_durably
from dfwarm.equipment.log_key import LogKey
from dfwarm.errors import HistoryBroken, RecordUnknown
from dfwarm.evidence.checkpoint import Checkpoint, origin_of
from dfwarm.evidence.history import Logged, Tie, read_checkpoint, read_tie
from dfwarm.evidence.inclusion import InclusionProof
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.merkle import prove_consistency, prove_inclusion, root_of
from dfwarm.evidence.note import sign_note
from dfwarm.terms import CycleId, StudyNumber

STATEMENT = "statement.json"
LEAVES, CHECKPOINT, WITNESSED = "leaves.txt", "checkpoint", "checkpoint.witnessed"


@dataclass(frozen=True, slots=True)
class History:
    """The logs of a pair. Whatever writes holds the pair's lock."""

    folder: Path
    pair: str
    key: LogKey
    now: Callable[[], datetime]

    def place(self, study: StudyNumber) -> Path:
        """Where the log of a study lies."""
        return self.folder / f"{study:03d}"

    def leaves(self, study: StudyNumber) -> tuple[Leaf, ...]:
        """The leaves; a line that a crash cut short is no leaf yet. Raises HistoryBroken."""
        content = self._read(study, LEAVES)
        return parse_leaves(content[: content.rfind(b"\n") + 1])

    def before(self, study: StudyNumber, archive: Archive) -> Tie:
        """What the next statement of a study says of the log before it. Raises HistoryBroken."""
        leaves = self.catch_up(study, archive)
        last = leaves[-1] if leaves else None
        root = root_of([leaf.hash for leaf in leaves]).hex()
        return Tie(last.cycle.sequence if last else 0, last.sha256 if last else "", len(leaves), root)

    def catch_up(self, study: StudyNumber, archive: Archive) -> tuple[Leaf, ...]:
        """
        Add the leaf of every bundle that has its seal and no leaf, and sign the checkpoint where it lags.

        Raises HistoryBroken where a bundle does not follow the last leaf, or the checkpoint knows more than the leaves.
        """
        leaves = list(self.leaves(study))
        logged = {leaf.cycle for leaf in leaves}
        waiting = {cycle: self.statement(archive, cycle) for cycle in archive.cycles(study) if cycle not in logged}
        follows = {read_tie(statement).digest: cycle for cycle, statement in waiting.items() if statement}
        while follows:
            cycle = follows.pop(leaves[-1].sha256 if leaves else "", None)
            if cycle is None:
                stray = ", ".join(sorted(map(str, follows.values())))
                raise HistoryBroken(f"{stray} does not follow the last statement in the log of study {study:03d}")
            leaf = Leaf.of(cycle, waiting[cycle])
            self._append(study, leaf)
            leaves.append(leaf)
        self._sign(study, tuple(leaves))
        return tuple(leaves)

    def checkpoint(self, study: StudyNumber) -> Checkpoint:
        """The last checkpoint, as the pair's own keys vouch for it. Raises HistoryBroken."""
        return read_checkpoint(self._read(study, CHECKPOINT), origin_of(self.pair, study), self.key.keys)

    def signed_checkpoint(self, study: StudyNumber) -> bytes:
        """The last checkpoint as it is signed, empty where there is none."""
        return self._read(study, CHECKPOINT)

    def prove(self, cycle: CycleId) -> InclusionProof:
        """The proof that a cycle's statement is in the log. Raises RecordUnknown."""
        leaves = self.leaves(cycle.study)
        for index, leaf in enumerate(leaves):
            if leaf.cycle == cycle:
                hashes = prove_inclusion([each.hash for each in leaves], index)
                return InclusionProof(leaf.line, index, hashes, self._read(cycle.study, CHECKPOINT))
        raise RecordUnknown(f"cycle {cycle} is not in the log of its study")

    def prove_growth(self, study: StudyNumber, older: int) -> tuple[bytes, ...]:
        """The proof that the log of now begins with that of `older` leaves."""
        return prove_consistency([leaf.hash for leaf in self.leaves(study)], older)

    def keep_witnessed(self, study: StudyNumber, checkpoint: bytes, signature: bytes) -> None:
        """Keep a checkpoint with the signature of the witness beside it."""
        write_durably(self.place(study) / WITNESSED, checkpoint)
        write_durably(self.place(study) / f"{WITNESSED}.sig", signature)

    def logged(
        self, study: StudyNumber, archive: Archive, begun: int, expired: Mapping[CycleId, str] | None = None
    ) -> Logged:
        """Everything that a verification looks at."""
        dated = {path.name: path.read_bytes() for path in self._dated(study)}
        cosigned = self._read(study, WITNESSED)
        return Logged(
            origin=origin_of(self.pair, study),
            leaves=self._read(study, LEAVES),
            checkpoint=self._read(study, CHECKPOINT),
            dated=dated,
            cosigned={WITNESSED: cosigned} if cosigned else {},
            recorded=archive.cycles(study),
            begun=begun,
            read=lambda cycle: self.statement(archive, cycle),
            expired=expired or {},
        )

    def statement(self, archive: Archive, cycle: CycleId) -> bytes:
        """The bytes of a statement, empty where the bundle has none."""
        path = archive.place(cycle) / STATEMENT
        return path.read_bytes() if path.exists() else b""

    def _dated(self, study: StudyNumber) -> list[Path]:
        return [path for path in self.place(study).glob("checkpoint.2*") if path.suffix != ".sig"]

    def _append(self, study: StudyNumber, leaf: Leaf) -> None:
        path = self.place(study) / LEAVES
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            content = self._read(study, LEAVES)
            end = content.rfind(b"\n") + 1
            os.ftruncate(descriptor, end)  # a line that a crash cut short was never in a checkpoint
            os.pwrite(descriptor, leaf.line, end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(path.parent)

    def _sign(self, study: StudyNumber, leaves: tuple[Leaf, ...]) -> None:
        if not leaves:
            return
        wanted = Checkpoint(origin_of(self.pair, study), len(leaves), root_of([leaf.hash for leaf in leaves]))
        held = self._read(study, CHECKPOINT)
        if held:
            last = self.checkpoint(study)
            if last == wanted:
                return
            _refuse_fork(last, leaves)
        if not self.key.is_made:
            self.key.make()
        signed = sign_note(wanted.text, self.key).encode()
        write_durably(self.place(study) / f"{CHECKPOINT}.{self.now().astimezone(UTC):%Y-%m-%d}", signed)
        write_durably(self.place(study) / CHECKPOINT, signed)

    def _read(self, study: StudyNumber, name: str) -> bytes:
        path = self.place(study) / name
        return path.read_bytes() if path.exists() else b""


def _refuse_fork(last: Checkpoint, leaves: tuple[Leaf, ...]) -> None:
    if last.size > len(leaves):
        raise HistoryBroken(f"the log {last.origin} shrank from {last.size} leaves to {len(leaves)}")
    if root_of([leaf.hash for leaf in leaves[: last.size]]) != last.root:
        raise HistoryBroken(f"the first {last.size} leaves of the log {last.origin} are not those that were signed")

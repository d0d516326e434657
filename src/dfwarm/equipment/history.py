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
from dfwarm.equipment.kept_listing import read_whole
from dfwarm.equipment.log_key import LogKey
from dfwarm.errors import HistoryBroken, RecordUnknown
from dfwarm.evidence.checkpoint import WITNESSED, Checkpoint, origin_of
from dfwarm.evidence.growth import GrowthProof
from dfwarm.evidence.inclusion import InclusionProof
from dfwarm.evidence.leaf import Leaf, parse_leaves
from dfwarm.evidence.logged import Logged, Tie, read_tie
from dfwarm.evidence.merkle import prove_consistency, prove_inclusion, root_of
from dfwarm.evidence.note import sign_note
from dfwarm.evidence.recipe import REBUILD
from dfwarm.evidence.vouching import read_checkpoint
from dfwarm.terms import CycleId, StudyNumber

STATEMENT = "statement.json"
LEAVES, CHECKPOINT = "leaves.txt", "checkpoint"
WITNESS_KEY, RENEWALS = "witness.pub", "renewals"


@dataclass(frozen=True, slots=True)
class History:
    """The logs of a pair. Whatever writes holds the pair's lock."""

    folder: Path
    pair: str
    key: LogKey
    now: Callable[[], datetime]
    trust: tuple[Path, ...] = ()
    """The trust folder of the site, where there is one: the public keys are handed to auditors with it."""

    def publish(self) -> None:
        """Put the public keys into the trust folder where they are not there; what is pinned there stays."""
        for folder in self.trust:
            for file in (self.key.public, self.folder / WITNESS_KEY):
                if folder.is_dir() and file.exists() and not (folder / file.name).exists():
                    write_durably(folder / file.name, file.read_bytes(), mode=0o644)

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

    def prove_since(self, study: StudyNumber, checkpoint: bytes) -> GrowthProof:
        """The proof as a file that the log of now began as an older checkpoint says. Raises HistoryBroken."""
        older = read_checkpoint(checkpoint, origin_of(self.pair, study), self.key.keys)
        newer = self._read(study, CHECKPOINT)
        size = read_checkpoint(newer, origin_of(self.pair, study), self.key.keys).size
        hashes = prove_consistency([leaf.hash for leaf in self.leaves(study)[:size]], older.size)
        return GrowthProof(hashes, checkpoint, newer)

    def renewals(self, study: StudyNumber) -> Mapping[str, bytes]:
        """The renewals with their tokens, by name."""
        return {path.name: path.read_bytes() for path in sorted((self.place(study) / RENEWALS).glob("renewal-*"))}

    def keep_renewal(self, study: StudyNumber, files: Mapping[str, bytes]) -> None:
        """Keep a renewal: its tokens first, so that a text never lies there without one."""
        folder = self.place(study) / RENEWALS
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in sorted(files, reverse=True):
            write_durably(folder / name, files[name])

    def prove_growth(self, study: StudyNumber, older: int) -> tuple[bytes, ...]:
        """The proof that the log of now begins with that of `older` leaves."""
        return prove_consistency([leaf.hash for leaf in self.leaves(study)], older)

    def keep_witnessed(self, study: StudyNumber, checkpoint: bytes, signature: bytes) -> None:
        """Keep a checkpoint with the signature of the witness beside it."""
        write_durably(self.place(study) / WITNESSED, checkpoint)
        write_durably(self.place(study) / f"{WITNESSED}.sig", signature)

    def logged(
        self,
        study: StudyNumber,
        archive: Archive,
        begun: int,
        *,
        expired: Mapping[CycleId, str] | None = None,
        audit: bytes = b"",
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
            read=lambda cycle, name: _read_logical(archive.place(cycle) / name),
            expired=expired or {},
            signatures={f"{WITNESSED}.sig": self._read(study, f"{WITNESSED}.sig")},
            renewals=self.renewals(study),
            audit=audit,
        )

    def statement(self, archive: Archive, cycle: CycleId) -> bytes:
        """The bytes of a statement, empty where the bundle has none."""
        return _read_file(archive.place(cycle) / STATEMENT)

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
        return _read_file(self.place(study) / name)


def _read_file(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _read_logical(path: Path) -> bytes:
    """A file of a bundle, put together where it is kept as its difference."""
    return read_whole(path) if not path.exists() and path.with_name(path.name + REBUILD).exists() else _read_file(path)


def _refuse_fork(last: Checkpoint, leaves: tuple[Leaf, ...]) -> None:
    if last.size > len(leaves):
        raise HistoryBroken(f"the log {last.origin} shrank from {last.size} leaves to {len(leaves)}")
    if root_of([leaf.hash for leaf in leaves[: last.size]]) != last.root:
        raise HistoryBroken(f"the first {last.size} leaves of the log {last.origin} are not those that were signed")

"""A history of seven statements as dfwarm makes it, and a hand that alters it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dfwarm.equipment.archive import Archive
from dfwarm.equipment.audit import AuditTrail
from dfwarm.equipment.history import STATEMENT, WITNESSED, History
from dfwarm.equipment.log_key import LogKey
from dfwarm.equipment.signer import HeldKey
from dfwarm.evidence.cosigning import read_witness_keys
from dfwarm.evidence.history import HistoryStep, verify_history
from dfwarm.evidence.log_trust import LogTrust
from dfwarm.evidence.logged import Logged, Tie
from dfwarm.facts.witness import NAMESPACE
from dfwarm.terms import CycleId, StudyNumber

STUDY = StudyNumber(35)
LAST = 7
WITNESS = HeldKey(Ed25519PrivateKey.from_private_bytes(b"w" * 32))
BEGIN = datetime(2026, 11, 1, 2, tzinfo=UTC)


@dataclass
class Forge:
    """One pair's records and log below a folder; every statement is made a day after the one before."""

    folder: Path
    day: int = 0

    @property
    def archive(self) -> Archive:
        return Archive(self.folder / "records")

    @property
    def history(self) -> History:
        key = LogKey("dfwarm/pair", self.folder / "keys" / "log.seed", self.folder / "log" / "log.vkeys")
        return History(self.folder / "log", "pair", key, lambda: BEGIN + timedelta(days=self.day))

    @property
    def log(self) -> Path:
        return self.folder / "log" / "035"

    def place(self, sequence: int) -> Path:
        return self.archive.place(CycleId(STUDY, sequence))

    def write(self, sequence: int, tie: Tie, word: str = "EQUIVALENT") -> None:
        place = self.place(sequence)
        place.mkdir(parents=True)
        (place / STATEMENT).write_bytes(statement(sequence, tie, word))

    def seal(self, sequence: int, word: str = "EQUIVALENT") -> None:
        self.day = sequence
        self.write(sequence, self.history.before(STUDY, self.archive), word)
        self.history.catch_up(STUDY, self.archive)

    def witness(self) -> None:
        signed = (self.log / "checkpoint").read_bytes()
        self.history.keep_witnessed(STUDY, signed, WITNESS.sign(NAMESPACE, signed))

    def verify(self, begun: int = LAST) -> dict[str, tuple[str, ...]]:
        """The steps that failed, with what speaks against them."""
        return problems(verify_history(self.logged(begun), self.trusted))

    def logged(self, begun: int = LAST) -> Logged:
        return self.history.logged(STUDY, self.archive, begun, audit=self.audit.content)

    @property
    def audit(self) -> AuditTrail:
        return AuditTrail(self.folder / "audit.jsonl", lambda: BEGIN)

    @property
    def trusted(self) -> LogTrust:
        """The keys of the log, and those of the witness where there is one."""
        keys = self.history.folder / "witness.pub"
        made = (WITNESS.key,) if (self.log / WITNESSED).exists() else ()
        witnesses = read_witness_keys(keys.read_bytes()) if keys.exists() else made
        return LogTrust(self.history.key.keys, witnesses)


def statement(sequence: int, tie: Tie, word: str = "EQUIVALENT") -> bytes:
    cycle = {
        "id": f"035-{sequence:05d}",
        "previous": {"sequence": tie.sequence, "digest": tie.digest},
        "checkpointBefore": {"size": tie.size, "root": tie.root},
    }
    return json.dumps({"predicate": {"cycle": cycle, "decision": {"verdict": word}}}).encode()


def problems(steps: tuple[HistoryStep, ...]) -> dict[str, tuple[str, ...]]:
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    return {step.title: step.problems for step in steps if not step.is_sound}


def forge(folder: Path, last: int = LAST) -> Forge:
    made = Forge(folder)
    for sequence in range(1, last + 1):
        made.seal(sequence)
    return made


def rewrite_lines(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
